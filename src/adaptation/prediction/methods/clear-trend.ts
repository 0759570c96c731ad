import { keep, type Method } from "./method.ts"

export interface ClearTrendSettings {
  /** Values that the line goes through at most. */
  readonly points: number
  /** Values below which it says nothing: of few a line explains much by chance. */
  readonly fewest: number
  /** The share of their variance that the line must explain. */
  readonly explained: number
}

/**
 * The line through the last values where that is nearly all there is to them, and nothing (NaN) otherwise: load that
 * begins to rise steadily is seen before any record could tell, and noise is not taken for it.
 */
export const clearTrend = (
  steps: number,
  { points, fewest, explained }: ClearTrendSettings = { points: 12, fewest: 5, explained: 0.9 }
): Method => ({
  size: 1 + points,
  push: (memory, value) => {
    const count = memory[0] ?? 0
    keep(memory, 1, points, count, value)
    memory[0] = count + 1
  },
  expected: (memory) => {
    const count = memory[0] ?? 0
    const held = Math.min(points, count)
    if (held < fewest) return Number.NaN
    const middle = (held - 1) / 2
    let sum = 0
    for (let index = 1; index <= held; index += 1) sum += memory[index] ?? 0
    const level = sum / held
    let [products, squares] = [0, 0]
    for (let index = 0; index < held; index += 1) {
      const deviation = (memory[1 + ((count - held + index) % points)] ?? 0) - level
      products += (index - middle) * deviation
      squares += deviation * deviation
    }
    const spread = (held * (held * held - 1)) / 12
    if (!(squares > 0) || products * products < explained * spread * squares) return Number.NaN
    return level + (products / spread) * (middle + steps)
  }
})
