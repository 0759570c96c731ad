/** What load is to be expected. */
export { FitBatch, type FitRunner, type FitWork, inlineFitting, takeIn } from "./fitting.ts"
export * from "./forecast.ts"
export { Forecaster } from "./forecaster.ts"
export * from "./history.ts"
export { type MethodId, methodIds } from "./methods/index.ts"
export type { Accuracy } from "./scoreboard.ts"
export { type MethodShare, SeriesModel, type SeriesModelSettings } from "./series-model.ts"
export * from "./trend.ts"
