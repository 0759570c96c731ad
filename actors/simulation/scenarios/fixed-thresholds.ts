import type { SimulatedOptions } from "../definition.ts"

/** What balancing is compared with: thresholds that never move, no forecasts, and any move as good as another. */
export const fixedThresholds = {
  adaptation: { features: { dynamicThresholds: false, predictiveBalancing: false, costBenefitAnalysis: false } }
} satisfies SimulatedOptions
