import { clearTrend } from "./clear-trend.ts"
import { dampedTrend } from "./damped-trend.ts"
import { exponential } from "./exponential.ts"
import { lastValue } from "./last-value.ts"
import { levelShift } from "./level-shift.ts"
import { mean } from "./mean.ts"
import { median } from "./median.ts"
import type { Method } from "./method.ts"
import { robustRegression } from "./robust-regression.ts"
import { robustSlope } from "./robust-slope.ts"
import { season } from "./season.ts"

/** A method, and how much worse than the best it is held to be before anything was seen: 1 is as good. */
export interface Candidate {
  readonly name: string
  readonly method: Method
  readonly prior: number
}

/** Points that the robust slope goes through where it is one of many: fewer than by itself, for its cost. */
const fewPoints = 9

/** A trend that noise hides for a while. */
const longTrend = { points: 24, fewest: 12, explained: 0.8 }

/**
 * What `auto` combines: means and medians that forget at all paces, trends, a season, and regressions. Three speak only where
 * they are sure, and weigh much then. The priors were
 * chosen on recorded load (docs/prediction.md) and matter for the first few dozen values.
 *
 * @param period steps after which the series repeats, where that is declared
 */
export const candidates = (steps: number, period?: number): ReadonlyArray<Candidate> => [
  { name: "last value", method: lastValue, prior: 1.25 },
  { name: "exponential average 0.5", method: exponential(0.5), prior: 1.05 },
  { name: "exponential average 0.3", method: exponential(0.3), prior: 1 },
  { name: "exponential average 0.2", method: exponential(0.2), prior: 1 },
  { name: "exponential average 0.1", method: exponential(0.1), prior: 1.03 },
  { name: "exponential average 0.05", method: exponential(0.05), prior: 1.1 },
  { name: "exponential average 0.02", method: exponential(0.02), prior: 1.15 },
  { name: "exponential average 0.005", method: exponential(0.005), prior: 1.2 },
  { name: "mean of 12", method: mean(12), prior: 1 },
  { name: "median of 5", method: median(5), prior: 1.05 },
  { name: "median of 13", method: median(13), prior: 1.05 },
  { name: "median of 25", method: median(25), prior: 1.08 },
  { name: "median of 51", method: median(51), prior: 1.15 },
  { name: "damped trend", method: dampedTrend(steps), prior: 1.05 },
  { name: "robust slope", method: robustSlope(steps, fewPoints), prior: 1.25 },
  { name: "clear trend", method: clearTrend(steps), prior: 0.3 },
  { name: "long trend", method: clearTrend(steps, longTrend), prior: 0.6 },
  { name: "level shift", method: levelShift, prior: 0.7 },
  { name: "season", method: season(steps, period === undefined ? {} : { period }), prior: 1.1 },
  {
    name: "regression on 5 values",
    method: robustRegression(steps, { lags: 4, anchor: 0.3, logarithmic: false }),
    prior: 1.03
  },
  {
    name: "regression of logarithms",
    method: robustRegression(steps, { lags: 0, anchor: 0.1, logarithmic: true }),
    prior: 1.02
  },
  {
    name: "regression of logarithms on 5 values",
    method: robustRegression(steps, { lags: 4, anchor: 0.1, logarithmic: true }),
    prior: 1.04
  }
]
