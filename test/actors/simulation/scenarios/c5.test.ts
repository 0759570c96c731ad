import { describe, expect, it } from "vitest"
import { manyServersWait } from "../../../../actors/simulation/baselines/index.ts"
import { c5, recordedIn } from "../../../../actors/simulation/scenarios/c5.ts"
import { measureSeed } from "../../../../actors/simulation/scenarios/index.ts"
import { mean } from "../../../../src/statistics/index.ts"
import { folderOf } from "../traces/given.ts"
import { materialOf, measurement, partOf, sampleOf, smaller, worldOf } from "./smaller.ts"

const sigmas = [0.5, 1, 2]
const synthetic = c5.parts.filter(({ rows }) => rows.some(({ row }) => row.includes("sigma")))

describe("C5, completion", () => {
  it("sums the three σ up in one row each, as their geometric mean", async () => {
    const parts = synthetic.map((part) => ({ ...smaller(part, 200) }))
    const figures = await measureSeed({ ...c5, parts }, 1)
    expect(Object.keys(figures).slice(0, 3)).toEqual(["makespan / bound", "mean sojourn", "p99 sojourn"])
    for (const row of Object.keys(figures).slice(0, 3)) {
      const names = Object.keys(figures[row] ?? {})
      expect(names).toEqual(expect.arrayContaining(["ballast", "central queue", "round robin"]))
      for (const name of names) {
        const product = sigmas.reduce((sofar, sigma) => sofar * (figures[`${row}, sigma ${sigma}`]?.[name] ?? 0), 1)
        expect(figures[row]?.[name]).toBeCloseTo(Math.cbrt(product), 6)
      }
    }
  })

  it("has nobody below the bound of a batch", async () => {
    const parts = synthetic.filter(({ bounds }) => bounds !== undefined)
    const figures = await measureSeed({ ...c5, derived: [], parts: parts.map((part) => smaller(part, 300)) }, 2)
    expect(Object.keys(figures)).toHaveLength(3)
    for (const contenders of Object.values(figures)) {
      for (const ratio of Object.values(contenders)) expect(ratio).toBeGreaterThanOrEqual(1 - 1e-9)
    }
  })

  it("has the central queue wait as theory says of M/G/k, the runtime aside", async () => {
    const part = partOf(c5.parts, "mean sojourn, sigma 0.5")
    const { "central queue": centralQueue } = part.contenders
    if (centralQueue === undefined) throw new Error("the central queue competes")
    const parts = [{ ...part, contenders: { "central queue": centralQueue } }]
    const sojourns: Array<number> = []
    for (const seed of [1, 2, 3, 4]) {
      const figures = await measureSeed({ ...c5, derived: [], parts }, seed)
      sojourns.push(figures["mean sojourn, sigma 0.5"]?.["central queue"] ?? Number.NaN)
    }
    // Lee and Longton's approximation, which is exact for M/M/k.
    const wait = manyServersWait(10, 8 / 1_000, 1_000) * ((1 + (Math.exp(0.25) - 1)) / 2)
    expect(mean(sojourns)).toBeGreaterThan(1_000 + 0.7 * wait)
    expect(mean(sojourns)).toBeLessThan(1_000 + 1.3 * wait)
  })

  it("says which rows are left out for want of traces, and where these were looked for", () => {
    const here = folderOf({
      "test-durations/a.csv": ["snapshot,env,config,test_file,seconds", "2022-08-01,linux,default,t,1"]
    })
    const { parts, missing } = recordedIn(here)
    expect(parts.flatMap(({ rows }) => rows.map(({ row }) => row))).toContain("mean sojourn, test suites")
    expect(missing).toEqual([
      `The rows "…, azure functions" are left out, for want of traces azure-functions: there are none in ${here}.`
    ])
    expect(recordedIn(undefined)).toMatchObject({ parts: [], missing: { length: 2 } })
  })

  it("counts a contender that did not complete everything as one that never ended", () => {
    const sojourn = sampleOf([1_000, 2_000])
    for (const part of synthetic) {
      const material = () => materialOf(smaller(part, 10), 1)
      for (const { figure } of part.rows) {
        expect(figure(measurement({ makespan: 2_000, sojourn, tasks: 2 }), worldOf(part, 1), material)).toBeLessThan(
          3_000
        )
        expect(figure(measurement({ makespan: 2_000, sojourn, tasks: 3 }), worldOf(part, 1), material)).toBe(
          Number.POSITIVE_INFINITY
        )
      }
    }
  })
})
