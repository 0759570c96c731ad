import { describe, expect, it } from "vitest"
import { MovedRuns, RunTimes } from "../../../src/adaptation/index.ts"

describe("runs that moved", () => {
  it("count whole, where they began, however often they moved", () => {
    const runs = new MovedRuns()
    runs.left("t", "a", 100)
    runs.left("t", "b", 50)
    runs.left("u", "b", -5)
    expect(runs.take("t")).toEqual({ workerId: "a", workMs: 150, moves: 2 })
    expect(runs.take("t")).toBeUndefined()
    expect(runs.take("u")).toEqual({ workerId: "b", workMs: 0, moves: 1 })
    expect(runs.size).toBe(0)
  })

  it("left out they would make workers that long tasks leave seem fast; counted they do not", () => {
    const sizes = Array.from({ length: 400 }, (_, index) => 100 * 1.02 ** (index % 200))
    const speedOfLeft = (counted: boolean): number => {
      const times = new RunTimes()
      const moved = new MovedRuns()
      for (const id of ["stays", "leaves"]) times.assume(id, 1)
      for (const [index, ms] of sizes.entries()) {
        times.record("stays", "work", { ms }, index)
        if (ms < 1_000) times.record("leaves", "work", { ms }, index)
        else if (counted) {
          moved.left(`t${index}`, "leaves", 1_000)
          const run = moved.take(`t${index}`)
          if (run !== undefined) times.record(run.workerId, "work", { ms: run.workMs + (ms - 1_000) }, index)
        }
      }
      return times.speedOf("leaves") / times.speedOf("stays")
    }
    expect(speedOfLeft(false)).toBeGreaterThan(1.3)
    expect(speedOfLeft(true)).toBeCloseTo(1, 1)
  })
})
