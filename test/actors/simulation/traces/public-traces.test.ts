import { describe, expect, it } from "vitest"
import {
  azureTasks,
  type Family,
  listTraces,
  previousSuite,
  readAzureFunctions,
  readOpenb,
  readPlanetlab,
  readSwf,
  readTestDurations,
  swfTasks,
  traceFolder
} from "../../../../actors/simulation/traces/index.ts"
import { chanceOf, workloadProblems } from "../../../../actors/simulation/workload/index.ts"
import { mean } from "../../../../src/statistics/index.ts"
import { needsTraces } from "./given.ts"

const folder = traceFolder()
const listed = folder === undefined ? [] : listTraces(folder)
const namesOf = (family: Family) => listed.filter((each) => each.family === family).map(({ name = "" }) => name)
const isListed = (family: Family, name?: string) =>
  listed.some((each) => each.family === family && (name === undefined || each.name === name))

/** Known figures hold for the published files alone; another folder may have others. */
const known = (family: Family, name?: string) => it.skipIf(!isListed(family, name))

describe.skipIf(folder === undefined)(`the public traces (${needsTraces})`, () => {
  const from = folder ?? ""

  it("can all be read, whatever they are called", () => {
    for (const log of namesOf("swf")) expect(readSwf(from, log).jobs.length).toBeGreaterThan(0)
    for (const mix of namesOf("openb")) expect(readOpenb(from, mix).pods.length).toBeGreaterThan(0)
    for (const day of namesOf("planetlab")) expect(readPlanetlab(from, day).samples).toBe(288)
  })

  known("openb", "default")("openb has the cluster of the published experiments", () => {
    const { nodes, pods } = readOpenb(from, "default")
    expect(nodes).toHaveLength(1_213)
    expect(nodes.reduce((sum, { gpus }) => sum + gpus, 0)).toBe(6_212)
    expect(pods).toHaveLength(8_152)
  })

  known("swf", "KTH-SP2-1996")("KTH-SP2 is the filtered log", () => {
    const log = readSwf(from, "KTH-SP2-1996")
    expect({ procs: log.procs, jobs: log.jobs.length, dropped: log.dropped }).toEqual({
      procs: 100,
      jobs: 28_481,
      dropped: 0
    })
    const offered = log.jobs.reduce((sum, { run, procs }) => sum + run * procs, 0)
    expect(offered / (100 * (log.jobs.at(-1)?.submitAt ?? 0))).toBeCloseTo(0.687, 2)
    expect(
      workloadProblems({
        arrivals: { type: "replay", tasks: swfTasks(log) },
        kinds: [{ type: "work", work: { type: "constant", ms: 1 } }]
      })
    ).toEqual([])
  })

  known("planetlab", "20110303")("PlanetLab has the machines and the mean use that are published for the day", () => {
    const { vms, demand } = readPlanetlab(from, "20110303")
    expect(vms).toHaveLength(1_052)
    expect(mean(demand)).toBeCloseTo(0.1231, 3)
  })

  known("azure-functions")("Azure's functions arrive as often as they were called", () => {
    const trace = readAzureFunctions(from)
    const called = trace.functions.reduce((sum, { perMinute }) => sum + (perMinute[trace.from] ?? 0), 0)
    const tasks = [...azureTasks(trace, chanceOf("azure"), { to: trace.from + 1 })]
    expect(tasks).toHaveLength(called)
    expect(called).toBeGreaterThan(0)
  })

  known("test-durations")("some suites are known from an earlier date", () => {
    const suites = readTestDurations(from)
    const stale = suites.filter((suite) => previousSuite(suites, suite) !== undefined)
    expect(stale.length).toBeGreaterThan(0)
    expect(stale.length).toBeLessThan(suites.length)
  })
})
