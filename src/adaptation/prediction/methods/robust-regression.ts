import type { Method } from "./method.ts"

export interface RobustRegressionSettings {
  /** Values before the latest that stand in the regression, too. */
  readonly lags: number
  /** Weight of a new value in the mean that all else is told from. */
  readonly anchor: number
  /** Whether values stand in it by their logarithm: for loads that vary by factors. */
  readonly logarithmic: boolean
}

/** Weights of a new value in the means that stand in the regression. */
const means = [0.5, 0.2, 0.07, 0.02] as const
/** What is left of an error's weight with each step. */
const forgetting = 0.9995
/** How much must have been seen before the regression moves away from the anchor. */
const ridge = 20
/** Errors below this many scales weigh as much as those of it; above, the less the larger. */
const smallError = 0.3
/** Beyond this many scales a value says no more than that it is far. */
const farthest = 8
/** Weight of a new deviation in the scale. */
const scaleGain = 0.02
/** What stands for the constant. */
const constant = 0.3
/** No scale is smaller than this part of the values. */
const least = 1e-9

// Where things stand in the memory.
const [counted, anchored, scaled, unit, firstMean] = [0, 1, 2, 3, 4]

/**
 * Regression of the value at the horizon on the latest values and on four means that forget at different paces, all
 * told from an anchor and in units of the usual deviation. Recursive least squares, each error weighted by 1 ÷ |error|,
 * so that it is the sum of the absolute errors that becomes least, not that of their squares: one that is far off moves
 * it no more than others. O(d²) a value, d being 6 + `lags`.
 */
export const robustRegression = (
  steps: number,
  { lags, anchor, logarithmic }: RobustRegressionSettings = { lags: 0, anchor: 0.3, logarithmic: false }
): Method => {
  const width = 1 + means.length + lags + 1
  const row = width + 2
  const lagged = firstMean + means.length
  // What was known with each of the last values: the row, the anchor and the scale.
  const rows = lagged + 1 + lags
  const factors = rows + steps * row
  const spread = factors + width
  const size = spread + width * width
  const product = new Float64Array(width)

  const inward = (value: number, one: number): number =>
    logarithmic ? Math.sign(value) * Math.log1p(Math.abs(value) / one) : value
  const outward = (value: number, one: number): number =>
    logarithmic ? Math.sign(value) * Math.expm1(Math.abs(value)) * one : value

  /** Learns from a row what came of it. */
  const learn = (memory: Float64Array, start: number, value: number): void => {
    const base = memory[start + width] ?? 0
    const scale = memory[start + width + 1] ?? 1
    const target = Math.max(-farthest, Math.min(farthest, (value - base) / scale))
    let guess = 0
    for (let i = 0; i < width; i += 1) {
      guess += (memory[factors + i] ?? 0) * (memory[start + i] ?? 0)
      let sum = 0
      for (let j = 0; j < width; j += 1) sum += (memory[spread + i * width + j] ?? 0) * (memory[start + j] ?? 0)
      product[i] = sum
    }
    const error = target - guess
    let gain = forgetting * Math.max(smallError, Math.abs(error))
    for (let i = 0; i < width; i += 1) gain += (memory[start + i] ?? 0) * (product[i] ?? 0)
    let trace = 0
    for (let i = 0; i < width; i += 1) {
      const share = (product[i] ?? 0) / gain
      memory[factors + i] = (memory[factors + i] ?? 0) + share * error
      for (let j = 0; j < width; j += 1) {
        const at = spread + i * width + j
        memory[at] = ((memory[at] ?? 0) - share * (product[j] ?? 0)) / forgetting
      }
      trace += memory[spread + i * width + i] ?? 0
    }
    // Where nothing new is to be learned, forgetting would let the spread grow without end.
    if (trace <= width / ridge) return
    const shrink = width / ridge / trace
    for (let at = spread; at < size; at += 1) memory[at] = (memory[at] ?? 0) * shrink
  }

  return {
    size,
    push: (memory, raw) => {
      const count = memory[counted] ?? 0
      if (count === 0) {
        memory[unit] = 0.1 * Math.abs(raw) || 1
        for (let i = 0; i < width; i += 1) memory[spread + i * width + i] = 1 / ridge
      }
      const value = inward(raw, memory[unit] ?? 1)
      const start = rows + (count % steps) * row
      if (count >= steps) learn(memory, start, value)

      const before = memory[anchored] ?? 0
      const base = before + Math.max(anchor, 1 / (count + 1)) * (value - before)
      const usual = memory[scaled] ?? 0
      const deviation = count === 0 ? 0.1 * Math.abs(value) : Math.abs(value - before)
      const scale = Math.max(least, usual + Math.max(scaleGain, 1 / (count + 1)) * (deviation - usual))
      memory[counted] = count + 1
      memory[anchored] = base
      memory[scaled] = scale
      memory.copyWithin(lagged + 1, lagged, lagged + lags)
      memory[lagged] = value

      const told = (each: number): number => Math.max(-farthest, Math.min(farthest, (each - base) / scale))
      let at = start
      for (let lag = 0; lag <= lags; lag += 1, at += 1) {
        memory[at] = lag <= count ? told(memory[lagged + lag] ?? 0) : 0
      }
      for (let index = 0; index < means.length; index += 1, at += 1) {
        const level = memory[firstMean + index] ?? 0
        const next = level + Math.max(means[index] ?? 1, 1 / (count + 1)) * (value - level)
        memory[firstMean + index] = next
        memory[at] = told(next)
      }
      memory[at] = constant
      memory[at + 1] = base
      memory[at + 2] = scale
    },
    expected: (memory) => {
      const count = memory[counted] ?? 0
      if (count === 0) return Number.NaN
      const start = rows + ((count - 1) % steps) * row
      let guess = 0
      for (let i = 0; i < width; i += 1) guess += (memory[factors + i] ?? 0) * (memory[start + i] ?? 0)
      return outward((memory[anchored] ?? 0) + guess * (memory[scaled] ?? 0), memory[unit] ?? 1)
    }
  }
}
