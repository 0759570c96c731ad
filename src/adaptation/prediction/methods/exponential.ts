import type { Method } from "./method.ts"

/**
 * l ← l + α(y − l): a mean that forgets. Until 1/α values have come it is their plain mean, so that the first one does
 * not weigh more than the others.
 */
export const exponential = (alpha: number): Method => ({
  size: 2,
  push: (memory, value) => {
    const count = (memory[0] ?? 0) + 1
    const level = memory[1] ?? 0
    memory[0] = count
    memory[1] = level + Math.max(alpha, 1 / count) * (value - level)
  },
  expected: (memory) => memory[1] ?? Number.NaN
})
