import type { Performance } from "../model/index.ts"

/** Unknown values (NaN) become the middle of the known ones, or `otherwise` where none is known. In place. */
export const fillUnknown = (column: Float64Array, otherwise: number): void => {
  let lowest = Number.POSITIVE_INFINITY
  let highest = Number.NEGATIVE_INFINITY
  for (const value of column) {
    if (value < lowest) lowest = value
    if (value > highest) highest = value
  }
  // The middle, not the mean: it does not depend on the order in which the workers are added up.
  const middle = lowest <= highest ? lowest + (highest - lowest) / 2 : otherwise
  for (let index = 0; index < column.length; index++) if (Number.isNaN(column[index])) column[index] = middle
}

/** Times in milliseconds become 0–100: the shortest is 100, one twice as long is 50. Unknown (NaN) stays so. In place. */
export const shorterIsBetter = (column: Float64Array): void => {
  let shortest = Number.POSITIVE_INFINITY
  for (const time of column) if (time < shortest) shortest = time
  for (let index = 0; index < column.length; index++) column[index] = (100 * shortest) / (column[index] ?? Number.NaN)
}

/** The mean run time, or NaN where it is not known or no time at all. */
export const meanOf = (performance: Performance | undefined): number => {
  const mean = performance?.meanMs ?? 0
  return mean > 0 ? mean : Number.NaN
}

/** Keeps every value within 0–100. In place. */
export const clampPercent = (column: Float64Array): void => {
  for (let index = 0; index < column.length; index++) {
    const value = column[index] ?? 0
    column[index] = value > 100 ? 100 : value > 0 ? value : 0
  }
}
