import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { mean, standardDeviation, TimeWeighted } from "../../src/statistics/index.ts"

const spans = fc.array(fc.tuple(fc.nat(100), fc.nat(20)), { minLength: 1, maxLength: 30 })

describe("a value over time", () => {
  it("counts each value for as long as it held", () => {
    const load = new TimeWeighted(0, 100)
    load.change(1, 150)
    load.change(0.5, 250)
    expect(load.integral(350)).toBeCloseTo(150, 12)
    expect(load.mean(350)).toBeCloseTo(0.6, 12)
    // 50 at 0, 100 at 1, 100 at 0.5, around 0.6.
    expect(load.standardDeviation(350)).toBeCloseTo(Math.sqrt((50 * 0.36 + 100 * 0.16 + 100 * 0.01) / 250), 12)
  })

  it("is as if it were read at every moment", () => {
    fc.assert(
      fc.property(spans, (held) => {
        const moments = held.flatMap(([value, times]) => Array.from({ length: times }, () => value))
        fc.pre(moments.length > 0)
        const load = new TimeWeighted(held[0]?.[0] ?? 0, 0)
        let now = 0
        for (const [value, times] of held) {
          load.change(value, now)
          now += times
        }
        expect(load.mean(now)).toBeCloseTo(mean(moments), 8)
        expect(load.standardDeviation(now)).toBeCloseTo(standardDeviation(moments), 6)
        expect(load.integral(now)).toBeCloseTo(
          moments.reduce((sum, value) => sum + value, 0),
          6
        )
      })
    )
  })

  it("can be read again later, and in between", () => {
    const load = new TimeWeighted(2, 0)
    expect(load.mean(10)).toBe(2)
    load.change(4, 10)
    expect(load.mean(20)).toBe(3)
    expect(load.mean(40)).toBe(3.5)
  })

  it("is no number while no time has passed", () => {
    const load = new TimeWeighted(2, 5)
    load.change(3, 5)
    expect([load.integral(5), load.mean(5), load.standardDeviation(5)]).toEqual([0, Number.NaN, Number.NaN])
    expect(load.mean(6)).toBe(3)
  })
})
