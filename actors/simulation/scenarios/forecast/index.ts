/** Forecasts of recorded load. */
export { exponentialAverages, forecastsOf, lastValue, lineThrough, meanError, meanOf } from "./baselines.ts"
export { c13, forecastPart } from "./scenario.ts"
export { type SeriesErrors, seriesErrors } from "./series-errors.ts"
