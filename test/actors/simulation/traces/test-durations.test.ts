import { describe, expect, it } from "vitest"
import { previousSuite, readTestDurations, testDurationTasks } from "../../../../actors/simulation/traces/index.ts"
import { folderOf, thrownBy } from "./given.ts"

const header = "snapshot,env,config,test_file,seconds"

const folder = () =>
  folderOf({
    "test-durations/old/files.csv": [header, "2022-08-01,linux,slow,a,1.5", "2022-12-01,linux,slow,a,2"],
    "test-durations/new/files.csv": [header, "2026-01-30,linux,slow,a,3", "2026-01-30,linux,slow,b,4"],
    "test-durations/new/cycles.csv": ["id,test,duration,cycle", "1,t,250,9", "2,t,500,10"],
    "test-durations/new/specs.csv": ["spec_file,seconds", "s,0.001"]
  })

describe("readTestDurations", () => {
  it("finds suites by project, environment and date, in milliseconds", () => {
    const suites = readTestDurations(folder())
    expect(suites.map(({ name, snapshot, tests }) => [name, snapshot, ...tests.map(({ ms }) => ms)])).toEqual([
      ["cycles", "9", 250],
      ["cycles", "10", 500],
      ["files linux slow", "2026-01-30", 3_000, 4_000],
      ["specs", "", 1],
      ["files linux slow", "2022-08-01", 1_500],
      ["files linux slow", "2022-12-01", 2_000]
    ])
  })

  it("refuses a negative duration", () => {
    const given = folderOf({ "test-durations/f.csv": ["spec_file,seconds", "s,-1"] })
    expect(thrownBy(() => readTestDurations(given))).toMatchObject({ line: 2, problem: "a duration of -1000 ms" })
  })
})

describe("testDurationTasks", () => {
  it("declares what was known at the date before, and nothing of new tests", () => {
    const suites = readTestDurations(folder())
    const latest = suites.find(({ snapshot }) => snapshot === "2026-01-30")
    if (latest === undefined) throw new Error("the suite was read")
    const before = previousSuite(suites, latest)
    expect(before?.snapshot).toBe("2022-12-01")
    expect(testDurationTasks(latest, before)).toEqual([
      { at: 0, work: 3_000, options: { expectedDuration: 2_000 } },
      { at: 0, work: 4_000 }
    ])
    expect(testDurationTasks(latest).every(({ options }) => options === undefined)).toBe(true)
  })

  it("counts cycles as numbers", () => {
    const suites = readTestDurations(folder())
    const snapshots = suites
      .filter(({ name }) => name === "cycles")
      .map((suite) => previousSuite(suites, suite)?.snapshot)
    expect(snapshots).toEqual([undefined, "9"])
  })
})
