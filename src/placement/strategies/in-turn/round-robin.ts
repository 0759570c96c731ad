import { takesWork, type WorkerRecord } from "../../../ledger/index.ts"
import type { SeekStrategy } from "../../strategy.ts"
import { isFull } from "../by-lot/fitting-draws.ts"
import { Members } from "./members.ts"
import { placeOfNext, Turns } from "./turns.ts"

/** Shapes whose own turn is remembered; beyond that they begin again. */
const maxShapes = 1_000

/** Whether it could take some task: if not, its turn is over, whatever the task. */
const isOpen = ({ phase, slots, limit }: WorkerRecord): boolean => takesWork(phase) && slots < limit

/**
 * Round robin: each worker in turn, in the order of joining.
 *
 * In k·n picks each of n workers that fit gets k. Members may come and go: the turn stays with the worker whose
 * turn it is, or goes to its successor where it has left; who joins stands at the end of the round.
 * A worker that is full or takes no work loses its turn. One that merely does not suit the task at hand keeps it:
 * such tasks go round among the workers that suit them, on a turn of their shape's own.
 * Ties: none can arise. Cost: O(1) for each worker passed over, O(log n) to find whose turn it is; without `view.pool`
 * O(n) after a change of members.
 * Not for unequal workers or unequal tasks: it is blind to both.
 */
export const roundRobin = (): SeekStrategy => {
  const turns = new Turns()
  const members = new Members()

  return {
    id: "round_robin",
    tieRule: "the one whose turn it is",
    seek: (task, view, filter) => {
      if (isFull(view.pool, filter)) return undefined
      const pool = members.of(view)
      const open = placeOfNext(turns.shared(pool), pool, isOpen)
      const first = open === undefined ? undefined : pool.at(open)
      if (open === undefined || first === undefined || filter.fits(first)) return first
      const start = turns.of(task.requirements.shape, pool) ?? open
      const place = placeOfNext(start, pool, (worker) => worker !== first && filter.fits(worker))
      return place === undefined ? undefined : pool.at(place)
    },
    proposed: (task, worker, view) => {
      const pool = members.of(view)
      const place = pool.placeOf(worker.spec.id)
      if (place === undefined) return
      // By now the task may have filled it.
      const next = placeOfNext(turns.shared(pool), pool, (other) => other === worker || isOpen(other))
      if (next === place) turns.passShared(place, pool)
      else turns.pass(task.requirements.shape, place, pool, maxShapes)
    }
  }
}
