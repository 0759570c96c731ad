import { describe, expect, it } from "vitest"
import { measureActors } from "../../benchmarks/actors/actors.ts"
import { targetsOf } from "../../benchmarks/actors/targets.ts"
import { contendersTableOf, type Measured, reportOf } from "../../benchmarks/report.ts"
import { formatTargets } from "../../benchmarks/targets.ts"

const measuredOf = (figures: Readonly<Record<string, Readonly<Record<string, number>>>>): ReadonlyArray<Measured> =>
  Object.entries(figures).map(([row, byName]) => ({
    row,
    unit: "",
    more: row !== "heap bytes",
    rounds: new Map(Object.entries(byName).map(([name, figure]) => [name, [figure]]))
  }))

describe("C17: the actor benchmark", () => {
  it("measures contenders in processes of their own and reports a row for each", async () => {
    const rowsBegun: Array<string> = []
    const { measured, notes, without } = await measureActors({
      rounds: 1,
      steadyRounds: 1,
      ms: 2,
      roundsPerProcess: 1,
      rows: ["tell one", "ask one"],
      names: ["ballast", "ballast promise ask", "plain", "xstate"],
      peers: ".",
      onRow: (row) => rowsBegun.push(row)
    })
    expect(rowsBegun).toEqual(["tell one", "ask one"])
    expect([...notes.keys()]).toEqual(["ballast", "ballast promise ask", "plain", "xstate"])
    expect(without).toEqual([{ name: "xstate", row: "ask one", why: "it has nothing of the kind" }])

    const report = reportOf("C17", measured)
    expect(report).toMatchObject({ id: "C17", seeds: 1 })
    expect(report.rows.map(({ row, baselines }) => ({ row, names: Object.keys(baselines) }))).toEqual([
      { row: "tell one", names: ["plain", "xstate"] },
      { row: "ask one", names: ["plain"] }
    ])
    for (const { ballast, interval, baselines } of report.rows) {
      for (const figure of [ballast, ...interval, ...Object.values(baselines)]) expect(figure).toBeGreaterThan(0)
    }
  })

  it("says of each target whether it is met, missed or not measured", () => {
    const measured = measuredOf({
      "tell one": { ballast: 8, plain: 10, erlang: 4 },
      "ask one": { ballast: 6, plain: 10, erlang: 4 },
      "heap bytes": { ballast: 500, erlang: 2_700 }
    })
    const verdicts = new Map(targetsOf(measured).map(({ target, met }) => [target, met]))
    expect(verdicts.get("≥ 0.7 × plain in tell, ask and ping-pong")).toBe(false)
    expect(verdicts.get("better than erlang in every row")).toBe(true)
    expect(verdicts.get("≤ 600 B an idle actor")).toBe(true)
    expect(verdicts.get("timer p99 ≤ idle + 5 ms")).toBeUndefined()
    expect(formatTargets(targetsOf(measured))).toContain("missed — tell one 0.8, ask one 0.6 (missed)")
  })

  it("shows the ratio beside each figure, and a dash where a contender stands out", () => {
    const table = contendersTableOf(
      measuredOf({ "tell one": { ballast: 8, plain: 10 }, "heap bytes": { ballast: 50 } })
    )
    expect(table.split("\n").slice(2)).toEqual(["| ballast | 8 | 50 |", "| plain | 10 (×0.80) | — |"])
  })
})
