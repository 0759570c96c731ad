import { describe, expect, it } from "vitest"
import { c6 } from "../../../../actors/simulation/scenarios/c6.ts"
import { measureSeed } from "../../../../actors/simulation/scenarios/index.ts"
import { materialOf, partOf } from "./smaller.ts"

describe("C6, two workers", () => {
  it("has a row for each pair of speeds, and the same tasks for all of them", () => {
    expect(c6.parts.flatMap(({ rows }) => rows.map(({ row }) => row))).toEqual(["1:1", "2:1", "4:1", "10:1"])
    const [first, ...others] = c6.parts.map((part) => materialOf(part, 5))
    for (const { tasks } of others) expect(tasks).toEqual(first?.tasks)
    expect(others.map(({ servers }) => servers.map(({ speed }) => speed))).toEqual([
      [2, 1],
      [4, 1],
      [10, 1]
    ])
  })

  it("has round robin end when the worker does that has the more to do of every other task", async () => {
    const figures = await measureSeed(c6, 5)
    for (const faster of [1, 2, 4, 10]) {
      const { tasks } = materialOf(partOf(c6.parts, `${faster}:1`), 5)
      const workOf = (turn: number): number =>
        tasks.filter((_, index) => index % 2 === turn).reduce((sum, { work }) => sum + work, 0)
      const seconds = Math.max(workOf(0) / faster, workOf(1)) / 1_000
      expect(figures[`${faster}:1`]?.["round robin"]).toBeCloseTo(seconds, 6)
    }
  })

  it("has nobody below the bound", async () => {
    for (const { "lower bound": bound = 0, ...contenders } of Object.values(await measureSeed(c6, 6))) {
      expect(bound).toBeGreaterThan(0)
      for (const seconds of Object.values(contenders)) expect(seconds).toBeGreaterThanOrEqual(bound - 1e-9)
    }
  })
})
