import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { SeriesModel } from "../../../src/adaptation/index.ts"
import { isBroken, valuesTaken } from "../../../src/adaptation/prediction/series-model.ts"

const expectedAfterEach = (model: SeriesModel, values: ReadonlyArray<number>): ReadonlyArray<number> => {
  const series = model.open(new Float64Array(model.size))
  return values.map((value) => {
    model.push(series, value)
    return model.expected(series)
  })
}

const values = fc.array(fc.double({ min: 0, max: 1e4, noNaN: true }), { minLength: 2, maxLength: 60, size: "max" })

describe("SeriesModel", () => {
  it("knows nothing of what is still to come", () => {
    fc.assert(
      fc.property(values, values, fc.integer({ min: 1, max: 6 }), (past, future, steps) => {
        const model = new SeriesModel({ method: "auto", steps })
        expect(expectedAfterEach(model, [...past, ...future]).slice(0, past.length)).toEqual(
          expectedAfterEach(model, past)
        )
      }),
      { numRuns: 50 }
    )
  })

  it("goes on with a memory that was worked on elsewhere as if it had not been", () => {
    fc.assert(
      fc.property(values, values, (first, second) => {
        const [model, other] = [0, 1].map(() => new SeriesModel({ method: "auto", steps: 3 }))
        if (model === undefined || other === undefined) throw new Error("two models")
        const memory = new Float64Array(model.size)
        const here = model.open(memory)
        for (const value of first) model.push(here, value)
        const there = other.open(Float64Array.from(memory))
        for (const value of second) other.push(there, value)
        expect(other.expected(there)).toBe(expectedAfterEach(model, [...first, ...second]).at(-1))
      }),
      { numRuns: 30 }
    )
  })

  it("says a number of any series, and counts what it has taken in", () => {
    const model = new SeriesModel({ method: "auto", steps: 4 })
    fc.assert(
      fc.property(fc.array(fc.double(), { minLength: 1, maxLength: 50, size: "max" }), (any) => {
        const series = model.open(new Float64Array(model.size))
        for (const value of any) {
          model.push(series, value)
          expect(model.expected(series)).not.toBeNaN()
        }
        expect(valuesTaken(series.memory)).toBe(any.length)
        expect(isBroken(series.memory)).toBe(false)
      }),
      { numRuns: 1_000 }
    )
  })

  it("says a number of loads so small that their squares are none, and so large that their sums are none", () => {
    const model = new SeriesModel({ method: "auto", steps: 4 })
    for (const values of [
      [1e-323, 6.4e-323, 4e-323, 0, 0, 0, 0],
      [1.7e308, -1.7e308, 1.7e308, 0, 1e300, 5e-324],
      [1e-160, 3e-160, 2e-160, 1e-161, 4e-160, 1e-160]
    ]) {
      for (const said of expectedAfterEach(model, values)) expect(said).not.toBeNaN()
    }
  })

  it("says nothing before the first value", () => {
    const model = new SeriesModel({ method: "auto", steps: 4 })
    const series = model.open(new Float64Array(model.size))
    expect(model.expected(series)).toBeNaN()
    expect(model.leaders(series, 3)).toEqual([])
  })

  it("tells which methods weigh most: on a steady rise, those that go on with it", () => {
    const model = new SeriesModel({ method: "auto", steps: 4 })
    const series = model.open(new Float64Array(model.size))
    for (let step = 0; step < 40; step += 1) model.push(series, 10 + step)
    const [first] = model.leaders(series, 3)
    expect(first?.method).toBe("clear trend")
    expect(model.expected(series)).toBeCloseTo(53, 0)
  })

  it("is one method alone where that is wished", () => {
    const model = new SeriesModel({ method: "median", steps: 1 })
    expect(expectedAfterEach(model, [1, 9, 2])).toEqual([1, 5, 2])
  })
})
