import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { WaitRecord } from "../../../src/adaptation/index.ts"
import { chanceOf } from "./pool.ts"

describe("estimates of waits", () => {
  it("prove nothing until twenty of the priority were held against what came, and say so", () => {
    const record = new WaitRecord()
    for (let n = 0; n < 19; n += 1) record.add("normal", 100, 200)
    expect(record.correct("normal", 500)).toEqual({ ms: 500, low: 0, proven: false })
    record.add("normal", 100, 200)
    expect(record.correct("normal", 500)).toEqual({ ms: 1_000, low: 1_000, proven: true })
    expect(record.correct("low", 500)).toEqual({ ms: 500, low: 0, proven: false })
  })

  it("learn nothing from figures that are none", () => {
    const record = new WaitRecord()
    for (const [estimated, actual] of [
      [Number.NaN, 1],
      [0, 5],
      [10, -1],
      [Number.POSITIVE_INFINITY, 1],
      [10, Number.NaN]
    ] as const) {
      record.add("high", estimated, actual)
    }
    expect(record.scored("high")).toBe(0)
  })

  it("forget what was long ago: the latest hundred count", () => {
    const record = new WaitRecord()
    for (let n = 0; n < 100; n += 1) record.add("normal", 100, 900)
    for (let n = 0; n < 100; n += 1) record.add("normal", 100, 50)
    expect(record.correct("normal", 100)).toMatchObject({ ms: 50, low: 50 })
  })

  it("property: about nine of ten waits are longer than the lower bound, however far off estimates are", () => {
    let checked = 0
    fc.assert(
      fc.property(
        fc.double({ min: -2, max: 2, noNaN: true }),
        fc.double({ min: 0.1, max: 2, noNaN: true }),
        fc.nat(),
        (bias, spread, seed) => {
          const chance = chanceOf(seed)
          const record = new WaitRecord()
          let above = 0
          let scored = 0
          for (let n = 0; n < 500; n += 1) {
            const draw = 0.001 + 0.998 * chance()
            const actual = 100 * Math.exp(bias + spread * Math.log(draw / (1 - draw)))
            const { low, proven } = record.correct("normal", 100)
            if (proven) {
              scored += 1
              if (actual >= low) above += 1
            }
            record.add("normal", 100, actual)
          }
          checked += scored
          expect(above / scored).toBeGreaterThan(0.82)
        }
      ),
      { numRuns: 100 }
    )
    expect(checked).toBeGreaterThan(20_000)
  })
})
