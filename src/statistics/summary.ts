/** Any row of numbers: an array, a typed array. */
export type Numbers = ArrayLike<number>

/** A copy, the smallest first; what is not a number stands last. */
export const sortedCopy = (values: Numbers): Float64Array => Float64Array.from(values).sort()

export const sum = (values: Numbers): number => {
  let total = 0
  for (let i = 0; i < values.length; i += 1) total += values[i] ?? 0
  return total
}

/** NaN of none, and where one is NaN. */
export const mean = (values: Numbers): number => sum(values) / values.length

/**
 * The quantile of values that are already sorted, the smallest first and NaN last: interpolated between the two nearest
 * (Hyndman and Fan's type 7, as in R and NumPy). NaN of none, and where one is NaN.
 *
 * @param share 0 (the smallest) to 1 (the largest)
 */
export const quantileOfSorted = (sorted: Numbers, share: number): number => {
  const last = sorted.length - 1
  if (Number.isNaN(sorted[last])) return Number.NaN
  const place = share * last
  const below = Math.floor(place)
  const lower = sorted[below] ?? Number.NaN
  const upper = sorted[Math.ceil(place)] ?? Number.NaN
  // Where both are infinite, their difference is none; between an infinite one and a finite one all is infinite.
  if (lower === upper) return lower
  return Number.isFinite(lower) ? lower + (upper - lower) * (place - below) : lower + upper
}

/** The quantile of values in any order, by the rule of `quantileOfSorted`. */
export const quantile = (values: Numbers, share: number): number => quantileOfSorted(sortedCopy(values), share)

/** NaN of none, and where one is NaN. */
export const median = (values: Numbers): number => quantile(values, 0.5)
