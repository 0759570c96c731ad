import * as Schema from "effect/Schema"

/** Each feature of adaptation can be switched off (G13). */
export const Features = Schema.Struct({
  dynamicThresholds: Schema.optional(Schema.Boolean),
  predictiveBalancing: Schema.optional(Schema.Boolean),
  costBenefitAnalysis: Schema.optional(Schema.Boolean),
  /** Nothing yet, as `resourceEfficiency`. */
  hardwareSpecific: Schema.optional(Schema.Boolean),
  resourceEfficiency: Schema.optional(Schema.Boolean),
  taskMigration: Schema.optional(Schema.Boolean)
})

export interface FeatureSettings {
  readonly dynamicThresholds: boolean
  readonly predictiveBalancing: boolean
  readonly costBenefitAnalysis: boolean
  readonly hardwareSpecific: boolean
  readonly resourceEfficiency: boolean
  readonly taskMigration: boolean
}

export const toFeatures = (features: typeof Features.Type): FeatureSettings => ({
  dynamicThresholds: features.dynamicThresholds ?? true,
  predictiveBalancing: features.predictiveBalancing ?? true,
  costBenefitAnalysis: features.costBenefitAnalysis ?? true,
  hardwareSpecific: features.hardwareSpecific ?? true,
  resourceEfficiency: features.resourceEfficiency ?? true,
  taskMigration: features.taskMigration ?? true
})
