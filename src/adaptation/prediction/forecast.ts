import type { Millis } from "../../model/index.ts"
import type { HistorySettings, Series } from "./history.ts"
import { historyDefaults } from "./history.ts"
import type { MethodId } from "./methods/index.ts"

/** Share of values that the interval of a forecast is meant to hold. */
export const intervalLevel = 0.9

export interface ForecastSettings extends HistorySettings {
  /** `auto` combines many methods, by their record on each series; the others go by themselves. */
  readonly method: MethodId
  /** How far ahead: `predictionWindow`. */
  readonly horizon: Millis
  /**
   * How often a sample is expected: `checkInterval`. All methods but the linear regression go by steps of this. Left out:
   * a sixth of the horizon.
   */
  readonly interval?: Millis
  /** After how long the series repeat, such as a day, where that is known. Left out: it is looked for, up to 300 steps. */
  readonly period?: Millis
  /** Samples in the window below which nothing is forecast; at least 3. */
  readonly minSamples: number
  /** What the series may be; forecasts and intervals are kept inside. */
  readonly bounds: { readonly min: number; readonly max: number }
  /** Scored forecasts that count as much for the confidence as the fit itself. */
  readonly trust: number
}

export const forecastDefaults: ForecastSettings = {
  ...historyDefaults,
  method: "auto",
  horizon: 180_000,
  minSamples: 5,
  bounds: { min: 0, max: 1 },
  trust: 10
}

export interface Forecast {
  readonly series: Series
  readonly madeAt: Millis
  readonly dueAt: Millis
  /** The latest value when it was made: the forecast "no change". */
  readonly current: number
  readonly value: number
  /** Bounds of the 90 % interval. */
  readonly low: number
  readonly high: number
  /** Change of the value per minute, over the samples of the window. */
  readonly slope: number
  /** 0–1: 1 − 2·the error to expect, from the scatter of the samples and, ever more, from the errors of the past. */
  readonly confidence: number
  /** Whether the forecasts scored so far did better than "no change", beyond chance; false until five are scored. */
  readonly beatsNoChange: boolean
}

/** A forecast that came due, and what came. */
export interface ScoredForecast extends Forecast {
  readonly actual: number
  readonly error: number
  readonly noChangeError: number
  /** Whether the value lay inside the interval. */
  readonly covered: boolean
}
