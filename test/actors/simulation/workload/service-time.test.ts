import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  chanceOf,
  meanOf,
  type ServiceTime,
  samplerOf,
  variationOf
} from "../../../../actors/simulation/workload/index.ts"
import { mean, quantile, standardError } from "../../../../src/statistics/index.ts"

const drawn = (time: ServiceTime, count: number, name = "drawn"): ReadonlyArray<number> => {
  const next = samplerOf(time, chanceOf(name))
  return Array.from({ length: count }, () => next())
}

const times: ReadonlyArray<ServiceTime> = [
  { type: "constant", ms: 7 },
  { type: "uniform", from: 2, to: 10 },
  { type: "exponential", mean: 30 },
  { type: "lognormal", mean: 20, sigma: 0.5 },
  { type: "lognormal", mean: 20, sigma: 1 },
  { type: "bounded-pareto", alpha: 1.1, least: 1, most: 200 },
  { type: "bounded-pareto", alpha: 1, least: 1, most: 50 },
  { type: "bounded-pareto", alpha: 2, least: 3, most: 30 },
  { type: "bounded-pareto", alpha: 2.5, least: 1, most: 1e6 },
  { type: "recorded", ms: [1, 2, 3, 100] }
]

const isFarReaching = (time: ServiceTime): boolean => time.type === "bounded-pareto" && time.most > 1000

const figure = fc.double({ min: 0.01, max: 1e4, noNaN: true })
const anyTime: fc.Arbitrary<ServiceTime> = fc.oneof(
  figure.map((ms): ServiceTime => ({ type: "constant", ms })),
  fc.tuple(figure, figure).map(([from, more]): ServiceTime => ({ type: "uniform", from, to: from + more })),
  figure.map((mean): ServiceTime => ({ type: "exponential", mean })),
  fc
    .tuple(figure, fc.double({ min: 0, max: 3, noNaN: true }))
    .map(([mean, sigma]): ServiceTime => ({ type: "lognormal", mean, sigma })),
  fc
    .tuple(fc.double({ min: 0.1, max: 4, noNaN: true }), figure, fc.double({ min: 1, max: 1e4, noNaN: true }))
    .map(([alpha, least, span]): ServiceTime => ({ type: "bounded-pareto", alpha, least, most: least * span })),
  fc.array(figure, { minLength: 1, maxLength: 10 }).map((ms): ServiceTime => ({ type: "recorded", ms }))
)

/** ∫ xⁿ f(x) dx of a bounded Pareto time, as a sum over slices of equal chance. */
const paretoMomentBySlices = (time: Extract<ServiceTime, { type: "bounded-pareto" }>, n: number): number => {
  const slices = 2_000_000
  let at = 0
  const next = samplerOf(time, () => at)
  let total = 0
  for (let slice = 0; slice < slices; slice += 1) {
    at = (slice + 0.5) / slices
    total += next() ** n
  }
  return total / slices
}

describe("service times", () => {
  it.each(times)("are on average what the closed form says: %o", (time) => {
    const values = drawn(time, 100_000)
    expect(Math.abs(mean(values) - meanOf(time))).toBeLessThanOrEqual(4 * standardError(values))
  })

  // Of times up to a million, a few would make up most of the squares.
  it.each(times.filter((time) => !isFarReaching(time)))("vary as the closed form says: %o", (time) => {
    const centre = meanOf(time)
    const squares = drawn(time, 100_000).map((value) => (value / centre - 1) ** 2)
    expect(Math.abs(mean(squares) - variationOf(time))).toBeLessThanOrEqual(4 * standardError(squares))
  })

  it("of a bounded Pareto distribution have the moments of its density", () => {
    for (const time of times) {
      if (time.type !== "bounded-pareto" || isFarReaching(time)) continue
      const first = paretoMomentBySlices(time, 1)
      const second = paretoMomentBySlices(time, 2)
      expect(meanOf(time) / first).toBeCloseTo(1, 4)
      expect(variationOf(time) / (second / first ** 2 - 1)).toBeCloseTo(1, 3)
    }
  })

  it("of a bounded Pareto distribution keep their digits where alpha is nearly 1 or 2", () => {
    for (const alpha of [1, 2]) {
      const at = (a: number): ServiceTime => ({ type: "bounded-pareto", alpha: a, least: 1, most: 200 })
      for (const off of [-1e-9, 1e-9, -1e-13, 1e-13]) {
        expect(meanOf(at(alpha + off))).toBeCloseTo(meanOf(at(alpha)), 6)
        expect(variationOf(at(alpha + off))).toBeCloseTo(variationOf(at(alpha)), 6)
      }
    }
  })

  it("of a bounded Pareto distribution are as often so long as its distribution function says", () => {
    const values = drawn({ type: "bounded-pareto", alpha: 1.1, least: 1, most: 200 }, 100_000)
    for (const limit of [1.5, 5, 50]) {
      const share = (1 - limit ** -1.1) / (1 - 200 ** -1.1)
      const found = values.filter((value) => value <= limit).length / values.length
      expect(Math.abs(found - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / values.length))
    }
  })

  it("that are lognormal have the median mean · exp(−σ²/2)", () => {
    const logs = drawn({ type: "lognormal", mean: 20, sigma: 1 }, 100_000).map((value) => Math.log(value))
    expect(quantile(logs, 0.5)).toBeCloseTo(Math.log(20) - 0.5, 1)
    // The normal distribution's quantile of 97.5 %.
    expect(quantile(logs, 0.975) - quantile(logs, 0.5)).toBeCloseTo(1.96, 1)
  })

  it("are never negative, nor infinite, whatever chance brings", () => {
    const least = 0
    const most = 1 - 2 ** -53
    fc.assert(
      fc.property(
        anyTime,
        fc.array(fc.constantFrom(least, most, 0.5), { minLength: 2, maxLength: 2 }),
        (time, luck) => {
          let turn = 0
          const next = samplerOf(time, () => luck[turn++ % luck.length] ?? 0)
          const value = next()
          expect(value).toBeGreaterThanOrEqual(0)
          expect(value).toBeLessThan(Number.POSITIVE_INFINITY)
          if (time.type === "uniform") {
            expect(value).toBeGreaterThanOrEqual(time.from)
            expect(value).toBeLessThanOrEqual(time.to)
          }
          if (time.type === "bounded-pareto") {
            expect(value).toBeGreaterThanOrEqual(time.least)
            expect(value).toBeLessThanOrEqual(time.most)
          }
          if (time.type === "recorded") expect(time.ms).toContain(value)
        }
      )
    )
  })

  it("have a mean within their range, and vary by no less than nothing", () => {
    fc.assert(
      fc.property(anyTime, (time) => {
        const centre = meanOf(time)
        expect(centre).toBeGreaterThan(0)
        expect(variationOf(time)).toBeGreaterThanOrEqual(0)
        expect(variationOf(time)).toBeLessThan(Number.POSITIVE_INFINITY)
        if (time.type !== "bounded-pareto") return
        expect(centre / time.least).toBeGreaterThan(1 - 1e-9)
        expect(centre / time.most).toBeLessThan(1 + 1e-9)
      })
    )
  })

  it("that are all the same do not vary, even where they are nothing", () => {
    const same: ReadonlyArray<ServiceTime> = [
      { type: "constant", ms: 0 },
      { type: "uniform", from: 0, to: 0 },
      { type: "lognormal", mean: 3, sigma: 0 },
      { type: "bounded-pareto", alpha: 1.5, least: 4, most: 4 },
      { type: "recorded", ms: [0, 0] }
    ]
    expect(same.map(variationOf)).toEqual([0, 0, 0, 0, 0])
    expect(same.map(meanOf)).toEqual([0, 0, 3, 4, 0])
  })

  it("take as many numbers each, whatever the figures: a longer tail shifts nothing drawn after it", () => {
    fc.assert(
      fc.property(anyTime, fc.nat(20), (time, count) => {
        const numbersFor = (draws: number): number => {
          let numbers = 0
          const chance = chanceOf("numbers")
          const next = samplerOf(time, () => {
            numbers += 1
            return chance()
          })
          for (let i = 0; i < draws; i += 1) next()
          return numbers
        }
        expect(numbersFor(count)).toBe(count * numbersFor(1))
      })
    )
  })
})
