import type { SimulatedOptions } from "../definition.ts"

/** What balancing is compared with: thresholds that never move, no forecasts, and any move as good as another. */
export const fixedThresholds = {
  adaptation: { features: { dynamicThresholds: false, predictiveBalancing: false, costBenefitAnalysis: false } }
} satisfies SimulatedOptions

/** What a reader should know of it. */
export const fixedThresholdsNote =
  "`fixed thresholds`: the same runtime without dynamic thresholds, forecasts and cost-benefit analysis. It hardly differs where moves gain much: a move must still gain time by its own reckoning, only by how much no longer counts."
