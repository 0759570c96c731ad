import { describe, expect, it } from "vitest"
import { reportOf, tableOf } from "../../../../actors/simulation/comparison/index.ts"
import { rowOf } from "./given.ts"

describe("a report as a table", () => {
  it("has a line for each row, with its unit and which way is better", () => {
    const rows = [rowOf("p99 sojourn"), rowOf("share", { unit: "%", better: "more" })]
    const report = reportOf({ id: "T", parts: [{ rows }] }, [
      { "p99 sojourn": { ballast: 1_234.5, p2c: 20 }, share: { ballast: 99.964, p2c: Number.NaN } }
    ])
    expect(tableOf(report).split("\n")).toEqual([
      "                   ballast         95 %  p2c",
      "─────────────────  ───────  ───────────  ───",
      "p99 sojourn, ms ↓    1,235  1,235–1,235   20",
      "share, % ↑           99.96  99.96–99.96    —"
    ])
  })

  it("lies on its side where it would be too wide otherwise", () => {
    const names = ["round robin", "weighted round robin", "least connections", "power of two choices", "peak ewma"]
    const others = Object.fromEntries([...names, "central queue", "lower bound"].map((name) => [name, 1]))
    const report = reportOf({ id: "T", parts: [{ rows: [rowOf("p99")] }] }, [{ p99: { ballast: 2, ...others } }])
    const lines = tableOf(report).split("\n")
    expect(lines[0]).toMatch(/^ +p99, ms ↓$/)
    expect(lines).toContain("weighted round robin          1")
    expect(lines).toHaveLength(2 + 2 + 7)
  })
})
