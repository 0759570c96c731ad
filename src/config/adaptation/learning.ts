import * as Schema from "effect/Schema"
import type { Millis } from "../../model/index.ts"
import { DurationInput, toMillis } from "../validate.ts"

/** What is learned of workers, how often it is applied, and how often it is kept. */
export const LearningOptions = Schema.Struct({
  /** How often workers' weights are adjusted, by at most 0.1 each. Default 60 s. */
  weightInterval: Schema.optional(DurationInput),
  /** With a data directory: how often what was learned is written there. Default 60 s. */
  saveInterval: Schema.optional(DurationInput)
})

export interface LearningSettings {
  readonly weightInterval: Millis
  readonly saveInterval: Millis
}

export const learningHints = {
  weightInterval: 'such as "60 seconds"',
  saveInterval: 'such as "60 seconds"'
}

/** More often it would keep the runtime from its work. */
const shortest: Millis = 100

export const toLearningSettings = (options: typeof LearningOptions.Type): LearningSettings => ({
  weightInterval: Math.max(shortest, toMillis(options.weightInterval ?? "60 seconds")),
  saveInterval: Math.max(shortest, toMillis(options.saveInterval ?? "60 seconds"))
})
