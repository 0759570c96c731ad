import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Forecaster } from "../../../src/adaptation/index.ts"
import { studentQuantile } from "../../../src/adaptation/prediction/regression.ts"
import { normalFrom, randomFrom } from "./noise.ts"

const second = 1_000
const minute = 60 * second

const linear = { method: "linear-regression" } as const

describe("Forecaster by linear regression (F3)", () => {
  it("continues a straight line `predictionWindow` ahead, with full confidence", () => {
    const forecaster = new Forecaster({ ...linear, horizon: 3 * minute })
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
    const forecaster = new Forecaster({ ...linear, horizon: minute })
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
    const forecaster = new Forecaster({ ...linear, horizon: 30 * minute })
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
      const forecaster = new Forecaster(linear)
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
    const forecaster = new Forecaster({ ...linear, horizon: minute, window: 2 * minute })
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

describe("Forecaster by what has done well (F4)", () => {
  const step = 30 * second
  const played = (values: ReadonlyArray<number>, settings: ConstructorParameters<typeof Forecaster>[0] = {}) => {
    const forecaster = new Forecaster(settings)
    const forecasts = values.map((value, index) => {
      forecaster.observe("s", value, index * step)
      return forecaster.forecast("s", index * step)
    })
    const last = forecasts.at(-1)
    if (last === undefined) throw new Error("there are values enough")
    return { forecaster, forecasts, last, accuracy: forecaster.accuracy("s") }
  }

  it("goes on with a steady rise from the fifth sample on", () => {
    const { forecasts, last, accuracy } = played(Array.from({ length: 30 }, (_, index) => 0.1 + 0.02 * index))
    expect(forecasts[4]?.value).toBeCloseTo(0.1 + 0.02 * 10, 1)
    expect(last.value).toBeCloseTo(0.1 + 0.02 * 35, 2)
    expect(accuracy?.mase).toBeLessThan(0.1)
    expect(last.beatsNoChange).toBe(true)
  })

  it("is not taken in by a lone spike, and is by a step that stays", () => {
    const normal = normalFrom(randomFrom(12))
    const flat = Array.from({ length: 40 }, () => 0.3 + 0.02 * normal())
    expect(played([...flat, 0.95]).last.value).toBeLessThan(0.45)
    expect(played([...flat, 0.8, 0.81, 0.8, 0.8]).last.value).toBeGreaterThan(0.5)
    expect(played([...flat, ...Array(20).fill(0.8)]).last.value).toBeGreaterThan(0.75)
  })

  it("errs less than the linear regression and than no change on noise", () => {
    const normal = normalFrom(randomFrom(17))
    const noise = Array.from({ length: 400 }, () => 0.5 + 0.05 * normal())
    const own = played(noise).accuracy
    expect(own?.mase).toBeLessThan(0.85)
    expect(own?.mae).toBeLessThan(0.85 * (played(noise, linear).accuracy?.mae ?? 0))
  })

  it("finds out that a load repeats, or is told", () => {
    const waves = Array.from({ length: 300 }, (_, index) => 0.5 + 0.4 * Math.sin((index / 20) * 2 * Math.PI))
    expect(played(waves).accuracy?.mase).toBeLessThan(0.2)
    const told = played(waves.slice(0, 200), { method: "seasonal", period: 20 * step })
    expect(told.accuracy?.mase).toBeLessThan(0.01)
  })

  it("says the same whatever the clock began at", () => {
    const values = Array.from({ length: 50 }, (_, index) => Math.abs(Math.sin(index * index)))
    const forecaster = new Forecaster()
    const begin = 1.7e12
    values.forEach((value, index) => {
      forecaster.observe("s", value, begin + index * step)
      forecaster.forecast("s", begin + index * step)
    })
    const later = forecaster.forecast("s", begin + 49 * step)
    const { last } = played(values)
    for (const key of ["value", "low", "high", "confidence"] as const) expect(later?.[key]).toBeCloseTo(last[key], 6)
  })

  it("takes the mean of samples that come more often, and holds the last where some are missing", () => {
    const often = new Forecaster()
    const seldom = new Forecaster()
    for (let at = 0; at < 120 * step; at += step / 10) often.observe("s", 0.5 + 0.1 * Math.sin(at), at)
    for (let index = 0; index < 120; index += 1) {
      if (index % 4 !== 2) seldom.observe("s", 0.5, index * step)
    }
    expect(often.forecast("s", 120 * step)?.value).toBeCloseTo(0.5, 1)
    expect(seldom.forecast("s", 120 * step)?.value).toBeCloseTo(0.5)
  })

  it("begins anew after a silence longer than its window, and goes on after a shorter one", () => {
    const forecaster = new Forecaster()
    const feed = (from: number, count: number, value: number) => {
      for (let index = 0; index < count; index += 1) forecaster.observe("s", value, from + index * step)
    }
    feed(0, 40, 0.9)
    feed(40 * step + 4 * minute, 6, 0.9)
    expect(forecaster.forecast("s", 46 * step + 4 * minute)?.value).toBeCloseTo(0.9)
    feed(3_600_000, 6, 0.1)
    expect(forecaster.forecast("s", 3_600_000 + 6 * step)?.value).toBeCloseTo(0.1)
  })

  it("refuses samples from the past, and forecasts as if they had not come", () => {
    const [clean, troubled] = [new Forecaster(), new Forecaster()]
    for (let index = 0; index < 40; index += 1) {
      const value = Math.abs(Math.sin(index))
      for (const forecaster of [clean, troubled]) forecaster.observe("s", value, index * step)
      expect(troubled.observe("s", 1, index * step - minute)).toBe(false)
      expect(troubled.observe("s", 1, index * step)).toBe(false)
      expect(troubled.observe("s", Number.NaN, index * step + 1)).toBe(false)
    }
    expect(troubled.forecast("s", 40 * step)).toEqual(clean.forecast("s", 40 * step))
  })

  it("keeps so many series and no more", () => {
    const forecaster = new Forecaster({ maxSeries: 3 })
    for (let index = 0; index < 50; index += 1) forecaster.observe(`s${index}`, 0.5, index)
    expect(forecaster.series()).toEqual(["s47", "s48", "s49"])
    expect(forecaster.forecast("s0", 50)).toBeUndefined()
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
