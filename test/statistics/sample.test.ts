import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { mean, quantile, Sample } from "../../src/statistics/index.ts"

const sampleOf = (values: Iterable<number>): Sample => {
  const sample = new Sample()
  for (const value of values) sample.push(value)
  return sample
}

const number = fc.double({ min: -1e6, max: 1e6, noNaN: true })

describe("a sample", () => {
  it("says of its values what an array of them would", () => {
    fc.assert(
      fc.property(
        fc.array(number, { minLength: 1, maxLength: 100 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, at) => {
          const sample = sampleOf(values)
          expect(sample.count).toBe(values.length)
          expect(sample.mean).toBeCloseTo(mean(values), 6)
          expect(sample.quantile(at)).toBe(quantile(values, at))
          expect([sample.min, sample.max]).toEqual([quantile(values, 0), quantile(values, 1)])
        }
      )
    )
  })

  it("goes on growing after it was asked", () => {
    const sample = sampleOf([5, 1])
    expect(sample.quantile(0.5)).toBe(3)
    sample.push(0)
    expect(sample.quantile(0.5)).toBe(1)
    expect([...sample.sorted()]).toEqual([0, 1, 5])
  })

  it("knows the share within a limit, the limit included", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(10), { minLength: 1 }), fc.integer({ min: -1, max: 11 }), (values, limit) => {
        const within = values.filter((value) => value <= limit).length
        expect(sampleOf(values).shareWithin(limit)).toBe(within / values.length)
      })
    )
  })

  it("of nothing has no figures", () => {
    const { count, sum, mean, min, max } = new Sample()
    expect({ count, sum }).toEqual({ count: 0, sum: 0 })
    expect([mean, min, max, new Sample().quantile(0.5), new Sample().shareWithin(1)]).toEqual(Array(5).fill(Number.NaN))
  })

  it("has no figures where one value is none", () => {
    const sample = sampleOf([1, Number.NaN, 2])
    expect([sample.mean, sample.quantile(0), sample.max]).toEqual([Number.NaN, Number.NaN, Number.NaN])
  })

  it("holds a million", () => {
    const million = 1_000_000
    const sample = new Sample()
    // Each of 0 … 999,999 once, in an order far from sorted: the step has no factor in common with a million.
    for (let i = 0; i < million; i += 1) sample.push((i * 700_001) % million)
    expect(sample.count).toBe(million)
    expect(sample.mean).toBe(499_999.5)
    expect([sample.min, sample.quantile(0.5), sample.max]).toEqual([0, 499_999.5, 999_999])
    expect(sample.quantile(0.99)).toBeCloseTo(989_999.01, 6)
  })
})
