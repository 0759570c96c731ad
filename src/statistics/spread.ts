import { mean, type Numbers, sortedCopy } from "./summary.ts"

const squaredDeviations = (values: Numbers): number => {
  const centre = mean(values)
  let total = 0
  for (let i = 0; i < values.length; i += 1) total += ((values[i] ?? 0) - centre) ** 2
  return total
}

/** Of the values as they are, all there is, not a sample of more: √(Σ(x − mean)² ÷ n). NaN of none. */
export const standardDeviation = (values: Numbers): number => Math.sqrt(squaredDeviations(values) / values.length)

/** By how much the mean of such a sample strays from the true one: √(Σ(x − mean)² ÷ (n − 1) ÷ n). NaN below two. */
export const standardError = (values: Numbers): number =>
  Math.sqrt(squaredDeviations(values) / (values.length - 1) / values.length)

/** Standard deviation ÷ mean; 0 where all values are the same, zeros too. NaN of none. */
export const coefficientOfVariation = (values: Numbers): number => {
  const deviation = standardDeviation(values)
  return deviation === 0 ? 0 : deviation / mean(values)
}

/**
 * How unequally a whole is shared: 0 where all have the same (nothing too), 1 − 1/n where one has it all. Values are not
 * negative; NaN where one is, and of none.
 */
export const gini = (values: Numbers): number => {
  const sorted = sortedCopy(values)
  const least = sorted[0] ?? Number.NaN
  if (!(least >= 0)) return Number.NaN
  let total = 0
  let ranked = 0
  for (let i = 0; i < sorted.length; i += 1) {
    const value = sorted[i] ?? 0
    total += value
    ranked += (2 * i + 1 - sorted.length) * value
  }
  return total === 0 ? 0 : ranked / (sorted.length * total)
}
