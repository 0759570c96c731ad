import { describe, expect, it } from "vitest"
import {
  centralQueue,
  roundRobin,
  type Server,
  simulateBaseline
} from "../../../../actors/simulation/baselines/index.ts"
import { serviceOf, speedOn } from "../../../../actors/simulation/baselines/server.ts"
import { task } from "./worlds.ts"

const server = (more: Partial<Server>): Server => ({ id: "s", speed: 1, slots: 1, ...more })

describe("a server", () => {
  it("cannot run a type its table leaves out, whatever else the table's prototype knows", () => {
    expect(speedOn(server({ speed: { fast: 4, none: 0 } }), "fast")).toBe(4)
    expect(speedOn(server({ speed: { fast: 4, none: 0 } }), "none")).toBe(0)
    expect(speedOn(server({ speed: { fast: 4 } }), "toString")).toBe(0)
    expect(speedOn(server({ speed: 3 }), "anything")).toBe(3)
  })

  it("does a task's work by the integral of its speed", () => {
    const service = serviceOf(server({ slow: [{ from: 10, until: 20, factor: 0.5 }] }))
    expect(service(0, 10)).toBe(10)
    expect(service(0, 12)).toBe(14)
    expect(service(5, 15)).toBe(25)
    expect(service(10, 2)).toBe(14)
    expect(service(20, 3)).toBe(23)
    expect(service(15, 0)).toBe(15)
  })

  it("multiplies phases that overlap, and stands still at factor 0", () => {
    const service = serviceOf(
      server({
        slow: [
          { from: 0, until: 10, factor: 0.5 },
          { from: 5, until: 15, factor: 0.5 },
          { from: 15, until: 25, factor: 0 }
        ]
      })
    )
    expect(service(0, 2.5)).toBe(5)
    expect(service(0, 3.75)).toBe(10)
    expect(service(0, 6.25)).toBe(15)
    expect(service(0, 7.25)).toBe(26)
    expect(service(16, 0)).toBe(16)
  })

  it("never ends what runs when it stops for good", () => {
    const forGood = server({ slow: [{ from: 10, until: Number.POSITIVE_INFINITY, factor: 0 }] })
    expect(serviceOf(forGood)(5, 5)).toBe(10)
    expect(serviceOf(forGood)(5, 6)).toBe(Number.POSITIVE_INFINITY)
    for (const policy of [roundRobin, centralQueue()]) {
      const outcome = simulateBaseline(policy, [forGood], [task(0, 8), task(0, 8), task(0, 8)], () => 0)
      expect([...outcome.ends]).toEqual([8, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY])
      expect(outcome.makespan).toBe(Number.POSITIVE_INFINITY)
      expect(outcome.starts[2]).toBe(Number.POSITIVE_INFINITY)
      expect([...outcome.busy]).toEqual([Number.POSITIVE_INFINITY])
    }
  })

  it("takes a fixed time for what begins in a fixed phase, and the own time for what began before", () => {
    const service = serviceOf(server({ fixed: [{ from: 10, until: 20, ms: 100 }] }))
    expect(service(9, 5)).toBe(14)
    expect(service(10, 5)).toBe(110)
    expect(service(19.5, 500)).toBe(119.5)
    expect(service(20, 5)).toBe(25)
  })

  it("judges a queued task's fixed phase by when it begins, not by when it arrived", () => {
    const slow = server({ fixed: [{ from: 10, until: 20, ms: 100 }] })
    for (const policy of [roundRobin, centralQueue()]) {
      const outcome = simulateBaseline(policy, [slow], [task(0, 12), task(1, 1), task(2, 1)], () => 0)
      expect([...outcome.ends]).toEqual([12, 112, 113])
    }
  })
})
