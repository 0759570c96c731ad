import { takesWork, type WorkerRecord } from "../ledger/index.ts"
import type { Epoch, Millis, TaskSpec, WorkerId } from "../model/index.ts"
import type { Explanation } from "./explanation.ts"
import { ponder } from "./place.ts"
import type { Strategy } from "./strategy.ts"
import type { PlacementView } from "./view.ts"

/** Workers of a pool that is looked at as a whole; of a larger one only the chosen worker is. */
const widest = 8
/** Stands for a worker that took no work. */
const shut = -1

/**
 * What the pool looked like at each of the latest decisions about tasks that ask for a slot and nothing else: enough to
 * explain such a decision in full when somebody asks, at a few bytes and no object for each of those nobody asks about.
 */
export class Glimpses {
  readonly #epochs: Float64Array
  readonly #times: Float64Array
  readonly #pools: Array<ReadonlyArray<WorkerRecord> | undefined>
  readonly #slots: Int32Array
  readonly #aheads: Uint8Array
  readonly #latest = new Int32Array(widest)

  /** `capacity`: decisions kept. */
  constructor(capacity: number) {
    this.#epochs = new Float64Array(capacity).fill(Number.NaN)
    this.#times = new Float64Array(capacity)
    this.#pools = new Array<ReadonlyArray<WorkerRecord> | undefined>(capacity).fill(undefined)
    this.#slots = new Int32Array(capacity * widest)
    this.#aheads = new Uint8Array(capacity)
  }

  /** Before the decision is committed: the slots in use. */
  look({ workers }: PlacementView, chosen: WorkerRecord): void {
    if (workers.length > widest) {
      this.#latest[0] = chosen.slots
      return
    }
    for (let index = 0; index < workers.length; index += 1) {
      const worker = workers[index]
      this.#latest[index] = worker !== undefined && takesWork(worker.phase) ? worker.slots : shut
    }
  }

  /** The decision looked at last has been committed under this epoch. `ahead`: nobody was free, and the run was sent ahead. */
  keep(epoch: Epoch, now: Millis, { workers }: PlacementView, ahead = false): void {
    const place = epoch % this.#epochs.length
    this.#epochs[place] = epoch
    this.#times[place] = now
    this.#pools[place] = workers
    this.#aheads[place] = ahead ? 1 : 0
    this.#slots.set(this.#latest, place * widest)
  }

  /** The decision that began this run; `undefined` where it was another kind of decision, or too long ago. */
  explain(
    epoch: Epoch,
    task: TaskSpec,
    workerId: WorkerId,
    strategy: Strategy,
    view: PlacementView
  ): Explanation | undefined {
    const place = epoch % this.#epochs.length
    const pool = this.#pools[place]
    if (this.#epochs[place] !== epoch || pool === undefined) return undefined
    const at = this.#times[place] ?? 0
    const whole = pool.length <= widest
    const seen = whole ? pool : pool.filter(({ spec }) => spec.id === workerId)
    const workers = seen.map((worker, index) => asItWas(worker, this.#slots[place * widest + index] ?? shut))
    // Whom patience would decline now says nothing of then.
    const { byLoad: _now, patience: _today, ...then } = view
    const { explanation } = ponder(task, { ...then, workers }, strategy, at, { complete: true }).proposal
    const outcome = this.#aheads[place] === 1 ? "ahead" : "chosen"
    return { ...explanation, outcome, workerId, complete: whole, workers: pool.length }
  }
}

const asItWas = (worker: WorkerRecord, slots: number): WorkerRecord =>
  slots === shut ? { ...worker, phase: "starting" } : { ...worker, phase: "up", slots }
