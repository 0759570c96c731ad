import { describe, expect, it } from "vitest"
import { c8, dispatchCost, halfEfficientSize, scalePart } from "../../../../actors/simulation/scenarios/c8.ts"
import { measureSeed } from "../../../../actors/simulation/scenarios/index.ts"
import { partOf, smaller } from "./smaller.ts"

const rowOf = (workers: number): string => `efficiency at ${workers}`

describe("C8, scale", () => {
  it("charges the coordinator's thread for each run, so that short tasks are not linear", async () => {
    const workers = 20
    const ms = 0.05
    const row = "short tasks"
    const part = scalePart({
      row,
      workers,
      tasksEach: 20,
      work: { type: "constant", ms },
      contenders: { ballast: { runtime: {} } }
    })
    const figures = await measureSeed({ ...c8, derived: [], parts: [part] }, 1)
    expect(figures[row]?.ballast).toBeGreaterThan(0)
    expect(figures[row]?.ballast).toBeLessThanOrEqual(ms / (workers * dispatchCost))
  })

  it("calls it 1 when every worker works until the last end", async () => {
    const part = partOf(c8.parts, rowOf(10))
    const { "round robin": roundRobin } = part.contenders
    if (roundRobin === undefined) throw new Error("round robin competes")
    const equal = scalePart({
      row: "equal tasks",
      workers: 10,
      tasksEach: 5,
      work: { type: "constant", ms: 100 },
      contenders: { "round robin": roundRobin }
    })
    expect(await measureSeed({ ...c8, derived: [], parts: [equal] }, 1)).toEqual({
      "equal tasks": { "round robin": 1 }
    })
  })

  it("loses something to the ramp and the tail", async () => {
    const parts = [10, 100].map((workers) => smaller(partOf(c8.parts, rowOf(workers)), 5 * workers))
    const figures = await measureSeed({ ...c8, derived: [], parts }, 1)
    for (const row of Object.values(figures)) {
      for (const efficiency of Object.values(row)) expect(efficiency).toBeGreaterThan(0)
      for (const efficiency of Object.values(row)) expect(efficiency).toBeLessThan(1)
    }
  })

  it("goes from 10 to 10,000 workers, with as many tasks for each", () => {
    for (const workers of [10, 100, 1_000, 10_000]) {
      expect(partOf(c8.parts, rowOf(workers)).world).toMatchObject({
        workers,
        workload: { arrivals: { type: "batch", tasks: 50 * workers } }
      })
    }
  })

  it("finds the size at half efficiency between two sizes by their logarithms", () => {
    expect(halfEfficientSize([1, 4], [0.25, 0.75])).toBeCloseTo(2)
    expect(halfEfficientSize([1, 2, 4], [0.1, 0.5, 0.9])).toBe(2)
    expect(halfEfficientSize([1, 2], [0.6, 0.9])).toBe(1)
    expect(halfEfficientSize([1, 2], [0.1, 0.2])).toBe(Number.POSITIVE_INFINITY)
  })
})
