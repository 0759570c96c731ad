import { describe, expect, it } from "vitest"
import { readSwf, swfLogs, swfTasks, TraceMissing } from "../../../../actors/simulation/traces/index.ts"
import { folderOf, thrownBy } from "./given.ts"

const jobs = [
  "job_id,submit_s,run_s,procs_alloc,procs_req,time_req_s,user",
  "1,10,5,2,4,60,7",
  "5,20,4,1,1,738738720,7",
  "2,0,3,8,-1,-1,-1",
  "3,11,0,1,1,60,7",
  "4,12,9,-1,-1,60,7"
]
const machines = ["log,procs,acknowledge", 'other,99,"A, B"', "somewhere-2031,64,C"]

describe("readSwf", () => {
  it("reads jobs in the order of submission, and leaves out what has no run time, no processors or no likely estimate", () => {
    const folder = folderOf({ "swf/held-out/somewhere-2031.csv.gz": jobs, "swf/held-out/about.csv": machines })
    expect(swfLogs(folder)).toEqual(["somewhere-2031"])
    expect(readSwf(folder, "somewhere-2031")).toEqual({
      log: "somewhere-2031",
      procs: 64,
      dropped: 2,
      jobs: [
        { id: 2, submitAt: 0, run: 3_000, procs: 8 },
        { id: 1, submitAt: 10_000, run: 5_000, procs: 4, estimate: 60_000, user: 7 },
        { id: 5, submitAt: 20_000, run: 4_000, procs: 1, user: 7 }
      ]
    })
  })

  it("takes the machine to be as large as its largest job where nothing is said of it", () => {
    expect(readSwf(folderOf({ "swf/log.csv": jobs }), "log").procs).toBe(8)
  })

  it("names the logs there are where it does not find the one asked for", () => {
    const error = thrownBy(() => readSwf(folderOf({ "swf/log.csv": jobs }), "gone"))
    expect(error).toBeInstanceOf(TraceMissing)
    expect(error).toMatchObject({ trace: "swf gone", hint: "there are: log", code: "BALLAST_TRACE_MISSING" })
  })

  it("says how to name the folder where there is none", () => {
    expect(thrownBy(() => readSwf("/nowhere/at/all", "log"))).toMatchObject({
      path: "/nowhere/at/all",
      hint: expect.stringContaining("BALLAST_TRACES")
    })
  })
})

describe("swfTasks", () => {
  it("asks for as many cores as processors, and declares what the user estimated", () => {
    const log = readSwf(folderOf({ "swf/log.csv": jobs }), "log")
    const [first, second] = swfTasks(log)
    expect(first).toEqual({ at: 0, work: 3_000, options: { requires: { cpu: 8 }, expectedDuration: 3_000 } })
    expect(second?.options).toEqual({ requires: { cpu: 4 }, expectedDuration: 60_000, tenant: "7" })
  })

  it("declares what a job will really take, or nothing, where that is asked for", () => {
    const log = readSwf(folderOf({ "swf/log.csv": jobs }), "log")
    expect(swfTasks(log, "exact").map(({ options }) => options?.expectedDuration)).toEqual([3_000, 5_000, 4_000])
    expect(swfTasks(log, "none").every(({ options }) => options?.expectedDuration === undefined)).toBe(true)
  })
})
