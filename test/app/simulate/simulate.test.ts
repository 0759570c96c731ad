import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest"
import { ballast, type Ended, jsonLines } from "../command-line.ts"

const small = "test/app/simulate/worlds/small.ts"

const simulate = (...args: ReadonlyArray<string>): Promise<Ended> => ballast(["simulate", ...args])

let folder = ""

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ballast-simulate-"))
})

afterEach(() => vi.unstubAllEnvs())

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe("ballast simulate", () => {
  it("prints a scenario for programs as one JSON object, and nothing else", async () => {
    const { code, stdout, stderr } = await simulate("C10", "--seeds", "2", "--json")
    expect(code).toBe(0)
    const figure = expect.any(Number)
    expect(jsonLines(stdout)).toEqual([
      {
        id: "C10",
        seeds: 2,
        rows: [
          {
            row: "share within 1 s",
            ballast: figure,
            interval: [figure, figure],
            baselines: { "round robin": figure, "least loaded": figure, "peak ewma": figure }
          }
        ]
      }
    ])
    expect(stderr).toMatch(/2 seeds in [\d.]+ s; [\d,]+ simulated events, [\d,]+ a second\n$/)
  })

  it("says the same in another process and on other threads, byte for byte", async () => {
    const seeds = ["--seeds", "3"]
    const alone = await simulate("C6", ...seeds, "--jobs", "1")
    expect([alone.code, alone.stdout]).toEqual([0, expect.stringContaining("ballast")])
    expect((await simulate("c6", ...seeds, "--jobs", "1")).stdout).toBe(alone.stdout)
    expect((await simulate("c6", ...seeds, "--jobs", "3")).stdout).toBe(alone.stdout)
  })

  it("tells a reader what was compared, how it would be gamed, and what came of it, as a table and in words", async () => {
    const { code, stdout } = await simulate(small, "--seeds", "6", "--jobs", "1")
    expect(code).toBe(0)
    expect(stdout).toMatch(/^small: a world of one's own\n\nscene {5}What small\.ts says/)
    for (const label of ["measured", "gamed", "over"]) expect(stdout).toMatch(new RegExp(`^${label} +\\w`, "m"))
    expect(stdout).toContain("6 paired seeds, 40 to 45")
    expect(stdout).toMatch(/^ +ballast +95 % +round_robin$/m)
    expect(stdout).toMatch(/^mean sojourn: ballast [\d.,]+ ms\n {2}.+round_robin \(.+in \d of 6 seeds.*\)$/m)
  })

  it("gives each seed by itself what it gives it among others", async () => {
    const rowsOf = async (...args: ReadonlyArray<string>) =>
      jsonLines((await simulate(small, "--json", "--jobs", "1", ...args)).stdout)
    const [alone, again] = [await rowsOf("--seed", "3", "--seeds", "1"), await rowsOf("--seed", "3", "--seeds", "1")]
    expect(again).toEqual(alone)
    expect(await rowsOf("--seed", "4", "--seeds", "1")).not.toEqual(alone)
  })

  it("reads a world from JSON, too", async () => {
    const { code, stdout } = await simulate("test/app/simulate/worlds/small.json", "--seeds", "1", "--json")
    expect(code).toBe(0)
    expect(jsonLines(stdout)).toMatchObject([
      {
        id: "small",
        seeds: 1,
        // Ten tasks of 5 ms on two workers.
        rows: [{ row: "makespan", ballast: 25 }, {}, {}, { row: "completed", ballast: 100 }]
      }
    ])
  })

  it("writes every event of one seed to a file", async () => {
    const events = join(folder, "events.ndjson")
    const { code, stdout } = await simulate(small, "--events", events, "--json")
    expect(code).toBe(0)
    expect(jsonLines(stdout)).toMatchObject([{ seeds: 1 }])
    const log = jsonLines(readFileSync(events, "utf8"))
    const count = (tag: string): number =>
      log.filter((event) => typeof event === "object" && event !== null && "_tag" in event && event._tag === tag).length
    expect(log[0]).toMatchObject({ _tag: "WorkerAdded", at: 0 })
    // Of Ballast alone, not of what it is compared with.
    expect([count("TaskAccepted"), count("TaskCompleted"), count("WorkerExited")]).toEqual([20, 20, 1])
  })

  it("compares strategies, one's own among them, each new for each seed", async () => {
    const compare = ["--compare", `least_connections,${small}#counting,${small}#randomly`, "--seeds", "3"]
    const [alone, shared] = await Promise.all([
      simulate(small, ...compare, "--jobs", "1", "--json"),
      simulate(small, ...compare, "--jobs", "3", "--json")
    ])
    expect(alone.code).toBe(0)
    expect(shared.stdout).toBe(alone.stdout)
    expect(jsonLines(alone.stdout)).toMatchObject([
      {
        id: "small",
        subject: "least_connections",
        rows: [
          { row: "makespan", baselines: { counting: expect.any(Number), randomly: expect.any(Number) } },
          {},
          {},
          {}
        ]
      }
    ])
  })

  it("compares them in a scenario's worlds, on its rows", async () => {
    const { stdout } = await simulate("c6", "--compare", "round_robin,least_connections", "--seeds", "1", "--json")
    const row = (name: string) => ({ row: name, baselines: { least_connections: expect.any(Number) } })
    expect(jsonLines(stdout)).toMatchObject([
      { id: "C6", subject: "round_robin", rows: ["1:1", "2:1", "4:1", "10:1"].map(row) }
    ])
  })

  it("compares them in rows that sum others up, too, and says what was cut off", async () => {
    const strategies = `round_robin,${small}#randomly,least_connections`
    const { stdout } = await simulate("c1", "--compare", strategies, "--seeds", "1", "--json")
    const figure = expect.any(Number)
    expect(jsonLines(stdout)).toMatchObject([
      {
        subject: "round_robin",
        rows: [
          { row: "seeds won %", ballast: figure, baselines: { randomly: figure, least_connections: figure } },
          { row: "seconds to rebalance" },
          { row: "p99 sojourn" },
          { row: "moves" },
          { row: "work done twice" }
        ]
      }
    ])
  })

  it("says which traces are missing and where they were looked for, and ends with 2 where nothing is left", async () => {
    vi.stubEnv("BALLAST_TRACES", join(folder, "nowhere"))
    const why = `BALLAST_TRACES names ${join(folder, "nowhere")}, which is no folder`
    const packing = await simulate("C11", "--json")
    expect([packing.code, packing.stdout]).toEqual([2, ""])
    expect(packing.stderr).toContain(`want of the trace openb (Alibaba's cluster-trace-gpu-v2023): ${why}.`)
    const suites = await simulate("test-durations")
    expect([suites.code, suites.stdout]).toEqual([2, ""])
    expect(suites.stderr).toContain(`there is no folder of traces: ${why} [BALLAST_TRACE_MISSING]`)
    const completion = await simulate("c5", "--compare", "round_robin,least_connections", "--seeds", "1")
    expect(completion.code).toBe(0)
    for (const row of ["test suites", "azure functions"]) {
      expect(completion.stderr).toContain(`The rows "…, ${row}" are left out`)
      expect(completion.stdout).not.toMatch(new RegExp(`^mean sojourn, ${row}`, "m"))
    }
    expect(completion.stdout).toMatch(/^missing +The rows/m)
  })

  it("warns of seeds that take the same world", async () => {
    vi.stubEnv("BALLAST_TRACES", join(folder, "traces"))
    mkdirSync(join(folder, "traces", "test-durations"), { recursive: true })
    const lines = ["snapshot,env,config,test_file,seconds", "1,linux,default,a,1", "1,linux,default,b,2"]
    writeFileSync(join(folder, "traces", "test-durations", "few.csv"), `${lines.join("\n")}\n`)
    const alone = await simulate("test-durations", "--jobs", "1")
    expect(alone.stdout).toMatch(/^over +seed 1;/m)
    expect(alone.stdout).not.toContain("beware")
    expect((await simulate("test-durations", "--seeds", "2", "--jobs", "1")).stdout).toMatch(/^beware .*the 2 seeds/m)
    const forPrograms = await simulate("test-durations", "--seeds", "2", "--jobs", "1", "--json")
    expect(forPrograms.stderr).toContain("the 2 seeds take only 1 world,")
  })

  it("warns of a strategy that did not decide itself", async () => {
    const { stdout } = await simulate(small, "--compare", `round_robin,${small}#lost`, "--seeds", "1")
    expect(stdout).toMatch(/^beware +lost left \d+ decisions to the runtime/m)
  })

  it.each(["1", "2"])("names the seed that failed, with %s at once", async (jobs) => {
    const { code, stdout, stderr } = await simulate(
      "test/app/simulate/worlds/failing.ts",
      ...["--seed", "2", "--seeds", "2", "--jobs", jobs]
    )
    expect([code, stdout]).toEqual([1, ""])
    expect(stderr).toContain("seed 3 failed: no figure [SEED_FAILED]")
    expect(stderr).toContain("hint: --seed 3 --seeds 1 --jobs 1 runs it alone")
  })

  it("names the seed that took its thread down", async () => {
    const { code, stderr } = await simulate(
      "test/app/simulate/worlds/failing.ts",
      ...["--seed", "7", "--seeds", "2", "--jobs", "2"]
    )
    expect(code).toBe(1)
    expect(stderr).toMatch(/seed 8 failed: .*quarantined.*code 9/)
  })

  it("runs the swarm", async () => {
    const { code, stdout } = await simulate("swarm", "--mode", "liveness", "--seed", "5", "--seeds", "3", "--json")
    expect(code).toBe(0)
    expect(jsonLines(stdout)).toMatchObject([{ id: "swarm", mode: "liveness", seeds: 3, violations: 0, failures: [] }])
  })

  it("shows its options", async () => {
    const { code, stdout } = await simulate("--help")
    expect(code).toBe(0)
    for (const option of ["seed", "seeds", "mode", "compare", "jobs", "events", "json"]) {
      expect(stdout).toContain(`--${option} `)
    }
  })

  it("lists what there is where nothing was named", async () => {
    const { code, stdout, stderr } = await simulate()
    expect([code, stdout]).toEqual([2, ""])
    expect(stderr).toMatch(/^ {2}C10 +slow server$/m)
    expect(stderr).toMatch(/^ {2}swarm +\w/m)
  })

  it("says of a file that it is no JSON", async () => {
    const broken = join(folder, "broken.json")
    writeFileSync(broken, "{ workers: 2")
    expect(await simulate(broken)).toMatchObject({ code: 2, stderr: expect.stringContaining("broken.json is no JSON") })
  })
})
