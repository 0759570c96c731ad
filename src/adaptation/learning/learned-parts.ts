import * as Schema from "effect/Schema"
import type { HardwareProfiles } from "../energy/index.ts"
import type { MigrationMemory } from "../migration/index.ts"
import type { BatchSizes } from "./batch-size.ts"
import { type LearnedPart, partOf } from "./learned-state.ts"
import type { LearnedWeights } from "./learned-weights.ts"
import type { PerformanceBook } from "./performance.ts"

const { Finite } = Schema
const Natural = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Quantity = Finite.check(Schema.isGreaterThanOrEqualTo(0))
const Share = Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))

const Entry = {
  runs: Natural,
  successRate: Share,
  meanMs: Quantity,
  successes: Natural,
  age: Finite
}

const Sketch = Schema.Struct({
  bins: Schema.Array(Schema.Tuple([Natural, Quantity])),
  weight: Quantity,
  total: Quantity,
  shortest: Quantity,
  longest: Quantity
})

const Times = Schema.Struct({
  runs: Natural,
  undeclared: Natural,
  meanWork: Quantity,
  drift: Finite,
  types: Schema.Array(
    Schema.Struct({
      type: Schema.String,
      level: Finite,
      runs: Natural,
      age: Finite,
      work: Schema.optional(Sketch)
    })
  ),
  workers: Schema.Array(
    Schema.Struct({
      workerId: Schema.String,
      declared: Finite,
      assumed: Finite,
      log: Finite,
      compared: Quantity,
      variance: Quantity,
      types: Schema.Array(Schema.Struct({ type: Schema.String, log: Finite, runs: Natural, compared: Quantity }))
    })
  )
})

const PerformanceData = Schema.Struct({
  workers: Schema.Array(
    Schema.Struct({
      workerId: Schema.String,
      all: Schema.Struct(Entry),
      types: Schema.Array(Schema.Struct({ type: Schema.String, ...Entry }))
    })
  ),
  times: Times
})

/** How workers have done, how long tasks take and how fast workers are. */
export const performancePart = (book: PerformanceBook): LearnedPart =>
  partOf(PerformanceData, {
    save: (now) => book.state(now),
    load: (data, now) => book.restore(data, now)
  })

const Weight = Finite.check(Schema.isBetween({ minimum: 0.1, maximum: 5 }))

/** Workers' weights. */
export const weightsPart = (weights: LearnedWeights): LearnedPart =>
  partOf(
    Schema.Array(
      Schema.Struct({ workerId: Schema.String, weight: Weight, declared: Quantity, moving: Schema.Boolean })
    ),
    {
      save: () => [...weights.entries].map(([workerId, weight]) => ({ workerId, ...weight })),
      load: (data) => weights.restore(new Map(data.map(({ workerId, ...weight }) => [workerId, weight])))
    }
  )

const Observed = { log: Finite, runs: Natural }

/** What was observed of kinds of hardware. */
export const hardwarePart = (profiles: HardwareProfiles): LearnedPart =>
  partOf(
    Schema.Array(
      Schema.Struct({
        kind: Schema.String,
        ...Observed,
        types: Schema.Array(Schema.Struct({ type: Schema.String, ...Observed }))
      })
    ),
    { save: () => profiles.observed, load: (data) => profiles.restore(data) }
  )

/** How many items of each kind of work go into a batch. */
export const batchesPart = (batches: BatchSizes): LearnedPart =>
  partOf(
    Schema.Array(
      Schema.Struct({
        kind: Schema.String,
        weight: Quantity,
        items: Quantity,
        squares: Quantity,
        ms: Quantity,
        products: Quantity,
        largest: Quantity,
        line: Schema.optional(Schema.Struct({ overheadMs: Quantity, itemMs: Quantity }))
      })
    ),
    { save: () => batches.state, load: (data) => batches.restore(data) }
  )

/** How moves of running tasks went, by type: what the next are expected to cost. */
export const movesPart = (memory: MigrationMemory): LearnedPart =>
  partOf(
    Schema.Array(
      Schema.Struct({ type: Schema.String, moves: Natural, meanMs: Schema.optional(Quantity), successRate: Share })
    ),
    {
      save: () => memory.records,
      load: (data) => memory.restore(data.map(({ meanMs, ...record }) => ({ ...record, meanMs })))
    }
  )
