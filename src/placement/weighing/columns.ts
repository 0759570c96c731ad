import type { Performance } from "../../model/index.ts"
import type { Scale } from "../strategy.ts"

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
const shorterIsBetter = (column: Float64Array): number => {
  let shortest = Number.POSITIVE_INFINITY
  for (const time of column) if (time < shortest) shortest = time
  for (let index = 0; index < column.length; index++) column[index] = (100 * shortest) / (column[index] ?? Number.NaN)
  return shortest
}

/** Figures of any unit become 0–100: the largest is 100, one half as large is 50. Unknown (NaN) stays so. In place. */
const largerIsBetter = (column: Float64Array): number => {
  let largest = 0
  for (const figure of column) if (figure > largest) largest = figure
  for (let index = 0; index < column.length; index++) column[index] = (100 * (column[index] ?? Number.NaN)) / largest
  return largest
}

/** Figures become points as the scale says. In place. Gives the figure they are measured against. */
export const rescale = (column: Float64Array, scale: Scale): number => {
  if (scale === "points") return Number.NaN
  return scale === "less" ? shorterIsBetter(column) : largerIsBetter(column)
}

/**
 * Speeds become points for each free slot: the worker that can do most when empty has 100 when empty. In place. Gives what
 * that one can do.
 */
export const perSlot = (speeds: Float64Array, slotLimit: Float64Array): number => {
  fillUnknown(speeds, 1)
  let most = 0
  for (let worker = 0; worker < speeds.length; worker++) {
    const whole = (speeds[worker] ?? 0) * (slotLimit[worker] ?? 0)
    if (whole > most) most = whole
  }
  for (let worker = 0; worker < speeds.length; worker++) {
    const points = (100 * (speeds[worker] ?? 0)) / most
    speeds[worker] = points > 0 && points <= 100 ? points : 0
  }
  return most
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
