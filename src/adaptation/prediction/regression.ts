/** A line by least squares, with what is needed to say how far a value off it may be. */
export interface Line {
  readonly slope: number
  readonly meanX: number
  readonly meanY: number
  readonly points: number
  /** Σ(x − x̄)² */
  readonly spread: number
  /** Standard deviation of the residuals, with n − 2 degrees of freedom; 0 for two points. */
  readonly residual: number
}

/** `undefined` for fewer than two points, points that are not finite, or no spread in x. */
export const fitLine = (xs: ReadonlyArray<number>, ys: ReadonlyArray<number>): Line | undefined => {
  const points = Math.min(xs.length, ys.length)
  if (points < 2) return undefined
  let sumX = 0
  let sumY = 0
  for (let i = 0; i < points; i += 1) {
    sumX += xs[i] ?? Number.NaN
    sumY += ys[i] ?? Number.NaN
  }
  const meanX = sumX / points
  const meanY = sumY / points
  let spread = 0
  let product = 0
  let total = 0
  for (let i = 0; i < points; i += 1) {
    const dx = (xs[i] ?? 0) - meanX
    const dy = (ys[i] ?? 0) - meanY
    spread += dx * dx
    product += dx * dy
    total += dy * dy
  }
  if (!(spread > 0) || !Number.isFinite(spread) || !Number.isFinite(total)) return undefined
  const slope = product / spread
  // A sum of squares, so what lies below 0 is rounding.
  const unexplained = Math.max(0, total - slope * product)
  return { slope, meanX, meanY, points, spread, residual: points > 2 ? Math.sqrt(unexplained / (points - 2)) : 0 }
}

export const valueAt = (line: Line, x: number): number => line.meanY + line.slope * (x - line.meanX)

/** Standard error of a new observation at `x`: s·√(1 + 1/n + (x − x̄)²/Σ(x − x̄)²). */
export const errorAt = (line: Line, x: number): number =>
  line.residual * Math.sqrt(1 + 1 / line.points + (x - line.meanX) ** 2 / line.spread)

/** The normal quantile that bounds the middle 90 %. */
const z = 1.6448536

/**
 * The quantile of Student's t that bounds the middle 90 %, by the Cornish–Fisher expansion: within 0.3 % from three
 * degrees of freedom on.
 */
export const studentQuantile = (freedom: number): number => {
  const v = Math.max(1, freedom)
  return (
    z +
    (z ** 3 + z) / (4 * v) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * v ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * v ** 3)
  )
}
