import * as Schema from "effect/Schema"
import { Natural, Quantity } from "./validate.ts"

/** What somebody outside has measured of a worker. */
export const WorkerMetrics = Schema.Struct({
  /** The share of it that is busy, 0–1. */
  load: Schema.optional(Quantity.check(Schema.isLessThanOrEqualTo(1))),
  /** Milliseconds that a message to it would wait. */
  eventLoopDelay: Schema.optional(Quantity),
  /** Bytes of heap in use. */
  heapUsed: Schema.optional(Quantity),
  /** Runs it has begun, and has not. */
  running: Schema.optional(Natural),
  queued: Schema.optional(Natural),
  /** Degrees Celsius. */
  temperature: Schema.optional(Schema.Finite),
  /** What it draws. */
  watts: Schema.optional(Quantity)
})

export type WorkerMetrics = typeof WorkerMetrics.Type

export const metricHints = {
  load: "the share of it that is busy, 0 to 1",
  eventLoopDelay: "milliseconds",
  heapUsed: "bytes",
  temperature: "degrees Celsius",
  watts: "a number of watts"
} as const
