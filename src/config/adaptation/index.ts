import * as Schema from "effect/Schema"
import type { ConcurrencyRules } from "../../adaptation/index.ts"
import type { Millis } from "../../model/index.ts"
import { DurationInput, Natural, Quantity, toMillis } from "../validate.ts"
import { ConcurrencyOptions, concurrencyHints, toConcurrencyRules } from "./concurrency.ts"
import { EnergyOptions, type EnergySettings, energyHints, toEnergySettings } from "./energy.ts"
import { type FeatureSettings, Features, featureHints, toFeatures } from "./features.ts"
import { HealthOptions, type HealthWatchSettings, healthHints, toHealthSettings } from "./health.ts"
import { LearningOptions, type LearningSettings, learningHints, toLearningSettings } from "./learning.ts"
import { type MigrationOptionSettings, MigrationOptions, migrationHints, toMigrationSettings } from "./migration.ts"
import { PredictionOptions, type PredictionSettings, predictionHints, toPredictionSettings } from "./prediction.ts"
import { ScalingOptions, type ScalingSettings, scalingHints, toScalingSettings } from "./scaling.ts"

import {
  type ThresholdOptionSettings,
  thresholdFields,
  thresholdHints,
  thresholdOrder,
  toThresholdSettings
} from "./thresholds.ts"

export type { EnergySettings } from "./energy.ts"
export type { FeatureSettings } from "./features.ts"
export type { HealthWatchSettings } from "./health.ts"

export const AdaptationOptions = Schema.Struct({
  /** How often load is sampled, imbalance judged and a metrics row written. Default 30 s. */
  checkInterval: Schema.optional(DurationInput),
  /** How far ahead load is forecast. A bare number is in minutes. Default 3 min. */
  predictionWindow: Schema.optional(DurationInput),
  /** How far back samples are kept. A bare number is in minutes. Default 5 min. */
  performanceWindow: Schema.optional(DurationInput),
  /** Max − min utilisation from which balancing acts. Default 0.4. */
  imbalanceThreshold: Schema.optional(Quantity),
  /** Default 2. */
  maxSimultaneousMigrations: Schema.optional(Natural),
  /**
   * What counts as out of balance. `thresholds`: utilisation above the one and below the other, and far enough apart.
   * `backlog`, the default: that, and seconds until the work is done that lie far apart.
   */
  imbalance: Schema.optional(Schema.Literals(["backlog", "thresholds"])),
  ...thresholdFields,
  prediction: Schema.optional(PredictionOptions),
  learning: Schema.optional(LearningOptions),
  migration: Schema.optional(MigrationOptions),
  scaling: Schema.optional(ScalingOptions),
  concurrency: Schema.optional(ConcurrencyOptions),
  energy: Schema.optional(EnergyOptions),
  health: Schema.optional(HealthOptions),
  features: Schema.optional(Features)
}).check(thresholdOrder)

export interface AdaptationSettings {
  readonly checkInterval: Millis
  readonly predictionWindow: Millis
  readonly performanceWindow: Millis
  readonly imbalanceThreshold: number
  readonly imbalance: "backlog" | "thresholds"
  readonly maxSimultaneousMigrations: number
  readonly thresholds: ThresholdOptionSettings
  readonly prediction: PredictionSettings
  readonly learning: LearningSettings
  readonly migration: MigrationOptionSettings
  readonly scaling: ScalingSettings
  readonly concurrency: ConcurrencyRules | false
  readonly energy: EnergySettings
  readonly health: HealthWatchSettings
  readonly features: FeatureSettings
}

export const adaptationHints = {
  ...healthHints,
  ...energyHints,
  ...learningHints,
  ...migrationHints,
  ...predictionHints,
  ...scalingHints,
  ...concurrencyHints,
  ...featureHints,
  ...thresholdHints,
  checkInterval: 'such as "30 seconds"',
  imbalance: '"backlog" or "thresholds"',
  imbalanceThreshold: "a difference between shares, such as 0.4",
  predictionWindow: 'minutes, or a text such as "3 minutes"',
  performanceWindow: 'minutes, or a text such as "5 minutes"'
}

/** More often it would keep the runtime from its work. */
const shortest: Millis = 10

/** A bare number is in minutes, as in the programs that these options come from. */
const fromMinutes = (duration: DurationInput): Millis =>
  typeof duration === "number" ? duration * 60_000 : toMillis(duration)

export const toAdaptationSettings = (options: typeof AdaptationOptions.Type): AdaptationSettings => ({
  checkInterval: Math.max(shortest, toMillis(options.checkInterval ?? "30 seconds")),
  predictionWindow: fromMinutes(options.predictionWindow ?? 3),
  performanceWindow: fromMinutes(options.performanceWindow ?? 5),
  imbalanceThreshold: options.imbalanceThreshold ?? 0.4,
  imbalance: options.imbalance ?? "backlog",
  maxSimultaneousMigrations: options.maxSimultaneousMigrations ?? 2,
  thresholds: toThresholdSettings(options),
  prediction: toPredictionSettings(options.prediction ?? {}),
  learning: toLearningSettings(options.learning ?? {}),
  migration: toMigrationSettings(options.migration ?? {}),
  scaling: toScalingSettings(options.scaling ?? {}),
  concurrency: toConcurrencyRules(options.concurrency),
  energy: toEnergySettings(options.energy ?? {}),
  health: toHealthSettings(options.health ?? {}),
  features: toFeatures(options.features ?? {})
})
