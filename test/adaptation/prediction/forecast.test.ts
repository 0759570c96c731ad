import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Forecaster } from "../../../src/adaptation/index.ts"
import { studentQuantile } from "../../../src/adaptation/prediction/regression.ts"

const second = 1_000
const minute = 60 * second

/** A fixed stream of pseudo-random numbers in 0–1 (mulberry32). */
const randomFrom = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
}
const normalFrom = (random: () => number) => () =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

describe("Forecaster (F3)", () => {
  it("continues a straight line `predictionWindow` ahead, with full confidence", () => {
    const forecaster = new Forecaster({ horizon: 3 * minute })
    for (let at = 0; at <= 5 * minute; at += 30 * second) forecaster.observe("system", 0.1 + at / (30 * minute), at)
    const forecast = forecaster.forecast("system", 5 * minute)
    expect(forecast).toMatchObject({
      value: expect.closeTo(0.1 + 8 / 30),
      low: expect.closeTo(0.1 + 8 / 30),
      slope: expect.closeTo(1 / 30),
      confidence: expect.closeTo(1),
      dueAt: 8 * minute,
      beatsNoChange: false
    })
  })

  it("goes by time, not by the count of samples, where they come irregularly", () => {
    const forecaster = new Forecaster({ horizon: minute })
    for (const at of [0, 1, 2, 3, 100, 110, 240]) forecaster.observe("system", at / 1_000, at * second)
    expect(forecaster.forecast("system", 240 * second)?.value).toBeCloseTo(0.3)
  })

  it("makes no forecast of too few samples, of old ones, or of a series it does not know", () => {
    const forecaster = new Forecaster()
    expect(forecaster.forecast("system", 0)).toBeUndefined()
    for (let at = 0; at < 4; at += 1) forecaster.observe("system", 0.5, at * second)
    expect(forecaster.forecast("system", 4 * second)).toBeUndefined()
    forecaster.observe("system", 0.5, 4 * second)
    expect(forecaster.forecast("system", 4 * second)).toBeDefined()
    expect(forecaster.forecast("system", 4 * second + 6 * minute)).toBeUndefined()
  })

  it("stays within what a utilisation can be", () => {
    const forecaster = new Forecaster({ horizon: 30 * minute })
    for (let at = 0; at <= 5 * minute; at += 30 * second) forecaster.observe("system", at / (6 * minute), at)
    expect(forecaster.forecast("system", 5 * minute)).toMatchObject({ value: 1, low: expect.closeTo(1), high: 1 })
  })

  it("is never NaN, whatever is observed", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double(), fc.oneof(fc.integer({ min: 0, max: 1_000_000 }), fc.double())), {
          maxLength: 60
        }),
        (samples) => {
          const forecaster = new Forecaster()
          for (const [value, at] of samples) {
            forecaster.observe("s", value, at)
            const forecast = forecaster.forecast("s", at)
            if (forecast === undefined) continue
            const { value: ahead, low, high, confidence } = forecast
            for (const figure of [ahead, low, high, confidence]) {
              expect(figure).toBeGreaterThanOrEqual(0)
              expect(figure).toBeLessThanOrEqual(1)
            }
            expect(low).toBeLessThanOrEqual(high)
          }
          for (const scored of forecaster.score(2e6)) expect(scored.error).toBeGreaterThanOrEqual(0)
        }
      )
    )
  })
})

describe("forecasts against what came (F5, X3)", () => {
  it("scores each forecast at its due time, against the value between the samples around it", () => {
    const forecaster = new Forecaster({ horizon: 3 * minute })
    for (let at = 0; at <= 4 * minute; at += minute) forecaster.observe("system", 0.5, at)
    forecaster.forecast("system", 4.5 * minute)
    forecaster.observe("system", 0.6, 7 * minute)
    expect(forecaster.score(7 * minute)).toEqual([])
    forecaster.observe("system", 0.8, 8 * minute)
    const scored = forecaster.score(8 * minute)
    expect(scored).toHaveLength(1)
    expect(scored[0]).toMatchObject({
      dueAt: 7.5 * minute,
      actual: expect.closeTo(0.7),
      error: expect.closeTo(0.2),
      noChangeError: expect.closeTo(0.2),
      covered: false
    })
    expect(forecaster.score(8 * minute)).toEqual([])
    expect(forecaster.accuracy("system")).toMatchObject({
      scored: 1,
      mae: expect.closeTo(0.2),
      accuracy: expect.closeTo(0.6)
    })
  })

  it.each([1, 5, 30])(
    "has an accuracy where it is asked every %i s: a later forecast never replaces an open one",
    (every) => {
      const forecaster = new Forecaster()
      let scored = 0
      for (let at = 0; at <= 15 * minute; at += every * second) {
        forecaster.observe("system", 0.4 + at / (100 * minute), at)
        forecaster.forecast("system", at)
        scored += forecaster.score(at).length
      }
      expect(scored).toBeGreaterThan(10)
      expect(forecaster.accuracy("system")).toMatchObject({ accuracy: expect.closeTo(1), coverage: expect.any(Number) })
      expect(forecaster.accuracy("system")?.mase).toBeLessThan(0.01)
      expect(forecaster.forecast("system", 15 * minute)?.beatsNoChange).toBe(true)
    }
  )

  it("scores nothing over a gap in the samples, and lets go of forecasts whose worker went silent", () => {
    const forecaster = new Forecaster()
    for (let at = 0; at <= 4 * minute; at += minute) forecaster.observe("worker:a", 0.5, at)
    forecaster.forecast("worker:a", 4 * minute)
    forecaster.observe("worker:a", 0.9, 60 * minute)
    expect(forecaster.score(60 * minute)).toEqual([])
    expect(forecaster.accuracy("worker:a")).toBeUndefined()
  })

  it("loses confidence as its forecasts turn out wrong", () => {
    const forecaster = new Forecaster({ horizon: minute, window: 2 * minute })
    let confidence: number | undefined
    let first: number | undefined
    for (let step = 0; step < 200; step += 1) {
      const at = step * 10 * second
      // A saw of just the period that a straight line always gets wrong.
      forecaster.observe("system", (step % 24) / 24, at)
      const forecast = forecaster.forecast("system", at)
      confidence = forecast?.confidence
      first ??= confidence
    }
    expect(first).toBeCloseTo(1)
    expect(confidence).toBeLessThan(0.7)
  })

  it("has no MASE, and beats nothing, where nothing ever changed", () => {
    const forecaster = new Forecaster()
    for (let at = 0; at <= 20 * minute; at += 30 * second) {
      forecaster.observe("system", 0.5, at)
      forecaster.forecast("system", at)
    }
    expect(forecaster.accuracy("system")).toMatchObject({ accuracy: 1, mase: undefined, coverage: 1 })
    expect(forecaster.forecast("system", 20 * minute)?.beatsNoChange).toBe(false)
  })
})

describe("confidence is not R² (X4)", () => {
  const confidenceOf = (values: ReadonlyArray<number>) => {
    const forecaster = new Forecaster()
    for (const [index, value] of values.entries()) forecaster.observe("system", value, index * 30 * second)
    return forecaster.forecast("system", (values.length - 1) * 30 * second)?.confidence ?? Number.NaN
  }

  it("is high for flat noise, whose R² is near 0", () => {
    expect(confidenceOf([0.5, 0.52, 0.49, 0.51, 0.5, 0.48, 0.51, 0.5, 0.49, 0.51])).toBeGreaterThan(0.9)
  })

  it("is low after a step, whose R² is high", () => {
    expect(confidenceOf([0.3, 0.3, 0.3, 0.3, 0.3, 0.8, 0.8, 0.8, 0.8, 0.8])).toBeLessThan(0.7)
  })
})

describe("interval (property 13)", () => {
  it.each([7, 42, 2026])("holds nine in ten of what comes on independent noise (seed %i)", (seed) => {
    const normal = normalFrom(randomFrom(seed))
    const forecaster = new Forecaster()
    let covered = 0
    let scored = 0
    for (let at = 0; at < 4_000 * 30 * second; at += 30 * second) {
      forecaster.observe("system", 0.5 + 0.05 * normal(), at)
      forecaster.forecast("system", at)
      for (const forecast of forecaster.score(at)) {
        scored += 1
        if (forecast.covered) covered += 1
      }
    }
    expect(scored).toBeGreaterThan(3_900)
    expect(covered / scored).toBeGreaterThan(0.85)
    expect(covered / scored).toBeLessThan(0.95)
  })

  it("uses quantiles of Student's t close to the tables", () => {
    for (const [freedom, quantile] of [
      [3, 2.353],
      [5, 2.015],
      [10, 1.812],
      [30, 1.697]
    ] as const) {
      expect(Math.abs(studentQuantile(freedom) / quantile - 1)).toBeLessThan(0.004)
    }
  })
})
