import { describe, expect, it } from "vitest"
import { measureSeed, traceScenario, traceScenarioNames } from "../../../../actors/simulation/scenarios/index.ts"
import { areaBound } from "../../../../actors/simulation/scenarios/trace-parts.ts"
import { TraceMissing } from "../../../../actors/simulation/traces/index.ts"
import { folderOf, thrownBy } from "../traces/given.ts"
import { materialOf } from "./smaller.ts"

const suites = (name: string, tests: ReadonlyArray<number>): ReadonlyArray<string> => [
  "snapshot,env,config,test_file,seconds",
  ...tests.map((seconds, index) => `2022-08-01,${name},default,t${index},${seconds}`)
]

const folder = (): string =>
  folderOf({
    "swf/small.csv": ["job_id,submit_s,run_s,procs_alloc,procs_req,time_req_s", "1,0,100,4,4,600", "2,0,100,4,4,600"],
    "test-durations/a.csv": suites("linux", [4, 1, 1, 1, 1]),
    "test-durations/b.csv": suites("linux", [2, 2]),
    "azure-functions/functions.csv": [
      "func,run_min_ms,run_max_ms,run_p25_ms,run_p50_ms,run_p75_ms,run_p99_ms",
      "F,10,100,20,30,40,90"
    ],
    "azure-functions/calls.csv": ["func,m0001,m0002", "F,300,500"],
    "planetlab/planetlab_20110303.csv": ["vm,s0001", "v,10"]
  })

describe("traceScenario", () => {
  it("knows the traces that are lists of tasks by name", () => {
    expect(traceScenarioNames(folder())).toEqual([
      "swf/small",
      "azure-functions",
      "test-durations",
      "test-durations/a",
      "test-durations/b"
    ])
  })

  it("names what there is where it does not know the name, or the trace holds no tasks", () => {
    for (const name of ["swf/gone", "planetlab/20110303"]) {
      const error = thrownBy(() => traceScenario(name, folder()))
      expect(error).toBeInstanceOf(TraceMissing)
      expect(error).toMatchObject({ trace: name, known: expect.arrayContaining(["swf/small"]) })
    }
  })

  it("runs jobs of all processors one after the other", async () => {
    const figures = await measureSeed(traceScenario("swf/small", folder()), 1)
    for (const suffix of ["", ", nothing declared", ", run times known"]) {
      expect(figures[`average bounded slowdown${suffix}`]?.ballast).toBeCloseTo(1.5, 6)
      expect(figures[`makespan / bound${suffix}`]).toEqual({ ballast: 1, "lower bound": 1 })
      expect(figures[`mean sojourn${suffix}`]?.ballast).toBeCloseTo(150_000, 6)
    }
  })

  it("runs the tests of a suite on four workers, nobody sooner than its longest test", async () => {
    const figures = await measureSeed(traceScenario("test-durations/a", folder()), 1)
    const { ballast, "central queue": centralQueue, "round robin": roundRobin } = figures["makespan / bound"] ?? {}
    expect([ballast, centralQueue, roundRobin]).toEqual([1, 1, 1.25])
  })

  it("draws another suite, and other calls, for another seed, and the same for the same", () => {
    const here = folder()
    for (const name of ["test-durations", "azure-functions"]) {
      const [part] = traceScenario(name, here).parts
      if (part === undefined) throw new Error("it has one")
      const worlds = Array.from({ length: 8 }, (_, seed) => JSON.stringify(materialOf(part, seed).tasks))
      expect(new Set(worlds).size).toBeGreaterThan(1)
      expect(JSON.stringify(materialOf(part, 0).tasks)).toBe(worlds[0])
    }
  })

  it("gives each seed another suite as long as there are any, one of each project first", () => {
    const here = folderOf({
      "test-durations/a.csv": Array.from({ length: 9 }, (_, index) => suites(`env-${index}`, [index + 1])).flatMap(
        ([header = "", ...rows], index) => (index === 0 ? [header, ...rows] : rows)
      ),
      "test-durations/b.csv": suites("linux", [100])
    })
    const scenario = traceScenario("test-durations", here)
    const [part] = scenario.parts
    if (part === undefined) throw new Error("it has one")
    const workOf = (seed: number): number => materialOf(part, seed).tasks.reduce((sum, { work }) => sum + work, 0)
    const works = Array.from({ length: 10 }, (_, index) => workOf(index + 1))
    expect(scenario.seeds).toBe(10)
    expect(new Set(works).size).toBe(10)
    expect(works.slice(0, 2)).toContain(100_000)
    expect([workOf(11), workOf(0)]).toEqual([works[0], works[9]])
    expect(traceScenario("test-durations/b", here).seeds).toBe(1)
  })

  it("takes one call in ten", () => {
    const [part] = traceScenario("azure-functions", folder()).parts
    if (part === undefined) throw new Error("it has one")
    const { tasks, servers } = materialOf(part, 1)
    expect(tasks.length).toBeGreaterThan(40)
    expect(tasks.length).toBeLessThan(120)
    expect(servers.map(({ slots }) => slots)).toEqual(Array.from({ length: 10 }, () => 32))
  })
})

describe("areaBound", () => {
  it("is the greater of the areas that are to come and of each job by itself", () => {
    const cpu = (cores: number) => ({ requires: { cpu: cores } })
    expect(areaBound([], 4)).toBe(0)
    expect(areaBound([{ at: 0, work: 100, options: cpu(2) }], 4)).toBe(100)
    expect(
      areaBound(
        [
          { at: 0, work: 100, options: cpu(3) },
          { at: 50, work: 100, options: cpu(3) },
          { at: 50, work: 100, options: cpu(4) }
        ],
        4
      )
    ).toBe(250)
  })
})
