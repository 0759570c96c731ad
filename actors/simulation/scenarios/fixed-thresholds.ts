import type { SimulatedOptions } from "../definition.ts"

/** What balancing is compared with: thresholds that never move, no forecasts, and any move as good as another. */
export const fixedThresholds = {
  adaptation: { features: { dynamicThresholds: false, predictiveBalancing: false, costBenefitAnalysis: false } }
} satisfies SimulatedOptions

/** What a reader should know of it. */
export const fixedThresholdsNote =
  "`fixed thresholds`: the same runtime without dynamic thresholds, forecasts and cost-benefit analysis. It sees what is out of balance as the other does; then the first task found on a worker that has too much goes to the first worker that has little, gain or no gain."
