import * as Schema from "effect/Schema"
import type { Millis } from "../../model/index.ts"
import { DurationInput, Natural, Quantity, toMillis } from "../validate.ts"
import { type FeatureSettings, Features, toFeatures } from "./features.ts"

export type { FeatureSettings } from "./features.ts"

export const AdaptationOptions = Schema.Struct({
  /** How often load is sampled, imbalance judged and a metrics row written. Default 30 s. */
  checkInterval: Schema.optional(DurationInput),
  /** How far ahead load is forecast. A bare number is in minutes. Default 3 min. */
  predictionWindow: Schema.optional(DurationInput),
  /** How far back samples are kept. Default 5 min. */
  performanceWindow: Schema.optional(DurationInput),
  /** Max − min utilisation from which balancing acts. Default 0.4. */
  imbalanceThreshold: Schema.optional(Quantity),
  /** Default 2. */
  maxSimultaneousMigrations: Schema.optional(Natural),
  /** The rule that moves the thresholds. Default `set-point`. */
  thresholds: Schema.optional(Schema.Literals(["set-point", "incremental"])),
  features: Schema.optional(Features)
})

export interface AdaptationSettings {
  readonly checkInterval: Millis
  readonly predictionWindow: Millis
  readonly performanceWindow: Millis
  readonly imbalanceThreshold: number
  readonly maxSimultaneousMigrations: number
  readonly thresholds: "set-point" | "incremental"
  readonly features: FeatureSettings
}

export const adaptationHints = {
  checkInterval: 'such as "30 seconds"',
  predictionWindow: 'minutes, or a text such as "3 minutes"'
}

export const toAdaptationSettings = (options: typeof AdaptationOptions.Type): AdaptationSettings => {
  const { predictionWindow = "3 minutes" } = options
  return {
    checkInterval: toMillis(options.checkInterval ?? "30 seconds"),
    predictionWindow: typeof predictionWindow === "number" ? predictionWindow * 60_000 : toMillis(predictionWindow),
    performanceWindow: toMillis(options.performanceWindow ?? "5 minutes"),
    imbalanceThreshold: options.imbalanceThreshold ?? 0.4,
    maxSimultaneousMigrations: options.maxSimultaneousMigrations ?? 2,
    thresholds: options.thresholds ?? "set-point",
    features: toFeatures(options.features ?? {})
  }
}
