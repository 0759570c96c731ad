import { keep, type Method } from "./method.ts"

/** Beyond this many points the pairs are too many. */
export const mostRobustPoints = 30

const middleOf = (values: Float64Array): number => {
  values.sort()
  const half = values.length >> 1
  const upper = values[half] ?? Number.NaN
  return values.length % 2 === 1 ? upper : (upper + (values[half - 1] ?? Number.NaN)) / 2
}

/**
 * The line whose slope is the median of the slopes between all pairs of the last `points` values, and that has as many
 * of them above as below (Theil 1950, Sen 1968): up to 29 % of them may be anything. O(points²), and so at most 30.
 * NaN of fewer than three.
 */
export const robustSlope = (steps: number, points: number = mostRobustPoints): Method => {
  const room = Math.min(mostRobustPoints, points)
  const last = new Float64Array(room)
  const slopes = new Float64Array((room * (room - 1)) / 2)
  return {
    size: 1 + room,
    push: (memory, value) => {
      const count = memory[0] ?? 0
      keep(memory, 1, room, count, value)
      memory[0] = count + 1
    },
    expected: (memory) => {
      const count = memory[0] ?? 0
      const held = Math.min(room, count)
      if (held < 3) return Number.NaN
      for (let index = 0; index < held; index += 1) last[index] = memory[1 + ((count - held + index) % room)] ?? 0
      let pair = 0
      for (let later = 1; later < held; later += 1) {
        const value = last[later] ?? 0
        for (let earlier = 0; earlier < later; earlier += 1, pair += 1) {
          slopes[pair] = (value - (last[earlier] ?? 0)) / (later - earlier)
        }
      }
      const slope = middleOf(slopes.subarray(0, pair))
      for (let index = 0; index < held; index += 1) last[index] = (last[index] ?? 0) + slope * (held - 1 - index)
      return middleOf(last.subarray(0, held)) + slope * steps
    }
  }
}
