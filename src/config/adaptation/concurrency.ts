import * as Schema from "effect/Schema"
import { type ConcurrencyRules, concurrencyDefaults } from "../../adaptation/index.ts"
import { Count, DurationInput, Share, toMillis } from "../validate.ts"

/** How many tasks a worker with several slots has at once, up to its `concurrent`: see `docs/scaling.md`. */
const Limits = Schema.Struct({
  /** Tasks at once there may always be. Default 1. */
  min: Schema.optional(Count),
  /** The share of the throughput that may be given up for shorter runs. Default 0.05. */
  loss: Schema.optional(Share),
  /** How long after one number another is tried, at first. Default 2 s. */
  probeAfter: Schema.optional(DurationInput)
})

export const ConcurrencyOptions = Schema.Union([Limits, Schema.Boolean])

export const concurrencyHints = {
  concurrency: 'true, false, or such as { min: 2, loss: 0.05, probeAfter: "2 seconds" }',
  loss: "a share above 0 and up to 1"
}

/** `false`: a worker takes as many as it has slots. */
export const toConcurrencyRules = (options: typeof ConcurrencyOptions.Type = false): ConcurrencyRules | false => {
  if (options === false) return false
  const { min, loss, probeAfter } = options === true ? {} : options
  return {
    min: min ?? concurrencyDefaults.min,
    loss: loss ?? concurrencyDefaults.loss,
    probeAfter: probeAfter === undefined ? concurrencyDefaults.probeAfter : toMillis(probeAfter)
  }
}
