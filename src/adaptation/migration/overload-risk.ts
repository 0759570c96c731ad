/** Cores of speed 1 that a task needs, or several: means and variances add up, as they do for what varies by itself. */
export interface ExpectedUse {
  readonly mean: number
  readonly variance: number
}

/** In cores², below that, a sum is as good as certain. */
const leastVariance = 1e-6

/** Of a logistic distribution with standard deviation 1. */
const logisticScale = Math.sqrt(3) / Math.PI

/**
 * Cores by which a load is expected to exceed what there is: E[max(0, load − capacity)].
 *
 * Formula: s·ln(1 + e^((mean − capacity)/s)), s = σ·√3/π, which is exact for a logistic distribution. Its tail is heavier
 * than the normal one's, as that of a few services that jump is: with the normal one, risks beyond three σ vanish that do
 * come true.
 */
export const expectedOverload = (mean: number, variance: number, capacity: number): number => {
  const scale = Math.sqrt(Math.max(leastVariance, variance)) * logisticScale
  const x = (mean - capacity) / scale
  // Where e^x is beyond what a number can hold, or 1 + e^x is 1.
  if (x > 30) return mean - capacity
  return scale * Math.log1p(Math.exp(x))
}
