import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { clearTrend } from "../../../../src/adaptation/prediction/methods/clear-trend.ts"
import { dampedTrend } from "../../../../src/adaptation/prediction/methods/damped-trend.ts"
import { exponential } from "../../../../src/adaptation/prediction/methods/exponential.ts"
import {
  candidates,
  type LoneMethodId,
  methodIds,
  methodOf
} from "../../../../src/adaptation/prediction/methods/index.ts"
import { levelShift } from "../../../../src/adaptation/prediction/methods/level-shift.ts"
import { mean } from "../../../../src/adaptation/prediction/methods/mean.ts"
import { median } from "../../../../src/adaptation/prediction/methods/median.ts"
import { robustRegression } from "../../../../src/adaptation/prediction/methods/robust-regression.ts"
import { robustSlope } from "../../../../src/adaptation/prediction/methods/robust-slope.ts"
import { season } from "../../../../src/adaptation/prediction/methods/season.ts"
import { normalFrom, randomFrom } from "../noise.ts"
import { lastSaidBy, saidBy } from "./said.ts"

const middle = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[half] ?? 0) : ((sorted[half] ?? 0) + (sorted[half - 1] ?? 0)) / 2
}

const average = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0) / values.length

const numbers = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 40 })
const points = fc.integer({ min: 1, max: 9 })

describe("mean and median of the last values", () => {
  it("are those of a list that is sorted and summed anew each time", () => {
    fc.assert(
      fc.property(numbers, points, (values, k) => {
        const windows = values.map((_, index) => values.slice(Math.max(0, index + 1 - k), index + 1))
        saidBy(mean(k), values).forEach((said, index) => {
          expect(said).toBeCloseTo(average(windows[index] ?? []))
        })
        expect(saidBy(median(k), values)).toEqual(windows.map(middle))
      })
    )
  })
})

describe("the exponential average", () => {
  it("is the plain mean until 1/α values have come, and forgets from then on", () => {
    expect(lastSaidBy(exponential(0.25), [1, 2, 6])).toBeCloseTo(3)
    expect(lastSaidBy(exponential(0.25), [0, 0, 0, 0, 1])).toBeCloseTo(0.25)
    expect(lastSaidBy(exponential(0.25), [0, 0, 0, 0, 1, 1])).toBeCloseTo(0.4375)
  })
})

describe("the damped trend (2.21)", () => {
  it("is Holt's, damped by 0.9 with each step", () => {
    const [alpha, beta, phi] = [0.3, 0.1, 0.9]
    const values = [1, 3, 2, 5, 4]
    let [level, trend] = [values[0] ?? 0, 0]
    for (const value of values.slice(1)) {
      const before = level
      level = alpha * value + (1 - alpha) * (before + phi * trend)
      trend = beta * (level - before) + (1 - beta) * phi * trend
    }
    expect(lastSaidBy(dampedTrend(3), values)).toBeCloseTo(level + (phi + phi ** 2 + phi ** 3) * trend)
  })
})

describe("the robust slope (2.21)", () => {
  it("goes on along a line of which a quarter of the values are wild", () => {
    const values = Array.from({ length: 28 }, (_, index) => (index % 4 === 1 ? 1e6 * (index % 3) : 2 + 3 * index))
    expect(lastSaidBy(robustSlope(5), values)).toBeCloseTo(2 + 3 * 32)
  })

  it("says nothing of two values, and looks at thirty at most, whatever is asked", () => {
    expect(saidBy(robustSlope(1), [1, 2]).every(Number.isNaN)).toBe(true)
    expect(robustSlope(1, 500).size).toBe(robustSlope(1).size)
  })
})

describe("the clear trend", () => {
  it("goes on along a line after five values, and says nothing of noise", () => {
    const rising = Array.from({ length: 8 }, (_, index) => 0.2 + 0.01 * index)
    expect(saidBy(clearTrend(6), rising).map(Number.isNaN)).toEqual([...Array(4).fill(true), ...Array(4).fill(false)])
    expect(lastSaidBy(clearTrend(6), rising)).toBeCloseTo(0.2 + 0.01 * 13)
    const normal = normalFrom(randomFrom(4))
    const said = saidBy(
      clearTrend(6),
      Array.from({ length: 2_000 }, () => normal())
    )
    expect(said.filter((value) => !Number.isNaN(value)).length).toBeLessThan(20)
  })

  it("says nothing where nothing changes", () => {
    expect(saidBy(clearTrend(1), Array(20).fill(0.5)).every(Number.isNaN)).toBe(true)
  })
})

describe("the level shift", () => {
  const before = [0.3, 0.32, 0.29, 0.31, 0.3, 0.28, 0.31, 0.3, 0.29, 0.31, 0.3, 0.32]

  it("says the mean of the values after a step, from the second on", () => {
    expect(lastSaidBy(levelShift, [...before, 0.3, 0.8])).toBeNaN()
    expect(lastSaidBy(levelShift, [...before, 0.3, 0.8, 0.82])).toBeCloseTo(0.81)
    expect(lastSaidBy(levelShift, [...before, 0.3, 0.02, 0.04, 0.03])).toBeCloseTo(0.03)
  })

  it("says nothing of one value that is far off, nor of two on different sides", () => {
    expect(lastSaidBy(levelShift, [...before, 0.8, 0.3, 0.31])).toBeNaN()
    expect(lastSaidBy(levelShift, [...before, 0.3, 0.8, 0.01])).toBeNaN()
  })
})

describe("the season", () => {
  const daily = (length: number, period: number, lift = 0) =>
    Array.from({ length }, (_, index) => 5 + 3 * Math.sin((index / period) * 2 * Math.PI) + lift * index)

  it("finds the period, and says what was then", () => {
    const values = daily(200, 24)
    const said = lastSaidBy(season(5), values)
    expect(said).toBeCloseTo(daily(205, 24).at(-1) ?? Number.NaN, 1)
  })

  it("says nothing before it has seen a period twice, nor of noise", () => {
    expect(saidBy(season(1), daily(40, 24)).every(Number.isNaN)).toBe(true)
    const random = randomFrom(11)
    const said = saidBy(
      season(1),
      Array.from({ length: 1_000 }, () => random())
    )
    // Of a short past chance alone gives peaks.
    expect(said.slice(100).every(Number.isNaN)).toBe(true)
  })

  it("goes by a period that is declared from its end on, also by one that is shorter than the horizon", () => {
    const said = saidBy(season(1, { period: 24 }), daily(60, 24))
    expect(said.slice(0, 23).every(Number.isNaN)).toBe(true)
    daily(61, 24)
      .slice(24)
      .forEach((value, index) => {
        expect(said[23 + index]).toBeCloseTo(value)
      })
    expect(lastSaidBy(season(8, { period: 3 }), [1, 2, 3, 1, 2, 3])).toBeCloseTo(2)
  })

  it("is lifted as the series is", () => {
    const rising = daily(300, 24, 0.02)
    const said = lastSaidBy(season(1, { period: 24 }), rising)
    expect(Math.abs(said - (daily(301, 24, 0.02).at(-1) ?? 0))).toBeLessThan(0.1)
  })
})

describe("the robust regression", () => {
  const errorOf = (method: ReturnType<typeof robustRegression>, values: ReadonlyArray<number>, steps: number) => {
    const said = saidBy(method, values)
    const errors = values.slice(500 + steps).map((value, index) => Math.abs(value - (said[500 + index] ?? 0)))
    return average(errors)
  }

  it("learns that a series swings, which no mean can follow", () => {
    const normal = normalFrom(randomFrom(3))
    let last = 0
    const values = Array.from({ length: 1_500 }, () => {
      last = -0.8 * last + normal()
      return 20 + last
    })
    const best = average(Array.from({ length: 2_000 }, () => Math.abs(normal())))
    expect(errorOf(robustRegression(1), values, 1)).toBeLessThan(1.1 * best)
  })

  it("says the middle of what is skewed, not its mean, and is not moved by a wild value", () => {
    const random = randomFrom(8)
    const values = Array.from({ length: 1_500 }, () => (random() < 0.2 ? 100 : 10) + random())
    const logarithmic = { lags: 0, anchor: 0.1, logarithmic: true }
    for (const method of [robustRegression(1), robustRegression(1, logarithmic)]) {
      const said = saidBy(method, values).slice(500)
      expect(middle(said)).toBeGreaterThan(9)
      expect(middle(said)).toBeLessThan(20)
      const wild = lastSaidBy(method, [...values, 1e12, 10, 10])
      expect(Math.abs(wild)).toBeLessThan(1e13)
    }
  })
})

describe("every method", () => {
  const lone = methodIds.filter((id): id is LoneMethodId => id !== "auto" && id !== "linear-regression")
  const all = (steps: number) => [
    ...candidates(steps).map(({ name, method }) => [name, method] as const),
    ...lone.map((id) => [id, methodOf(id, steps)] as const)
  ]

  it("says a number or nothing, whatever the series, and touches no more than its memory", () => {
    const value = fc.oneof(
      fc.constantFrom(0, 1, -1, 1e100, -1e100, 1e-300),
      fc.double({ noNaN: true, min: -1e6, max: 1e6 })
    )
    let longest = 0
    fc.assert(
      fc.property(fc.array(value, { maxLength: 80, size: "max" }), fc.integer({ min: 1, max: 12 }), (values, steps) => {
        longest = Math.max(longest, values.length)
        for (const [name, method] of all(steps)) {
          const memory = new Float64Array(method.size + 1)
          memory[method.size] = 42
          const own = memory.subarray(0, method.size)
          for (const each of values) {
            method.push(own, each)
            const said = method.expected(own)
            if (Math.abs(each) <= 1e6) expect([name, said]).not.toEqual([name, Number.POSITIVE_INFINITY])
          }
          expect([name, memory[method.size]]).toEqual([name, 42])
        }
      }),
      { numRuns: 60 }
    )
    // Rings have gone round.
    expect(longest).toBeGreaterThan(50)
  })

  it("says of a series that never changes that it stays, once it says anything", () => {
    for (const level of [0, 0.5, 1_000]) {
      for (const [name, method] of all(6)) {
        const said = saidBy(method, Array(120).fill(level)).filter((value) => !Number.isNaN(value))
        for (const value of said) expect([name, value]).toEqual([name, expect.closeTo(level, 6)])
      }
    }
  })
})
