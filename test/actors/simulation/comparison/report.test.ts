import { describe, expect, it } from "vitest"
import { plainReportOf, reportOf } from "../../../../actors/simulation/comparison/index.ts"
import { reported, rowOf, seedsOf } from "./given.ts"

describe("a report", () => {
  it("has the median of the seeds, of Ballast and of each that stands beside it", () => {
    const figures = seedsOf("p99", { ballast: [1, 2, 9], "round robin": [10, 30, 20] })
    expect(reported(rowOf("p99"), figures).rows).toMatchObject([{ ballast: 2, baselines: { "round robin": 20 } }])
  })

  it("has the mean where a row asks for it, as a share of seeds does", () => {
    const figures = seedsOf("won", { ballast: [100, 100, 0, 100], other: [0, 0, 100, 0] })
    const row = rowOf("won", { unit: "%", better: "more", summary: "mean" })
    expect(reported(row, figures).rows).toMatchObject([{ ballast: 75, baselines: { other: 25 } }])
  })

  it("has the interval of Ballast's median, the same at each call", () => {
    const values = Array.from({ length: 30 }, (_, seed) => 100 + ((seed * 7) % 30))
    const [row] = reported(rowOf("p99"), seedsOf("p99", { ballast: values })).rows
    const [low = 0, high = 0] = row?.interval ?? []
    // Of 30 values the order statistics 10 and 21 enclose the median with 95 %.
    expect(low).toBeGreaterThanOrEqual(107)
    expect(low).toBeLessThan(114.5)
    expect(high).toBeGreaterThan(114.5)
    expect(high).toBeLessThanOrEqual(122)
    expect(reported(rowOf("p99"), seedsOf("p99", { ballast: values })).rows[0]?.interval).toEqual([low, high])
  })

  it("has derived rows first, and what is aimed at beside the row it is of", () => {
    const scenario = {
      id: "T2",
      derived: [{ row: "both", unit: "", better: "less" as const, from: ["a"], combine: () => 0 }],
      parts: [{ rows: [rowOf("a")] }, { rows: [rowOf("b")] }],
      targets: { b: "at most 3" }
    }
    const { rows } = reportOf(scenario, [{ both: { ballast: 1 }, a: { ballast: 2 }, b: { ballast: 3 } }])
    expect(rows.map(({ row }) => row)).toEqual(["both", "a", "b"])
    expect(rows.map(({ target }) => target)).toEqual([undefined, undefined, "at most 3"])
  })

  it("says of how many seeds figures were cut off, to programs only where some were", () => {
    const figures = seedsOf("p99", { ballast: [600, 600, 20], other: [600, 30, 20], third: [1, 2, 3] })
    const report = reported(rowOf("p99", { cap: 600 }), figures)
    expect(report.rows[0]?.capped).toEqual({ ballast: 2, other: 1 })
    expect(plainReportOf(report).rows[0]).toMatchObject({ capped: { ballast: 2, other: 1 } })
    expect(plainReportOf(reported(rowOf("p99"), figures)).rows[0]).not.toHaveProperty("capped")
  })

  it("for programs is plain data of six digits; a figure that is none, or infinite, is null", () => {
    const figures = seedsOf("p99", { ballast: [1 / 3], other: [Number.NaN], never: [Number.POSITIVE_INFINITY] })
    expect(JSON.parse(JSON.stringify(plainReportOf(reported(rowOf("p99"), figures))))).toEqual({
      id: "T1",
      seeds: 1,
      rows: [{ row: "p99", ballast: 0.333333, interval: [0.333333, 0.333333], baselines: { other: null, never: null } }]
    })
  })

  it("for programs names whose figures stand under `ballast` where it is another setting of it", () => {
    const figures = seedsOf("p99", { a: [1], b: [2] })
    expect(plainReportOf(reported(rowOf("p99"), figures, "a"))).toMatchObject({
      subject: "a",
      rows: [{ ballast: 1, baselines: { b: 2 } }]
    })
  })
})
