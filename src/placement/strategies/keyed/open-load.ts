import { takesWork, type WorkerRecord } from "../../../ledger/index.ts"
import type { Pool } from "../../pool/pool.ts"
import type { PlacementView } from "../../view.ts"

const million = 1_000_000

/** What is reserved on the workers that take work, and their weight, in sum. */
export interface OpenSums {
  /** Slots in use. */
  readonly slots: number
  readonly weight: number
}

const isOpen = (worker: WorkerRecord | undefined): worker is WorkerRecord =>
  worker !== undefined && takesWork(worker.phase)
const slotsOf = (worker: WorkerRecord | undefined): number => (isOpen(worker) ? worker.slots : 0)
/** As an integer: sums of fractions would drift. */
const millionthsOf = (worker: WorkerRecord | undefined): number =>
  isOpen(worker) ? Math.round(worker.spec.weight * million) : 0

/** Sums over the workers that take work: with `view.pool` kept up by what has changed, otherwise worked out anew. */
export class OpenLoad {
  #pool: Pool | undefined
  #version = 0
  #layout = 0
  /** As counted, by place. */
  #counted = new Float64Array(0)
  #weighed = new Float64Array(0)
  #slots = 0
  #weight = 0

  of({ pool, workers }: PlacementView): OpenSums {
    if (pool === undefined) {
      const weight = workers.reduce((sum, worker) => sum + millionthsOf(worker), 0)
      return { slots: workers.reduce((sum, worker) => sum + slotsOf(worker), 0), weight: weight / million }
    }
    const since = this.#version
    const follows = pool === this.#pool && pool.layout === this.#layout && pool.remembers(since)
    if (!follows || pool.span > this.#counted.length) this.#countAll(pool)
    else for (let change = since; change < pool.version; change += 1) this.#count(pool, pool.changeAt(change))
    this.#version = pool.version
    return { slots: this.#slots, weight: this.#weight / million }
  }

  #countAll(pool: Pool): void {
    this.#pool = pool
    this.#layout = pool.layout
    this.#counted = new Float64Array(2 * pool.span)
    this.#weighed = new Float64Array(2 * pool.span)
    this.#slots = 0
    this.#weight = 0
    for (let place = 0; place < pool.span; place += 1) this.#count(pool, place)
  }

  #count(pool: Pool, place: number): void {
    const worker = pool.at(place)
    const slots = slotsOf(worker)
    const weight = millionthsOf(worker)
    this.#slots += slots - (this.#counted[place] ?? 0)
    this.#weight += weight - (this.#weighed[place] ?? 0)
    this.#counted[place] = slots
    this.#weighed[place] = weight
  }
}
