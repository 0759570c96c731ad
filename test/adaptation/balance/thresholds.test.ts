import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  adjustThresholds,
  setPoint,
  type ThresholdRule,
  type Thresholds,
  thresholdDefaults,
  trendOf
} from "../../../src/adaptation/index.ts"

const settings = (rule: ThresholdRule) => ({ ...thresholdDefaults, rule })

/** The thresholds after each of `cycles` under one constant load. */
const underConstantLoad = (rule: ThresholdRule, from: Thresholds, load: number, cycles: number) => {
  const path = [from]
  let current = from
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    const { high, low } = adjustThresholds(current, Array<number>(10).fill(load), settings(rule))
    current = { high, low }
    path.push(current)
  }
  return path
}

describe("trend (F2)", () => {
  it("rises above a slope of 0.01, falls below −0.01, and is stable between", () => {
    expect(trendOf([0.1, 0.12, 0.14, 0.16])).toMatchObject({ direction: "increasing", slope: expect.closeTo(0.02) })
    expect(trendOf([0.5, 0.48, 0.46])).toMatchObject({ direction: "decreasing" })
    expect(trendOf([0.5, 0.505, 0.51])).toMatchObject({ direction: "stable" })
    expect(trendOf([0, 0.0101, 0.0202]).direction).toBe("increasing")
    expect(trendOf([0, 0.0099, 0.0198]).direction).toBe("stable")
  })

  it("is stable, never NaN, for too few records or such that are no numbers", () => {
    for (const records of [[], [0.5], [Number.NaN, Number.NaN], [Number.NaN, 0.5]]) {
      expect(trendOf(records)).toEqual({ direction: "stable", slope: 0 })
    }
  })
})

describe("thresholds, incremental (G1)", () => {
  const start = { high: 0.85, low: 0.2 }
  const step = (from: Thresholds, loads: ReadonlyArray<number>) => {
    const { high, low } = adjustThresholds(from, loads, settings("incremental"))
    return { high: expect.closeTo(high, 10), low: expect.closeTo(low, 10) }
  }
  const flat = (load: number) => [load, load, load, load, load]

  it.each([
    ["a high load", flat(0.8), { high: 0.85 - 0.06, low: 0.2 + 0.04 }],
    ["a low load", flat(0.2), { high: 0.85 + 0.04, low: 0.2 - 0.06 }],
    ["a load above one half", flat(0.6), { high: 0.8, low: 0.25 }],
    ["a load of one half", flat(0.5), { high: 0.9, low: 0.15 }],
    ["a load of exactly 0.75, which is not high", flat(0.75), { high: 0.8, low: 0.25 }],
    ["a load of exactly 0.30, which is not low", [0.3], { high: 0.9, low: 0.15 }],
    ["a rising load, by half more", [0.6, 0.62, 0.64, 0.66, 0.68], { high: 0.85 - 0.075, low: 0.2 + 0.075 }],
    ["a falling load, by half less", [0.68, 0.66, 0.64, 0.62, 0.6], { high: 0.85 - 0.025, low: 0.2 + 0.025 }]
  ])("adjusts for %s", (_, loads, expected) => {
    expect(step(start, loads)).toEqual(expected)
  })

  it("goes by the mean of the last five loads, but by the trend of all", () => {
    const loads = [0.1, 0.1, 0.1, 0.1, 0.1, 0.8, 0.8, 0.8, 0.8, 0.8]
    expect(step(start, loads)).toEqual({ high: 0.85 - 0.05 * 1.5 * 1.2, low: 0.2 + 0.05 * 1.5 * 0.8 })
  })

  it("keeps 0.30 between the two by the one that gave way", () => {
    expect(step({ high: 0.62, low: 0.38 }, flat(0.8))).toEqual({ high: 0.7, low: 0.4 })
    expect(step({ high: 0.6, low: 0.4 }, flat(0.2))).toEqual({ high: 0.64, low: 0.34 })
  })

  it("is the rule to the letter, from anywhere and under any loads, its corner of separation included", () => {
    const bounded = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value))
    let corners = 0
    fc.assert(
      fc.property(
        // Half of the pairs lie close together.
        fc.oneof(fc.double({ min: 0.6, max: 0.95, noNaN: true }), fc.double({ min: 0.6, max: 0.65, noNaN: true })),
        fc.oneof(fc.double({ min: 0.1, max: 0.4, noNaN: true }), fc.double({ min: 0.3, max: 0.4, noNaN: true })),
        fc.double({ min: 0, max: 0.9, noNaN: true }),
        fc.array(fc.double({ min: 0, max: 0.1, noNaN: true }), { minLength: 1, maxLength: 12 }),
        (fromHigh, fromLow, level, noise) => {
          const loads = noise.map((each) => level + each)
          const { direction } = trendOf(loads)
          const a = 0.05 * (direction === "increasing" ? 1.5 : direction === "decreasing" ? 0.5 : 1)
          const last = loads.slice(-5)
          const load = last.reduce((sum, each) => sum + each, 0) / last.length
          const [byHigh, byLow] =
            load > 0.75 ? [-1.2 * a, 0.8 * a] : load < 0.3 ? [0.8 * a, -1.2 * a] : load > 0.5 ? [-a, a] : [a, -a]
          let [high, low] = [bounded(fromHigh + byHigh, 0.6, 0.95), bounded(fromLow + byLow, 0.1, 0.4)]
          if (high - low < 0.3) {
            corners += 1
            if (byHigh < byLow) high = low + 0.3
            else low = high - 0.3
          }
          const found = adjustThresholds({ high: fromHigh, low: fromLow }, loads, settings("incremental"))
          expect(found.high).toBeCloseTo(high, 12)
          expect(found.low).toBeCloseTo(low, 12)
        }
      ),
      { numRuns: 4_000 }
    )
    expect(corners).toBeGreaterThan(50)
  })

  it("ends in a corner under any constant load: why it is not the default (X1)", () => {
    expect(underConstantLoad("incremental", start, 0.4, 10).at(-1)).toEqual({ high: 0.95, low: 0.1 })
    expect(underConstantLoad("incremental", start, 0.51, 10).at(-1)).toEqual({
      high: expect.closeTo(0.7),
      low: expect.closeTo(0.4)
    })
  })
})

describe("thresholds, set-point (property 12)", () => {
  const load = fc.double({ min: 0, max: 1, noNaN: true })
  const thresholds = fc
    .record({
      high: fc.double({ min: 0.6, max: 0.95, noNaN: true }),
      low: fc.double({ min: 0.1, max: 0.4, noNaN: true })
    })
    .filter(({ high, low }) => high - low >= 0.3)

  it("stays within its bounds and 0.30 apart, by both rules, whatever the loads", () => {
    fc.assert(
      fc.property(
        fc.constantFrom<ThresholdRule>("set-point", "incremental"),
        thresholds,
        fc.array(fc.oneof(load, fc.double()), { maxLength: 40 }),
        (rule, from, loads) => {
          let current: Thresholds = from
          for (let seen = 1; seen <= loads.length; seen += 1) {
            current = adjustThresholds(
              current,
              loads.slice(0, seen).map((value) => value % 2),
              settings(rule)
            )
            expect(current.high).toBeGreaterThanOrEqual(0.6)
            expect(current.high).toBeLessThanOrEqual(0.95)
            expect(current.low).toBeGreaterThanOrEqual(0.1)
            expect(current.low).toBeLessThanOrEqual(0.4)
            expect(current.high - current.low).toBeGreaterThanOrEqual(0.3 - 1e-9)
          }
        }
      )
    )
  })

  it("comes to rest near its set-point under constant load, from anywhere, without a limit cycle", () => {
    fc.assert(
      fc.property(thresholds, load, (from, constant) => {
        const path = underConstantLoad("set-point", from, constant, 30)
        const rest = path.at(-1)
        expect(path.slice(12)).toEqual(path.slice(12).map(() => rest))
        const target = setPoint(constant, thresholdDefaults.initial)
        expect(Math.abs((rest?.high ?? 0) - target.high)).toBeLessThanOrEqual(thresholdDefaults.hysteresis + 1e-9)
        expect(Math.abs((rest?.low ?? 0) - target.low)).toBeLessThanOrEqual(thresholdDefaults.hysteresis + 1e-9)
      })
    )
  })

  it("comes to rest there from pairs that no rule would have led to", () => {
    const any = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(fc.record({ high: any, low: any }), load, (from, constant) => {
        const path = underConstantLoad("set-point", from, constant, 40)
        expect(path.slice(25)).toEqual(path.slice(25).map(() => path.at(-1)))
        const { high = 0, low = 0 } = path.at(-1) ?? {}
        const target = setPoint(constant, thresholdDefaults.initial)
        expect(Math.abs(high - target.high)).toBeLessThanOrEqual(thresholdDefaults.hysteresis + 1e-9)
        expect(Math.abs(low - target.low)).toBeLessThanOrEqual(thresholdDefaults.hysteresis + 1e-9)
        expect(low + 0.3).toBeLessThanOrEqual(high + 1e-9)
      })
    )
  })

  it("is not stirred by noise around a constant load", () => {
    const noise = [0, 0.012, -0.012, 0.006, -0.01, 0.011, -0.004, 0.009, -0.012, 0.003]
    let current: Thresholds = thresholdDefaults.initial
    const loads: Array<number> = []
    const seen = new Set<string>()
    for (let cycle = 0; cycle < 100; cycle += 1) {
      loads.push(0.6 + (noise[cycle % noise.length] ?? 0))
      const { high, low } = adjustThresholds(current, loads.slice(-10), settings("set-point"))
      current = { high, low }
      if (cycle > 10) seen.add(`${high} ${low}`)
    }
    expect(seen.size).toBe(1)
  })

  it("keeps the initial pair at one half, spreads when quiet, closes in when busy", () => {
    expect(setPoint(0.5, thresholdDefaults.initial)).toEqual(thresholdDefaults.initial)
    expect(setPoint(0.1, thresholdDefaults.initial)).toEqual({ high: 0.95, low: 0.1 })
    expect(setPoint(0.9, thresholdDefaults.initial)).toEqual({ high: 0.7, low: expect.closeTo(0.4) })
  })

  it("changes nothing and says so while no load is known", () => {
    const decision = adjustThresholds(thresholdDefaults.initial, [Number.NaN], thresholdDefaults)
    expect(decision).toMatchObject({ ...thresholdDefaults.initial, load: undefined })
    expect(decision.explanation).toContain("no system load")
  })
})
