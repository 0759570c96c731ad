import * as Schema from "effect/Schema"
import { type SizingRules, sizingDefaults } from "../../adaptation/index.ts"
import type { Millis } from "../../model/index.ts"
import { DurationInput, Share, toMillis } from "../validate.ts"

/** How a pool with bounds (`workers: { min, max }`) grows and shrinks between them: see `docs/scaling.md`. */
export const ScalingOptions = Schema.Struct({
  /** How often the pool is looked at. Default 250 ms. */
  interval: Schema.optional(DurationInput),
  /** How long tasks may have to wait before workers are added. Default 1 s. */
  targetWait: Schema.optional(DurationInput),
  /** The share of the workers that the load may fill once some have been taken away. Default 0.7. */
  utilisation: Schema.optional(Share),
  /** For how long fewer workers must have sufficed before one is taken away. Default 30 s. */
  idleTime: Schema.optional(DurationInput),
  /** The pause between two times that workers are taken away. Default 10 s. */
  coolDown: Schema.optional(DurationInput),
  /** The share of the pool by which it shrinks at most at once; at least one worker. Default 0.25. */
  step: Schema.optional(Share)
})

export interface ScalingSettings {
  readonly interval: Millis
  readonly rules: SizingRules
}

export const scalingHints = {
  interval: 'such as "250 millis"',
  targetWait: 'such as "1 second"',
  utilisation: "above 0 and up to 1",
  idleTime: 'such as "30 seconds"',
  coolDown: 'such as "10 seconds"',
  step: "above 0 and up to 1"
}

/** More often it would keep the runtime from its work. */
const shortest: Millis = 10

const spanOr = (input: DurationInput | undefined, millis: Millis): Millis =>
  input === undefined ? millis : toMillis(input)

export const toScalingSettings = (options: typeof ScalingOptions.Type): ScalingSettings => ({
  interval: Math.max(shortest, spanOr(options.interval, 250)),
  rules: {
    ...sizingDefaults,
    targetWait: Math.max(1, spanOr(options.targetWait, sizingDefaults.targetWait)),
    utilisation: options.utilisation ?? sizingDefaults.utilisation,
    idleTime: spanOr(options.idleTime, sizingDefaults.idleTime),
    coolDown: spanOr(options.coolDown, sizingDefaults.coolDown),
    shrink: options.step ?? sizingDefaults.shrink
  }
})
