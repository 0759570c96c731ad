import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { mean, median, quantile, quantileOfSorted, sum } from "../../src/statistics/index.ts"

const number = fc.double({ min: -1e6, max: 1e6, noNaN: true })
const numbers = fc.array(number, { minLength: 1, maxLength: 50 })
const share = fc.double({ min: 0, max: 1, noNaN: true })

describe("a summary", () => {
  it("of nothing is no number, but its sum is 0", () => {
    expect(sum([])).toBe(0)
    for (const figure of [mean([]), median([]), quantile([], 0.9), quantileOfSorted([], 0)]) expect(figure).toBeNaN()
  })

  it("of values of which one is none is none", () => {
    for (const values of [[Number.NaN], [Number.NaN, 1, 2], [3, Number.NaN, 1]]) {
      expect([mean(values), median(values), quantile(values, 0)]).toEqual([Number.NaN, Number.NaN, Number.NaN])
    }
  })

  it("takes arrays and typed arrays", () => {
    expect(mean(Float64Array.of(1, 2, 6))).toBe(3)
    expect(median(Float32Array.of(6, 1, 2))).toBe(2)
  })

  it("leaves the values in their order", () => {
    const values = [3, 1, 2]
    median(values)
    expect(values).toEqual([3, 1, 2])
  })
})

describe("a quantile", () => {
  it("is that of type 7, as R has it", () => {
    const values = [15, 20, 35, 40, 50]
    expect([0, 0.05, 0.3, 0.4, 0.5, 0.99, 1].map((at) => quantile(values, at))).toEqual([15, 16, 23, 29, 35, 49.6, 50])
    expect(median([4, 1, 3, 2])).toBe(2.5)
    expect(median([10, 9, 100])).toBe(10)
  })

  it("is infinite between an infinite value and any other, and none between the two infinities", () => {
    const { POSITIVE_INFINITY: most, NEGATIVE_INFINITY: least } = Number
    expect([median([least, 5]), median([5, most]), median([most, most]), median([least, least, 5, 6])]).toEqual([
      least,
      most,
      most,
      least
    ])
    expect(median([least, most])).toBeNaN()
  })

  it("lies between the smallest and the largest, and rises with the share", () => {
    fc.assert(
      fc.property(numbers, share, share, (values, one, other) => {
        const lower = quantile(values, Math.min(one, other))
        const upper = quantile(values, Math.max(one, other))
        // Interpolation may round.
        expect(lower).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9)
        expect(upper).toBeLessThanOrEqual(Math.max(...values) + 1e-9)
        expect(upper - lower).toBeGreaterThanOrEqual(-1e-9)
      })
    )
  })

  it("has at most such a share of the values below it, and at most the rest above", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1 }), share, (values, at) => {
        const found = quantile(values, at)
        const room = values.length - 1
        expect(values.filter((value) => value < found - 1e-9).length).toBeLessThanOrEqual(Math.floor(at * room) + 1)
        expect(values.filter((value) => value > found + 1e-9).length).toBeLessThanOrEqual(
          Math.floor((1 - at) * room + 1e-9) + 1
        )
      })
    )
  })

  it("is infinite among what never ended, rather than none", () => {
    const { POSITIVE_INFINITY: never } = Number
    expect(quantile([1, never, never], 0.75)).toBe(never)
    expect(quantile([1, 2, never], 0.5)).toBe(2)
  })
})
