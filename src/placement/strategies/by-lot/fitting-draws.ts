import { drawAt } from "../../../hashing/index.ts"
import type { WorkerRecord } from "../../../ledger/index.ts"
import type { Filter } from "../../pipeline/filter.ts"
import { fittingIn } from "../../pool/fitting.ts"
import type { PlacementView } from "../../view.ts"

/** Workers drawn before it is cheaper, and sure, to look at all. */
const mostDraws = 64

/** Whether the pool knows that nobody has room, so that nobody need be looked at. */
export const isFull = (pool: PlacementView["pool"], { task }: Filter): boolean =>
  pool?.hasRoom === false && task.requirements.demand.external !== true

/**
 * Draws workers that fit: each at most once, and of those not yet drawn each with the same chance, whoever else is in the
 * pool. The same seed and turn draw the same workers.
 *
 * Cost: O(1) for each worker drawn that does not fit; where few of a large pool do, O(n).
 */
export class FittingDraws {
  readonly #seed: number
  /** Places drawn so far, in order. */
  readonly #tested: Array<number> = []
  readonly #found: Array<WorkerRecord> = []

  constructor(seed: number) {
    this.#seed = seed
  }

  /** As many as asked for, or all that fit where they are fewer, in the order of drawing. Holds until the next call. */
  draw(view: PlacementView, count: number, filter: Filter, turn: number): ReadonlyArray<WorkerRecord> {
    const { workers, pool } = view
    const tested = this.#tested
    const found = this.#found
    tested.length = 0
    found.length = 0
    if (isFull(pool, filter)) return found
    const draws = Math.min(workers.length, mostDraws)
    for (let draw = 0; draw < draws && found.length < count; draw += 1) {
      const worker = workers[this.#next(drawAt(this.#seed, turn, draw) * (workers.length - draw))]
      if (worker !== undefined && filter.fits(worker)) found.push(worker)
    }
    if (found.length < count && draws < workers.length) this.#drawAmongRest(view, count, filter, turn)
    return found
  }

  /** The place that is so many past the first, those drawn before left out. */
  #next(among: number): number {
    const tested = this.#tested
    let place = Math.floor(among)
    let index = 0
    for (; index < tested.length && (tested[index] ?? 0) <= place; index += 1) place += 1
    tested.splice(index, 0, place)
    return place
  }

  #drawAmongRest(view: PlacementView, count: number, filter: Filter, turn: number): void {
    const tested = new Set(this.#tested.map((place) => view.workers[place]))
    const rest = fittingIn(view, filter).filter((worker) => !tested.has(worker))
    for (let draw = mostDraws; rest.length > 0 && this.#found.length < count; draw += 1) {
      const index = Math.floor(drawAt(this.#seed, turn, draw) * rest.length)
      const worker = rest[index]
      const last = rest.pop()
      if (worker === undefined || last === undefined) return
      if (worker !== last) rest[index] = last
      this.#found.push(worker)
    }
  }
}
