import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { bodyOf, type Heat, headroomAt, heatDefaults, judgeHeat, warmed } from "../../../src/adaptation/index.ts"

const settings = { ...heatDefaults, warm: 70, critical: 90 }
const celsius = fc.oneof(fc.double({ min: 60, max: 100, noNaN: true }), fc.double({ min: -20, max: 150, noNaN: true }))
const heatAfter = (readings: ReadonlyArray<number>): Heat | undefined =>
  readings.reduce<Heat | undefined>((heat, reading) => judgeHeat(heat, reading, settings), undefined)

describe("heat", () => {
  it("leaves all of a cool worker, less of a warm one, and nothing of a critical one", () => {
    expect([20, 70, 75, 80, 89, 90, 120].map((at) => headroomAt(at, settings))).toEqual([
      1, 1, 0.875, 0.625, 0.375, 0, 0
    ])
  })

  it("gives back only what a worker is cool enough for by a margin", () => {
    expect(heatAfter([80])?.headroom).toBe(0.625)
    expect(heatAfter([80, 78])?.headroom).toBe(0.625)
    expect(heatAfter([80, 72])?.headroom).toBe(0.75)
    expect(heatAfter([80, 64])?.headroom).toBe(1)
    expect(heatAfter([91])).toMatchObject({ isCritical: true, headroom: 0 })
    expect(heatAfter([91, 86])).toMatchObject({ isCritical: true, headroom: 0 })
    expect(heatAfter([91, 84])).toMatchObject({ isCritical: false, headroom: 0.375 })
    expect(heatAfter([91, 84, 60])?.headroom).toBe(1)
  })

  it("is bounded, never 0 but where critical, never more the hotter it is, and returns once cool", () => {
    let critical = 0
    let kept = 0
    fc.assert(
      fc.property(fc.array(celsius, { maxLength: 12 }), celsius, celsius, (history, a, b) => {
        const before = heatAfter(history)
        const [cool, hot] = [Math.min(a, b), Math.max(a, b)].map((reading) => judgeHeat(before, reading, settings))
        if (cool === undefined || hot === undefined) throw new Error("a reading was lost")
        expect(hot.headroom).toBeLessThanOrEqual(cool.headroom)
        for (const heat of [cool, hot]) {
          expect(heat.headroom).toBeGreaterThanOrEqual(heat.isCritical ? 0 : settings.least)
          expect(heat.headroom).toBeLessThanOrEqual(headroomAt(heat.celsius, settings))
          if (heat.isCritical) critical += 1
          if (heat.headroom < headroomAt(heat.celsius, settings)) kept += 1
          expect(judgeHeat(heat, settings.warm - settings.back, settings)?.headroom).toBe(1)
          // The same reading again changes nothing.
          expect(judgeHeat(heat, heat.celsius, settings)).toEqual(heat)
        }
      }),
      { numRuns: 2_000 }
    )
    expect(critical).toBeGreaterThan(200)
    expect(kept).toBeGreaterThan(100)
  })

  it("a sensor that says nothing changes nothing", () => {
    expect(judgeHeat(undefined, Number.NaN, settings)).toBeUndefined()
    const heat = heatAfter([80])
    expect(judgeHeat(heat, Number.POSITIVE_INFINITY, settings)).toBe(heat)
  })

  it("as modelled it nears what the watts lead to, never passes it, and cools down to what is around it", () => {
    const power = fc.double({ min: 0, max: 500, noNaN: true })
    const time = fc.double({ min: 0, max: 1e7, noNaN: true })
    const efficiency = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(celsius, power, power, time, efficiency, (from, one, two, ms, thermal) => {
        const body = bodyOf(thermal, 500)
        const end = body.ambient + body.perWatt * one
        const reached = warmed(from, one, ms, body)
        expect(reached).toBeGreaterThanOrEqual(Math.min(from, end) - 1e-9)
        expect(reached).toBeLessThanOrEqual(Math.max(from, end) + 1e-9)
        expect(warmed(from, Math.max(one, two), ms, body)).toBeGreaterThanOrEqual(
          warmed(from, Math.min(one, two), ms, body) - 1e-9
        )
        expect(warmed(from, 0, 1e9, body)).toBeCloseTo(body.ambient)
        // In two steps as in one.
        expect(warmed(warmed(from, one, ms / 2, body), one, ms / 2, body)).toBeCloseTo(reached, 6)
      })
    )
    expect(warmed(30, 100, 1e9, bodyOf(0.4, 100))).toBeCloseTo(84)
    expect(warmed(30, 100, 1e9, bodyOf(0.8, 100))).toBeCloseTo(48)
  })
})
