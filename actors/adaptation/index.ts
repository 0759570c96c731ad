/** The parts that watch and change: health, prediction, migration. */
export { Adaptation, type AdaptationOptions } from "./adaptation.ts"
export { LoadForecasts } from "./load-forecasts.ts"
export { Vitals } from "./vitals.ts"
