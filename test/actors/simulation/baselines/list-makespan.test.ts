import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { listMakespan } from "../../../../actors/simulation/baselines/index.ts"

describe("a list that equal servers take from", () => {
  it("ends when the last of its tasks does", () => {
    expect(listMakespan([5, 3, 2, 4], 2)).toBe(9)
    expect(listMakespan([5, 4, 3, 2], 2)).toBe(7)
    expect(listMakespan([], 3)).toBe(0)
  })

  it("ends as in a simulation step by step, and no later than Graham's bound", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 40 }),
        fc.integer({ min: 1, max: 5 }),
        (durations, servers) => {
          const free = Array.from({ length: servers }, () => 0)
          for (const duration of durations) free[free.indexOf(Math.min(...free))] = Math.min(...free) + duration
          const end = listMakespan(durations, servers)
          expect(end).toBe(Math.max(...free))
          const bound = Math.max(0, ...durations, durations.reduce((sum, each) => sum + each, 0) / servers)
          expect(end).toBeLessThanOrEqual((2 - 1 / servers) * bound + 1e-9)
        }
      )
    )
  })
})
