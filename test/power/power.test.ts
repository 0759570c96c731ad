import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { curvedPower, isUsablePower, linearPower, measuredPower, scaledPower, wattsAt } from "../../src/power/index.ts"

const watts = fc.double({ min: 0, max: 1_000, noNaN: true })
const share = fc.double({ min: 0, max: 1, noNaN: true })

describe("power", () => {
  it("between the points of a curve there are straight lines, beyond its ends it stays as at them", () => {
    const power = measuredPower([10, 40, 100])
    expect([-1, 0, 0.25, 0.5, 0.75, 1, 2].map((at) => wattsAt(power, at))).toEqual([10, 10, 25, 40, 70, 100, 100])
    expect(power).toMatchObject({ idleWatts: 10, peakWatts: 100 })
    expect(wattsAt({ idleWatts: 5, peakWatts: 5, curve: [] }, 0.5)).toBe(5)
  })

  it("a curve given by its exponent is off by less than a thousandth of what lies between its ends", () => {
    fc.assert(
      fc.property(watts, watts, fc.double({ min: 1, max: 3, noNaN: true }), share, (idle, more, exponent, at) => {
        const exact = idle + more * at ** exponent
        expect(Math.abs(wattsAt(curvedPower(idle, idle + more, exponent), at) - exact)).toBeLessThanOrEqual(
          more / 1_000 + 1e-9
        )
      })
    )
  })

  it("so many of these draw as many times as much, asleep too", () => {
    const one = { ...linearPower(10, 20), sleepWatts: 1 }
    expect(scaledPower(one, 4)).toEqual({ ...linearPower(40, 80), sleepWatts: 4 })
    expect(scaledPower(linearPower(10, 20), 4)).toEqual(linearPower(40, 80))
  })

  it("a model that says nothing is no model", () => {
    expect(isUsablePower(linearPower(0, 10))).toBe(true)
    expect(isUsablePower(linearPower(-1, 10))).toBe(false)
    expect(isUsablePower(linearPower(0, 0))).toBe(false)
    expect(isUsablePower({ ...linearPower(0, 10), curve: [1] })).toBe(false)
    expect(isUsablePower(linearPower(0, Number.POSITIVE_INFINITY))).toBe(false)
    expect(isUsablePower(measuredPower([1, Number.NaN, 3]))).toBe(false)
  })
})
