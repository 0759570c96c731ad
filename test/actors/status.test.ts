import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { statusOf } from "../../actors/statistics.ts"
import { record, workerSpec } from "../placement/pool.ts"

const withSlots = (limit: number, taken: number) => ({ ...record(workerSpec("w", { slots: limit })), slots: taken })

describe("the status of a worker (B5)", () => {
  it.each([
    [20, 0, "available"],
    [20, 13, "available"],
    [20, 14, "busy"],
    [20, 17, "busy"],
    [20, 18, "overloaded"],
    [30, 21, "busy"],
    [30, 27, "overloaded"],
    [8, 5, "available"],
    [8, 6, "busy"],
    [8, 8, "overloaded"],
    [1, 1, "overloaded"]
  ])("of %d slots with %d taken is %s: high load from 70 %%, overload from 90 %%", (limit, taken, status) => {
    expect(statusOf(withSlots(limit, taken))).toBe(status)
  })

  it("is that of its phase while it is not up, however full it is", () => {
    for (const phase of ["starting", "warming", "draining", "maintenance", "failed"] as const) {
      expect(statusOf({ ...withSlots(10, 10), phase })).toBe(phase)
    }
  })

  it("never falls as more slots are taken", () => {
    const order = ["available", "busy", "overloaded"]
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.nat(), fc.nat(), (limit, a, b) => {
        const [less, more] = [a % (limit + 1), b % (limit + 1)].sort((x, y) => x - y)
        const rank = (taken = 0) => order.indexOf(statusOf(withSlots(limit, taken)))
        expect(rank(less)).toBeLessThanOrEqual(rank(more))
      })
    )
  })
})
