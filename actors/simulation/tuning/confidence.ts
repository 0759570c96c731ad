/** Student's t for 95 %, by degrees of freedom from 1 on. */
const t95 = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131]

/** The normal distribution function (Abramowitz and Stegun 26.2.17, to seven digits). */
const normal = (z: number): number => {
  const t = 1 / (1 + 0.2316419 * Math.abs(z))
  const poly = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  const above = (Math.exp(-(z ** 2) / 2) / Math.sqrt(2 * Math.PI)) * poly
  return z > 0 ? 1 - above : above
}

/**
 * The confidence to ask of percentiles of so many values resampled, so that the interval of their mean holds 95 %: with few
 * values percentiles alone are too narrow (Hesterberg 2015, the expanded percentile interval).
 *
 *     1 − 2 Φ(−√(n ÷ (n − 1)) · t₀.₉₇₅(n − 1))
 */
export const widened = (values: number): number => {
  if (values < 2) return 1
  const t = t95[values - 2] ?? 1.96 + 2.5 / (values - 1)
  return 1 - 2 * normal(-Math.sqrt(values / (values - 1)) * t)
}
