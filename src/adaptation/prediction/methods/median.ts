import type { Method } from "./method.ts"

/**
 * The median of the last `points` values: what errs least on average where a few are far above the others, as loads
 * are. The values stand in order beside the ring of their arrival, so a new one costs a shift, not a sort.
 */
export const median = (points: number): Method => {
  const ring = 1
  const sorted = 1 + points
  return {
    size: 1 + 2 * points,
    push: (memory, value) => {
      const count = memory[0] ?? 0
      let held = Math.min(points, count)
      const place = ring + (count % points)
      if (held === points) {
        const oldest = memory[place] ?? 0
        let at = sorted
        while ((memory[at] ?? 0) < oldest) at += 1
        memory.copyWithin(at, at + 1, sorted + held)
        held -= 1
      }
      let at = sorted + held
      for (; at > sorted && (memory[at - 1] ?? 0) > value; at -= 1) memory[at] = memory[at - 1] ?? 0
      memory[at] = value
      memory[place] = value
      memory[0] = count + 1
    },
    expected: (memory) => {
      const held = Math.min(points, memory[0] ?? 0)
      const middle = sorted + (held >> 1)
      const upper = memory[middle] ?? Number.NaN
      return held % 2 === 1 ? upper : (upper + (memory[middle - 1] ?? Number.NaN)) / 2
    }
  }
}
