import { dampedTrend } from "./damped-trend.ts"
import { exponential } from "./exponential.ts"
import { lastValue } from "./last-value.ts"
import { mean } from "./mean.ts"
import { median } from "./median.ts"
import type { Method } from "./method.ts"
import { robustRegression } from "./robust-regression.ts"
import { robustSlope } from "./robust-slope.ts"
import { season } from "./season.ts"

/** Methods by name. `auto` combines many of them; `linear-regression` is that of F3, over time. */
export const methodIds = [
  "auto",
  "linear-regression",
  "last-value",
  "mean",
  "median",
  "exponential",
  "damped-trend",
  "robust-slope",
  "robust-regression",
  "seasonal"
] as const

export type MethodId = (typeof methodIds)[number]

/** Methods that go by themselves, step by step. */
export type LoneMethodId = Exclude<MethodId, "auto" | "linear-regression">

/** @param period steps after which the series repeats, where that is declared; for `seasonal` */
export const methodOf = (id: LoneMethodId, steps: number, period?: number): Method => {
  switch (id) {
    case "last-value":
      return lastValue
    case "mean":
      return mean(12)
    case "median":
      return median(13)
    case "exponential":
      return exponential(0.3)
    case "damped-trend":
      return dampedTrend(steps)
    case "robust-slope":
      return robustSlope(steps)
    case "robust-regression":
      return robustRegression(steps)
    case "seasonal":
      return season(steps, period === undefined ? {} : { period })
  }
}
