import { describe, expect, it } from "vitest"
import type { Outcome } from "../../benchmarks/benchmark.ts"
import { crash } from "../../benchmarks/crash/crash.ts"
import { grain } from "../../benchmarks/grain/grain.ts"
import { reportOf } from "../../benchmarks/report.ts"
import { ring } from "../../benchmarks/ring/ring.ts"
import { uneven } from "../../benchmarks/uneven/uneven.ts"

const quick = { quick: true, peers: ".", onProgress: () => {} }
const patience = 120_000

/** Who stands in the row, `ballast` first. */
const namesIn = ({ measured }: Outcome, row: string): ReadonlyArray<string> => [
  ...(measured.find((one) => one.row === row)?.rounds.keys() ?? [])
]

const figuresIn = ({ measured }: Outcome, row: string, name: string): ReadonlyArray<number> =>
  measured.find((one) => one.row === row)?.rounds.get(name) ?? []

describe("the benchmarks of the ring, in their quick form", () => {
  it("C14 runs the same tasks through every contender", { timeout: patience }, async () => {
    const outcome = await ring.run({ ...quick, rows: ["window 64", "burst"] })
    expect(outcome.measured.map(({ row }) => row)).toEqual(["window 64", "burst"])
    expect(namesIn(outcome, "burst")).toEqual([
      "ballast",
      "ballast 1 a worker",
      "piscina",
      "piscina 32 a worker",
      "tinypool",
      "tinypool 32 a worker",
      "workerpool",
      "poolifier",
      "poolifier 32 a worker",
      "bare",
      "bare batched"
    ])
    for (const { rounds } of outcome.measured) {
      for (const figures of rounds.values()) {
        expect(figures).toHaveLength(1)
        expect(figures[0]).toBeGreaterThan(0)
      }
    }
    expect(outcome.targets).toHaveLength(5)
    expect(outcome.targets.find(({ target }) => target.startsWith("a lone task"))?.met).toBeUndefined()
  })

  it("C14 reports its rows under the names of the scenario", { timeout: patience }, async () => {
    const outcome = await ring.run({ ...quick, only: ["ballast", "bare"] })
    const { id, seeds, rows } = reportOf(ring.id, outcome.measured)
    expect({ id, seeds }).toEqual({ id: "C14", seeds: 1 })
    expect(rows.map(({ row }) => row)).toEqual(["lone task µs", "window 64", "window 1024", "burst"])
    for (const { baselines } of rows) expect(Object.keys(baselines)).toEqual(["bare"])
  })

  it("C8 finds a task size for each contender, within the sizes it looks at", { timeout: patience }, async () => {
    const outcome = await grain.run({ ...quick, only: ["ballast", "piscina 32 a worker", "bare batched"] })
    const [row] = reportOf(grain.id, outcome.measured).rows
    expect(row?.row).toBe("smallest task µs")
    expect(Object.keys(row?.baselines ?? {})).toEqual(["piscina 32 a worker", "bare batched"])
    for (const figure of [row?.ballast, ...Object.values(row?.baselines ?? {})]) {
      expect(figure).toBeGreaterThanOrEqual(0.5)
      expect(figure).toBeLessThanOrEqual(1_000)
    }
  })

  it("C15 never comes in below the bound it measures", { timeout: patience }, async () => {
    const outcome = await uneven.run({ ...quick, rows: ["makespan / bound"] })
    const names = ["ballast", "piscina", "tinypool", "workerpool", "poolifier", "central queue"]
    expect(namesIn(outcome, "makespan / bound")).toEqual(names)
    for (const name of names) {
      const figures = figuresIn(outcome, "makespan / bound", name)
      expect(figures).toHaveLength(1)
      expect(figures[0]).toBeGreaterThanOrEqual(1)
    }
  })

  it("C15 measures all three rows, Ballast in the open one twice", { timeout: patience }, async () => {
    const outcome = await uneven.run({ ...quick, only: ["ballast", "ballast, durations declared", "central queue"] })
    expect(outcome.measured.map(({ row }) => row)).toEqual([
      "makespan / bound",
      "makespan / bound, unknown",
      "open p99 ms"
    ])
    expect(namesIn(outcome, "open p99 ms")).toEqual(["ballast", "ballast, durations declared", "central queue"])
    expect(namesIn(outcome, "makespan / bound")).not.toContain("ballast, durations declared")
  })

  it("C16 counts nothing lost and nothing hanging for Ballast, and ends for those that hang", {
    timeout: patience
  }, async () => {
    const outcome = await crash.run(quick)
    const names = ["ballast", "piscina", "tinypool", "workerpool", "poolifier"]
    expect(outcome.measured.map(({ row }) => row)).toEqual(["lost", "hanging", "time / ideal"])
    expect(namesIn(outcome, "lost")).toEqual(names)
    expect(figuresIn(outcome, "lost", "ballast")).toEqual([0])
    expect(figuresIn(outcome, "hanging", "ballast")).toEqual([0])
    expect(figuresIn(outcome, "time / ideal", "ballast")).toHaveLength(1)
    for (const name of names) {
      const [lost = Number.NaN] = figuresIn(outcome, "lost", name)
      const [hanging = Number.NaN] = figuresIn(outcome, "hanging", name)
      expect(lost).toBeGreaterThanOrEqual(hanging)
      // Who has lost tasks has no time to show.
      expect(figuresIn(outcome, "time / ideal", name)).toHaveLength(lost === 0 ? 1 : 0)
    }
  })
})
