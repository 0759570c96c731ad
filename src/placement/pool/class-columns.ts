import type { WorkerRecord } from "../../ledger/index.ts"
import type { TaskSpec } from "../../model/index.ts"
import type { Factor, WeightedStrategy } from "../strategy.ts"
import type { PlacementView } from "../view.ts"
import { sharesOf } from "../weighing/weighing.ts"
import type { PoolColumns } from "./columns.ts"
import { FactorColumn } from "./factor-column.ts"
import { PoolFollower } from "./follower.ts"
import type { Pool } from "./pool.ts"

/** A factor with its share of the score, and its column where it has one. */
interface Part {
  readonly factor: Factor
  readonly share: number
  readonly column: FactorColumn | undefined
}

const columnOf = (factor: Factor, share: number): FactorColumn | undefined => {
  if (share === 0 || factor.kind === "slots" || factor.kind === "headroom") return undefined
  if (factor.kind === "capacity") return new FactorColumn("capacity")
  return new FactorColumn("of" in factor ? factor.scale : "points")
}

/** What one weighted strategy makes of the workers of a pool for one class of tasks, by place, as far as placing leaves it. */
export class ClassColumns extends PoolFollower {
  readonly #strategy: WeightedStrategy
  readonly #parts: ReadonlyArray<Part>
  /** The part of the score that placing does not change; points for each free slot; slots in use below which a trial is owed. */
  base = new Float64Array(0)
  rate = new Float64Array(0)
  trials = new Float64Array(0)
  readonly slotsWeight: number
  readonly headroomWeight: number
  #touched: Array<number> = []
  #asked: { readonly task: TaskSpec; readonly view: PlacementView } | undefined
  #filled = new Float64Array(0)
  #span = 0

  constructor(strategy: WeightedStrategy) {
    super()
    this.#strategy = strategy
    const shares = sharesOf(strategy.factors)
    this.#parts = strategy.factors.map((factor, index) => {
      const share = shares[index] ?? 0
      return { factor, share, column: columnOf(factor, share) }
    })
    const weightOf = (kind: Factor["kind"]): number =>
      this.#parts.reduce((sum, { factor, share }) => (factor.kind === kind ? sum + share : sum), 0)
    this.slotsWeight = weightOf("slots")
    this.headroomWeight = weightOf("headroom")
  }

  update(pool: Pool, { slotLimit }: PoolColumns, task: TaskSpec, view: PlacementView): void {
    this.#asked = { task, view }
    this.#span = pool.span
    this.follow(pool)
    try {
      this.#fillWhole(pool, task, view)
    } catch (cause) {
      this.forget()
      throw cause
    }
    let isNew = false
    for (const { column } of this.#parts) if (column?.settle(pool.span, slotLimit)) isNew = true
    if (isNew) for (let place = 0; place < pool.span; place += 1) this.#sum(place)
    else for (const place of this.#touched) this.#sum(place)
    this.#touched.length = 0
  }

  /** Each factor's part of the score of the worker at the place, before the multiplier. */
  partsOf(place: number, { slots, slotShare, headroom }: PoolColumns): Record<string, number> {
    const parts: Record<string, number> = {}
    for (const { factor, share, column } of this.#parts) {
      if (share === 0) continue
      const points = column?.points[place] ?? 0
      const value =
        factor.kind === "slots"
          ? (slotShare[place] ?? 0)
          : factor.kind === "headroom"
            ? (headroom[place] ?? 0)
            : factor.kind === "capacity"
              ? points * (slots[place] ?? 0)
              : points
      parts[factor.name] = share * value
    }
    return parts
  }

  protected override resize(length: number): void {
    this.base = new Float64Array(length)
    this.rate = new Float64Array(length)
    this.trials = new Float64Array(length)
    this.#touched = []
    for (const { column } of this.#parts) column?.resize(length)
  }

  protected override refresh(place: number, worker: WorkerRecord | undefined): void {
    if (worker === undefined || this.#asked === undefined) {
      for (const { column } of this.#parts) column?.clear(place)
      return
    }
    const { task, view } = this.#asked
    const { limit } = worker
    for (const { factor, column } of this.#parts) {
      if (column !== undefined && "of" in factor) column.set(place, factor.of(task, worker, view), limit)
    }
    if (this.#strategy.trialsOf !== undefined) this.trials[place] = this.#strategy.trialsOf(task, worker, view)
    this.#touched.push(place)
  }

  /** The factors, and the trials, that are told for all workers at once. */
  #fillWhole(pool: Pool, task: TaskSpec, view: PlacementView): void {
    const { trials, trialsOf } = this.#strategy
    if (trials !== undefined && trialsOf === undefined) {
      this.#begin(view, 0)
      this.#strategy.trials?.(task, view, this.#filled)
      let index = 0
      for (let place = 0; place < pool.span; place += 1) {
        if (pool.at(place) !== undefined) this.trials[place] = this.#filled[index++] ?? 0
      }
    }
    for (const { factor, column } of this.#parts) {
      if (column === undefined || !("fill" in factor)) continue
      this.#begin(view, Number.NaN)
      factor.fill(task, view, this.#filled)
      let index = 0
      for (let place = 0; place < pool.span; place += 1) {
        const worker = pool.at(place)
        if (worker !== undefined) column.set(place, this.#filled[index++] ?? Number.NaN, worker.limit)
      }
      // Which of them have changed nobody knows.
      column.renew()
    }
  }

  #begin({ workers }: PlacementView, value: number): void {
    if (this.#filled.length !== workers.length) this.#filled = new Float64Array(workers.length)
    this.#filled.fill(value)
  }

  #sum(place: number): void {
    if (place >= this.#span) return
    let base = 0
    let rate = 0
    for (const { factor, share, column } of this.#parts) {
      if (column === undefined) continue
      const points = share * (column.points[place] ?? 0)
      if (factor.kind === "capacity") rate += points
      else base += points
    }
    this.base[place] = base
    this.rate[place] = rate
  }
}
