import * as Schema from "effect/Schema"

/** Each feature of adaptation can be switched off (G13). */
export const Features = Schema.Struct({
  dynamicThresholds: Schema.optional(Schema.Boolean),
  predictiveBalancing: Schema.optional(Schema.Boolean),
  costBenefitAnalysis: Schema.optional(Schema.Boolean),
  /** What is known of workers' hardware weighs in placement and migration, and moves with what runs show. */
  hardwareSpecific: Schema.optional(Schema.Boolean),
  /** Workers rest at low load, hot ones get less, and what tasks take of energy is estimated. */
  resourceEfficiency: Schema.optional(Schema.Boolean),
  taskMigration: Schema.optional(Schema.Boolean),
  /** A worker with nothing to do takes at once what another is too busy for, without waiting for the next check. */
  workStealing: Schema.optional(Schema.Boolean),
  /** Tasks without a known end move by what they use, before they overload a worker. */
  relief: Schema.optional(Schema.Boolean),
  /** Workers' weights move with what they show. */
  learnedWeights: Schema.optional(Schema.Boolean)
})

export const featureHints = { features: `true or false for any of ${Object.keys(Features.fields).join(", ")}` }

export interface FeatureSettings {
  readonly dynamicThresholds: boolean
  readonly predictiveBalancing: boolean
  readonly costBenefitAnalysis: boolean
  readonly hardwareSpecific: boolean
  readonly resourceEfficiency: boolean
  readonly taskMigration: boolean
  readonly workStealing: boolean
  readonly relief: boolean
  readonly learnedWeights: boolean
}

export const toFeatures = (features: typeof Features.Type): FeatureSettings => ({
  dynamicThresholds: features.dynamicThresholds ?? true,
  predictiveBalancing: features.predictiveBalancing ?? true,
  costBenefitAnalysis: features.costBenefitAnalysis ?? true,
  hardwareSpecific: features.hardwareSpecific ?? true,
  resourceEfficiency: features.resourceEfficiency ?? true,
  taskMigration: features.taskMigration ?? true,
  workStealing: features.workStealing ?? true,
  relief: features.relief ?? true,
  learnedWeights: features.learnedWeights ?? true
})
