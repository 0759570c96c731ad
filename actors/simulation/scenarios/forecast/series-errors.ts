import { Forecaster } from "../../../../src/adaptation/index.ts"
import type { LoadSeries } from "../../traces/index.ts"
import { exponentialAverages, forecastsOf, lastValue, lineThrough, meanError, meanOf } from "./baselines.ts"

/** How each contender did on one series, so many steps ahead: mean absolute errors in units of the last value's. */
export interface SeriesErrors {
  readonly ballast: number
  readonly bestSimple: number
  readonly linearRegression: number
  /** Of the values that count, those that lay in the interval that had been given for them. */
  readonly covered: number
  readonly counted: number
}

/** Samples that the runtime looks back on at least, before it forecasts at all. */
const window = 12

/** What the runtime's forecaster says after each value, and in how many of those that count the interval held. */
const ballastOn = ({ values, every, warmUp }: LoadSeries, ahead: number) => {
  const forecaster = new Forecaster({
    interval: every,
    horizon: ahead * every,
    window: window * every,
    bounds: { min: 0, max: Number.POSITIVE_INFINITY }
  })
  let covered = 0
  const forecasts = values.map((value, index) => {
    const at = index * every
    forecaster.observe("load", value, at)
    const forecast = forecaster.forecast("load", at)
    const actual = values[index + ahead]
    if (forecast !== undefined && actual !== undefined && index >= warmUp - 1) {
      if (actual >= forecast.low && actual <= forecast.high) covered += 1
    }
    return forecast?.value ?? Number.NaN
  })
  return { forecasts, covered }
}

/** @param ahead steps of the series */
export const seriesErrors = (series: LoadSeries, ahead: number): SeriesErrors => {
  const { values, warmUp } = series
  const errorOf = (forecasts: ReadonlyArray<number>) => meanError(values, forecasts, ahead, warmUp)
  const { forecasts, covered } = ballastOn(series, ahead)
  const last = errorOf(forecastsOf(lastValue, values, ahead))
  const simple = [exponentialAverages(0.3, values), forecastsOf(meanOf(12), values, ahead)]
  return {
    ballast: errorOf(forecasts) / last,
    bestSimple: Math.min(...simple.map(errorOf)) / last,
    linearRegression: errorOf(forecastsOf(lineThrough(6), values, ahead)) / last,
    covered,
    counted: Math.max(0, values.length - ahead - warmUp + 1)
  }
}
