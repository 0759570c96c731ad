import { takesWork, unmetEver, type WorkerRecord } from "../../../ledger/index.ts"
import type { TaskSpec } from "../../../model/index.ts"
import type { Filter } from "../../pipeline/filter.ts"
import { fittingIn } from "../../pool/fitting.ts"
import type { SeekStrategy } from "../../strategy.ts"
import type { PlacementView } from "../../view.ts"
import { isFull } from "../by-lot/fitting-draws.ts"
import { WeightedTurns } from "./weighted-turns.ts"

/** Turns looked at ahead, beyond one for each worker of a small pool; after that it is cheaper to look at all workers. */
const mostLost = 64
/** Members in all rounds of single shapes; beyond that they begin again. */
const mostSeats = 100_000

/** Whether it could take some task: if not, its turn is over, whatever the task. */
const isOpen = ({ phase, slots, limit, open }: WorkerRecord): boolean =>
  takesWork(phase) && slots < limit && !(open < 1)

/** The turns among the workers that could ever take tasks of one shape. */
class ShapeTurns {
  readonly turns = new WeightedTurns()
  #noted: ReadonlyArray<WorkerRecord> | undefined
  #able: ReadonlyArray<WorkerRecord> = []

  settle({ requirements }: TaskSpec, { workers, weights }: PlacementView): WeightedTurns {
    if (workers !== this.#noted) {
      this.#able = workers.filter(({ spec }) => unmetEver(requirements, spec).length === 0)
      this.#noted = workers
    }
    this.turns.settle(this.#able, weights)
    return this.turns
  }
}

/** Whose turn is next of those the question holds for, and how many turns it takes until then. */
interface Found {
  readonly worker: WorkerRecord
  readonly turns: number
}

const nextOf = (turns: WeightedTurns, isIt: (worker: WorkerRecord) => boolean): Found | undefined => {
  const most = Math.max(mostLost, 2 * Math.min(turns.size, mostLost))
  for (let ahead = 0; ahead < most; ahead += 1) {
    const worker = turns.at(ahead)
    if (worker === undefined) return undefined
    if (isIt(worker)) return { worker, turns: ahead + 1 }
  }
  return undefined
}

/**
 * Weighted round robin: each worker in turn, as often as its weight says, and as evenly as turns can be.
 *
 * Formula: after N turns a worker of weight w, as learned or else as declared, of a total W has had w·N/W of them, less or more by no more than 1, whatever
 * N is. Members may come and go: each keeps what it is owed, no more than a turn; who joins is owed nothing. (Counted over
 * changes, no rule could keep within 1: those with turns may leave one after the other.)
 * A worker that is full or takes no work loses its turn. One that merely does not suit the task at hand keeps it: such
 * tasks go round among the workers that could ever run them, by weight, on turns of their shape's own. Where none of the next
 * 64 turns is of any use, the worker that fits whose turn comes first has it early.
 * Source: weighted round robin of S2, by component weight; earliest due of those whose turn may come, by Tijdeman (1980,
 * "The chairman assignment problem"). The smooth rule of nginx costs O(n) a turn.
 * Ties: the one that joined first. Cost: O(log n), also for each turn that is lost; O(n) after a change of members, and where
 * hardly any worker fits.
 * Not for tasks of unequal length: it counts tasks, not what they take.
 */
export const weightedRoundRobin = () => {
  const shared = new WeightedTurns()
  const byShape = new Map<string, ShapeTurns>()
  let seats = 0

  const begin = (task: TaskSpec, view: PlacementView): WeightedTurns => {
    seats += view.workers.length
    if (seats > mostSeats) {
      byShape.clear()
      seats = view.workers.length
    }
    const own = new ShapeTurns()
    byShape.set(task.requirements.shape, own)
    return own.settle(task, view)
  }

  /** Of all that fit the one whose turn is due first. */
  const firstDue = (turns: WeightedTurns, view: PlacementView, filter: Filter) => {
    let first: WorkerRecord | undefined
    let soonest = Number.POSITIVE_INFINITY
    for (const worker of fittingIn(view, filter)) {
      const due = turns.dueIn(worker.spec.id)
      if (first !== undefined && due >= soonest) continue
      first = worker
      soonest = due
    }
    return first
  }

  return {
    id: "weighted_round_robin",
    tieRule: "the one whose turn it is",
    seek: (task, view, filter) => {
      const { workers, pool, weights } = view
      if (isFull(pool, filter)) return undefined
      shared.settle(workers, weights)
      const head = nextOf(shared, isOpen)
      if (head !== undefined && filter.fits(head.worker)) return head.worker
      const own = byShape.get(task.requirements.shape)?.settle(task, view)
      const next = own && nextOf(own, (worker) => worker !== head?.worker && isOpen(worker) && filter.fits(worker))
      return next?.worker ?? firstDue(own ?? shared, view, filter)
    },
    proposed: (task, worker, view) => {
      shared.settle(view.workers, view.weights)
      // By now the task may have filled it.
      const head = nextOf(shared, (other) => other === worker || isOpen(other))
      if (head?.worker === worker) return shared.pass(head.turns)
      if (head === undefined) return shared.takeEarly(worker.spec.id)
      const own = byShape.get(task.requirements.shape)?.settle(task, view)
      const next = own && nextOf(own, (other) => other === worker)
      if (own === undefined || next === undefined) (own ?? begin(task, view)).takeEarly(worker.spec.id)
      else own.pass(next.turns)
    },
    prefer: (_task, candidates, { workers, weights }, _now, into) => {
      shared.settle(workers, weights)
      candidates.forEach(({ spec }, index) => {
        into[index] = -shared.dueIn(spec.id)
      })
    }
  } satisfies SeekStrategy
}
