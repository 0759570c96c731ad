import type { Method } from "./method.ts"

export interface DampedTrendSettings {
  /** Weight of a new value in the level. */
  readonly alpha: number
  /** Weight of a new change of the level in the trend. */
  readonly beta: number
  /** What is left of the trend with each step. */
  readonly phi: number
}

/**
 * Holt's linear trend, damped (Gardner and McKenzie 1985): l = αy + (1 − α)(l + φb), b = β(l − l′) + (1 − β)φb,
 * ŷ = l + Σφⁱb.
 */
export const dampedTrend = (
  steps: number,
  { alpha, beta, phi }: DampedTrendSettings = { alpha: 0.3, beta: 0.1, phi: 0.9 }
): Method => {
  let reach = 0
  for (let step = 1; step <= steps; step += 1) reach += phi ** step
  return {
    size: 3,
    push: (memory, value) => {
      const [count = 0, before = 0, trend = 0] = [memory[0], memory[1], memory[2]]
      const level = count === 0 ? value : alpha * value + (1 - alpha) * (before + phi * trend)
      memory[0] = count + 1
      memory[1] = level
      memory[2] = count === 0 ? 0 : beta * (level - before) + (1 - beta) * phi * trend
    },
    expected: (memory) => (memory[1] ?? Number.NaN) + reach * (memory[2] ?? 0)
  }
}
