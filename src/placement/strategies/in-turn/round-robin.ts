import { takesWork, type WorkerRecord } from "../../../ledger/index.ts"
import type { SeekStrategy } from "../../strategy.ts"
import { isFull } from "../by-lot/fitting-draws.ts"
import { Turns } from "./turns.ts"
import { placeOfNext, TurnsInPool } from "./turns-in-pool.ts"

/** Shapes whose own turn is remembered; beyond that they begin again. */
const maxShapes = 1_000

/** Whether it could take some task: if not, its turn is over, whatever the task. */
const isOpen = (worker: WorkerRecord | undefined): worker is WorkerRecord =>
  worker !== undefined && takesWork(worker.phase) && worker.slots < worker.spec.limits.slots

/** The first at or after the place, round the list, that could take some task or is `chosen`; the place itself where none is. */
const nextOpen = (from: number, workers: ReadonlyArray<WorkerRecord>, chosen?: WorkerRecord): number => {
  for (let step = 0; step < workers.length; step++) {
    const place = (from + step) % workers.length
    const worker = workers[place]
    if (isOpen(worker) || (chosen !== undefined && worker === chosen)) return place
  }
  return from
}

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
  const inPool = new TurnsInPool()
  /** Where the last answer stood: spares `proposed` the search. Only a hint, checked before use. */
  let lastPlace = 0

  return {
    id: "round_robin",
    tieRule: "the one whose turn it is",
    seek: (task, { workers, pool }, filter) => {
      if (isFull(pool, filter)) return undefined
      if (pool !== undefined) {
        const open = placeOfNext(inPool.shared(pool), pool, isOpen)
        const first = open === undefined ? undefined : pool.at(open)
        if (open === undefined || first === undefined || filter.fits(first)) return first
        const start = inPool.of(task.requirements.shape, pool) ?? open
        const place = placeOfNext(start, pool, (worker) => worker !== first && filter.fits(worker))
        return place === undefined ? undefined : pool.at(place)
      }
      turns.settle(turns.shared, workers)
      const open = nextOpen(turns.shared.place, workers)
      const first = workers[open]
      if (first === undefined || filter.fits(first)) return first
      const own = turns.of(task.requirements.shape)
      if (own !== undefined) turns.settle(own, workers)
      const start = own?.place ?? open
      for (let step = 0; step < workers.length; step++) {
        const place = (start + step) % workers.length
        const worker = workers[place]
        if (worker === undefined || worker === first || !filter.fits(worker)) continue
        lastPlace = place
        return worker
      }
      return undefined
    },
    proposed: (task, worker, { workers, pool }) => {
      if (pool !== undefined) {
        const place = pool.placeOf(worker.spec.id)
        if (place === undefined) return
        // By now the task may have filled it.
        const next = placeOfNext(inPool.shared(pool), pool, (other) => other === worker || isOpen(other))
        if (next === place) inPool.passShared(place, pool)
        else inPool.pass(task.requirements.shape, place, pool, maxShapes)
        return
      }
      turns.settle(turns.shared, workers)
      const open = nextOpen(turns.shared.place, workers, worker)
      if (workers[open] === worker) return turns.pass(turns.shared, open, workers)
      const place = workers[lastPlace] === worker ? lastPlace : workers.indexOf(worker)
      if (place >= 0) turns.pass(turns.begin(task.requirements.shape, maxShapes), place, workers)
    }
  }
}
