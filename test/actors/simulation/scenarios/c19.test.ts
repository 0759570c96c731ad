import { describe, expect, it } from "vitest"
import { c19 } from "../../../../actors/simulation/scenarios/c19.ts"
import { measureSeed } from "../../../../actors/simulation/scenarios/index.ts"
import { needsTraces } from "../traces/given.ts"

describe("C19", () => {
  it("says what is missing where there are no durations, and has rows otherwise", () => {
    expect(c19.missing.length > 0).toBe(c19.parts.length === 0)
    expect(c19.derived.length > 0).toBe(c19.parts.length > 0)
  })
})

describe.skipIf(c19.parts.length === 0)(`C19 on the public durations (${needsTraces})`, () => {
  it("has a row for each number of workers, and one suite a seed", () => {
    const rows = c19.parts.flatMap((part) => part.rows.map(({ row }) => row))
    expect(rows).toEqual(["pytorch 2", "pytorch 4", "pytorch 6", "pytorch 8"])
    for (const { worlds } of c19.parts) expect(worlds?.()).toBe(c19.seeds)
  })

  it("puts every contender at or above the bound, and the worst of the rows against stale longest first", async () => {
    const figures = await measureSeed(c19, 2)
    const rows = c19.parts.flatMap((part) => part.rows.map(({ row }) => row))
    for (const row of rows) {
      expect(Object.keys(figures[row] ?? {})).toEqual([
        "ballast",
        "by age",
        "stale longest first",
        "alphabetical pull",
        "lower bound"
      ])
      for (const ratio of Object.values(figures[row] ?? {})) expect(ratio).toBeGreaterThan(1 - 1e-9)
    }
    const worse = rows.map((row) => {
      const { ballast = Number.NaN, "stale longest first": stale = Number.NaN } = figures[row] ?? {}
      return 100 * (ballast / stale - 1)
    })
    expect(figures["worst suite %"]?.ballast).toBeCloseTo(Math.max(...worse))
  })

  it("is below stale longest first at 4 and 8 workers, on average over the suites", async () => {
    const means = { ballast: [0, 0], stale: [0, 0] }
    const at = ["pytorch 4", "pytorch 8"]
    const parts = c19.parts.filter(({ rows }) => rows.some(({ row }) => at.includes(row)))
    for (let seed = 1; seed <= c19.seeds; seed += 1) {
      const figures = await measureSeed({ parts }, seed)
      for (const [index, row] of at.entries()) {
        means.ballast[index] = (means.ballast[index] ?? 0) + (figures[row]?.ballast ?? Number.NaN) / c19.seeds
        means.stale[index] =
          (means.stale[index] ?? 0) + (figures[row]?.["stale longest first"] ?? Number.NaN) / c19.seeds
      }
    }
    for (const index of at.keys()) expect(means.ballast[index]).toBeLessThan(means.stale[index] ?? Number.NaN)
  }, 60_000)
})
