/** A forecast of the next values from all values so far; NaN where it has none. */
export type Rule = (values: ReadonlyArray<number>, until: number, ahead: number) => number

/** "No change". */
export const lastValue: Rule = (values, until) => values[until] ?? Number.NaN

/** The mean of the last so many values. */
export const meanOf =
  (points: number): Rule =>
  (values, until) => {
    const last = values.slice(Math.max(0, until + 1 - points), until + 1)
    return last.reduce((sum, value) => sum + value, 0) / last.length
  }

/** The straight line through the last so many values, one step apart, by least squares. */
export const lineThrough =
  (points: number): Rule =>
  (values, until, ahead) => {
    const last = values.slice(until + 1 - points, until + 1)
    const middle = (points - 1) / 2
    const mean = last.reduce((sum, value) => sum + value, 0) / points
    const spread = last.reduce((sum, _, index) => sum + (index - middle) ** 2, 0)
    const slope = last.reduce((sum, value, index) => sum + (index - middle) * value, 0) / spread
    return mean + slope * (middle + ahead)
  }

/** What it says after each of the values. */
export const forecastsOf = (rule: Rule, values: ReadonlyArray<number>, ahead: number): ReadonlyArray<number> =>
  values.map((_, until) => rule(values, until, ahead))

/** l = αy + (1 − α)l, from the first value on. */
export const exponentialAverages = (alpha: number, values: ReadonlyArray<number>): ReadonlyArray<number> => {
  let level = values[0] ?? Number.NaN
  return values.map((value) => {
    level = alpha * value + (1 - alpha) * level
    return level
  })
}

/** The mean of |forecast − what came| over the values that have a forecast which counts. */
export const meanError = (
  values: ReadonlyArray<number>,
  forecasts: ReadonlyArray<number>,
  ahead: number,
  warmUp: number
): number => {
  let sum = 0
  for (let until = warmUp - 1; until < values.length - ahead; until += 1) {
    sum += Math.abs((values[until + ahead] ?? Number.NaN) - (forecasts[until] ?? Number.NaN))
  }
  return sum / Math.max(1, values.length - ahead - warmUp + 1)
}
