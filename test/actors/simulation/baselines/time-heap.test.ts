import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { timeHeap } from "../../../../actors/simulation/baselines/time-heap.ts"

describe("a time heap", () => {
  it("gives indexes by their time, equal times by index, with pushes and pops mixed", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ time: fc.nat({ max: 9 }), pops: fc.nat({ max: 2 }) })), (steps) => {
        const times = Float64Array.from(steps, ({ time }) => time)
        const heap = timeHeap(times)
        let inside: Array<number> = []
        steps.forEach(({ pops }, index) => {
          heap.push(index)
          inside = [...inside, index].sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b)
          for (let pop = 0; pop < pops; pop += 1) expect(heap.pop()).toBe(inside.shift() ?? -1)
          expect(heap.size()).toBe(inside.length)
          expect(heap.first()).toBe(inside[0] ?? -1)
          expect(heap.earliest()).toBe(times[inside[0] ?? -1] ?? Number.POSITIVE_INFINITY)
        })
      }),
      { seed: 3, numRuns: 300 }
    )
  })
})
