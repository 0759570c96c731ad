import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { slowStartDefaults, startsSlowly, warmShare, warmSlots } from "../../../src/adaptation/index.ts"

const at = (now: number, runs = 0, slots = 10) => warmSlots({ startedAt: 1_000, runs }, slots, slowStartDefaults, now)

describe("slow start (2.8, X15)", () => {
  it("gives a tenth at once, half at half of the window and all at its end: by the time that has passed", () => {
    expect([1_000, 3_500, 5_999, 6_000, 60_000].map((now) => at(now))).toEqual([1, 5, 9, 10, 10])
  })

  it("gives all before that to a worker that has run so much that its code is compiled", () => {
    expect([0, 100, 199, 200].map((runs) => at(1_001, runs))).toEqual([1, 5, 9, 10])
  })

  it("gives more at first with more aggression", () => {
    const share = (aggression: number) =>
      warmShare({ startedAt: 0, runs: 0 }, 10, { ...slowStartDefaults, aggression }, 1_250)
    expect(share(1)).toBe(0.25)
    expect(share(2)).toBe(0.5)
    expect(share(0.5)).toBe(0.1)
  })

  it("has nothing to ramp with one slot, nor where nobody else carries the load", () => {
    expect(startsSlowly(1, 8)).toBe(false)
    expect(startsSlowly(8, 0)).toBe(false)
    expect(startsSlowly(8, 1)).toBe(true)
  })

  it("rises monotonically to its weight, from its least share, whatever the settings (property 26)", () => {
    let rises = 0
    fc.assert(
      fc.property(
        fc.record({
          window: fc.integer({ min: 0, max: 60_000 }),
          runs: fc.integer({ min: 1, max: 100 }),
          least: fc.double({ min: 0.01, max: 1, noNaN: true }),
          aggression: fc.double({ min: 0.1, max: 10, noNaN: true })
        }),
        fc.integer({ min: 1, max: 200 }),
        fc.array(fc.record({ after: fc.nat({ max: 10_000 }), runs: fc.nat({ max: 500 }) }), { maxLength: 30 }),
        (settings, slots, steps) => {
          let now = 5_000
          let runs = 0
          let before = 0
          for (const step of [{ after: 0, runs: 0 }, ...steps]) {
            now += step.after
            runs += step.runs
            const share = warmShare({ startedAt: 5_000, runs }, slots, settings, now)
            const given = warmSlots({ startedAt: 5_000, runs }, slots, settings, now)
            expect(share).toBeGreaterThanOrEqual(Math.max(before, settings.least) - 1e-12)
            expect(share).toBeLessThanOrEqual(1)
            expect(given).toBeGreaterThanOrEqual(1)
            expect(given).toBeLessThanOrEqual(slots)
            if (share > before && before > 0) rises += 1
            before = share
          }
          expect(warmSlots({ startedAt: 5_000, runs }, slots, settings, 5_000 + settings.window)).toBe(slots)
        }
      ),
      { seed: 26 }
    )
    expect(rises).toBeGreaterThan(100)
  })
})
