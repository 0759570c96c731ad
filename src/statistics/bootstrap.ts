import { quantileOfSorted, sortedCopy } from "./summary.ts"

/** A figure, and the interval in which the true one lies with some confidence. */
export interface Estimate {
  readonly estimate: number
  readonly low: number
  readonly high: number
}

export interface BootstrapOptions {
  /** How many samples are drawn anew. Default 2,000. */
  readonly resamples?: number
  /** 0–1. Default 0.95. */
  readonly confidence?: number
}

/**
 * How far a statistic of a sample can be trusted: it is taken again of samples drawn, with replacement, from this one,
 * and the interval is where the middle `confidence` of them lie (Efron's percentile method). All NaN of no values.
 * Costs `resamples` statistics: for tens or hundreds of values, such as one for each seed.
 *
 * @param statistic is given an array that changes after it returns
 * @param chance 0 ≤ x < 1; the same chance gives the same interval
 */
export const bootstrap = (
  values: ReadonlyArray<number>,
  statistic: (values: ReadonlyArray<number>) => number,
  chance: () => number,
  { resamples = 2_000, confidence = 0.95 }: BootstrapOptions = {}
): Estimate => {
  if (values.length === 0) return { estimate: Number.NaN, low: Number.NaN, high: Number.NaN }
  const resample = [...values]
  const found = new Float64Array(resamples)
  for (let round = 0; round < resamples; round += 1) {
    for (let i = 0; i < resample.length; i += 1) {
      resample[i] = values[Math.floor(chance() * values.length)] ?? Number.NaN
    }
    found[round] = statistic(resample)
  }
  const sorted = sortedCopy(found)
  const outside = (1 - confidence) / 2
  return {
    estimate: statistic(values),
    low: quantileOfSorted(sorted, outside),
    high: quantileOfSorted(sorted, 1 - outside)
  }
}
