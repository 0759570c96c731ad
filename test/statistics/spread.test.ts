import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { coefficientOfVariation, gini, standardDeviation, standardError } from "../../src/statistics/index.ts"

const amounts = fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 40 })
const factor = fc.double({ min: 0.001, max: 1000, noNaN: true })

/** Half the mean difference of all pairs, against the mean. */
const giniOfPairs = (values: ReadonlyArray<number>): number => {
  const total = values.reduce((sum, value) => sum + value, 0)
  const differences = values.flatMap((one) => values.map((other) => Math.abs(one - other)))
  return total === 0 ? 0 : differences.reduce((sum, value) => sum + value, 0) / (2 * values.length * total)
}

describe("spread", () => {
  it("of nothing is no number", () => {
    for (const spread of [standardDeviation, standardError, coefficientOfVariation, gini]) expect(spread([])).toBeNaN()
    expect(standardError([5])).toBeNaN()
  })

  it("is that of the values as they are; the standard error is that of a sample", () => {
    const values = [2, 4, 4, 4, 5, 5, 7, 9]
    expect(standardDeviation(values)).toBe(2)
    expect(coefficientOfVariation(values)).toBe(0.4)
    expect(standardError(values)).toBeCloseTo(Math.sqrt(32 / 7 / 8), 12)
  })

  it("is none where all have the same, even where all have nothing", () => {
    for (const values of [[3, 3, 3], [0, 0], [7]]) {
      expect([standardDeviation(values), coefficientOfVariation(values), gini(values)]).toEqual([0, 0, 0])
    }
  })

  it("keeps its digits far from 0", () => {
    expect(standardDeviation([1e9 + 1, 1e9 + 2, 1e9 + 3])).toBeCloseTo(Math.sqrt(2 / 3), 9)
  })

  it("does not depend on the unit, as a share of the mean", () => {
    fc.assert(
      fc.property(amounts, factor, (values, by) => {
        const scaled = values.map((value) => value * by)
        expect(coefficientOfVariation(scaled)).toBeCloseTo(coefficientOfVariation(values), 6)
        expect(gini(scaled)).toBeCloseTo(gini(values), 6)
      })
    )
  })
})

describe("the Gini coefficient", () => {
  it("is half the mean difference of two, as a share of the mean", () => {
    fc.assert(
      fc.property(amounts, (values) => {
        expect(gini(values)).toBeCloseTo(giniOfPairs(values), 9)
      })
    )
  })

  it("is 1 − 1/n where one has it all", () => {
    expect(gini([0, 0, 0, 8])).toBe(0.75)
    expect(gini([1, 3])).toBe(0.25)
  })

  it("is no number where someone has less than nothing, or no number", () => {
    expect(gini([1, -1, 2])).toBeNaN()
    expect(gini([1, Number.NaN])).toBeNaN()
  })
})
