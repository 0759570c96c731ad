/** Figures that sum up many: middle, spread, intervals, comparisons. Pure; of nothing, each is NaN. */
export { type BootstrapOptions, bootstrap, type Estimate } from "./bootstrap.ts"
export { type ComparisonOptions, comparePaired, type PairedComparison } from "./paired-comparison.ts"
export { Sample } from "./sample.ts"
export { coefficientOfVariation, gini, standardDeviation, standardError } from "./spread.ts"
export { mean, median, type Numbers, quantile, quantileOfSorted, sum } from "./summary.ts"
export { TimeWeighted } from "./time-weighted.ts"
