import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { WorkLeft } from "../../../src/adaptation/index.ts"

const seconds = fc.integer({ min: 0, max: 1_000 }).map((n) => n / 10)

describe("what is left of a worker's tasks", () => {
  it("counts of each no more than the one beside it needs: as a sum over all would", () => {
    fc.assert(
      fc.property(fc.array(seconds, { maxLength: 30 }), seconds, (each, own) => {
        const left = new WorkLeft(each)
        const naive = each.reduce((sum, other) => sum + Math.min(other, own), 0)
        expect(left.beside(own)).toBeCloseTo(naive, 6)
        expect(left.seconds).toBeCloseTo(
          each.reduce((sum, other) => sum + other, 0),
          6
        )
      })
    )
  })

  it("is without a task as it was before that came", () => {
    fc.assert(
      fc.property(fc.array(seconds, { maxLength: 10 }), seconds, seconds, (each, more, own) => {
        const before = new WorkLeft(each)
        const after = before.with(more).without(more)
        expect(after.count).toBe(before.count)
        expect(after.beside(own)).toBeCloseTo(before.beside(own), 6)
      })
    )
  })

  it("takes out the nearest where none is quite like that, and nothing of nothing", () => {
    expect(new WorkLeft([1, 5, 9]).without(6).seconds).toBe(10)
    expect(WorkLeft.none.without(6).count).toBe(0)
  })

  it("leaves out what is no number of seconds", () => {
    expect(new WorkLeft([Number.NaN, -1, Number.POSITIVE_INFINITY, 2]).seconds).toBe(2)
  })
})
