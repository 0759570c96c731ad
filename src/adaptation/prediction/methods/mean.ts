import { keep, type Method } from "./method.ts"

/** The mean of the last `points` values. */
export const mean = (points: number): Method => ({
  size: 1 + points,
  push: (memory, value) => {
    const count = memory[0] ?? 0
    keep(memory, 1, points, count, value)
    memory[0] = count + 1
  },
  expected: (memory) => {
    const held = Math.min(points, memory[0] ?? 0)
    let sum = 0
    for (let index = 1; index <= held; index += 1) sum += memory[index] ?? 0
    return sum / held
  }
})
