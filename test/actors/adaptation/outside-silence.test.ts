import { describe, expect, it } from "vitest"
import { toWorkerSpec } from "../../../src/config/index.ts"
import { crowdedWorld } from "./given.ts"

const machine = { cores: 4, memoryGiB: 8, storageGiB: 10, hostname: "host", nodeVersion: "24.0.0" }

/** A worker from which nobody hears anything after its start, for a minute: whether it was given up on, and why. */
const silent = async (isolation: "thread" | "remote") => {
  const { simulation, runtime, driver, of } = await crowdedWorld({
    world: { heartbeatInterval: 3_600_000 },
    workers: 1
  })
  driver.describe("r1", { cores: 1 })
  simulation.time.fork(runtime.workforce.spawn({ ...toWorkerSpec({}, "r1", machine, 1), isolation }))
  await simulation.advance(60_000)
  const verdicts = of("WorkerAssessed").filter(({ workerId }) => workerId === "r1")
  return {
    verdicts: new Set(verdicts.map(({ verdict }) => verdict)),
    exits: of("WorkerExited").filter(({ workerId }) => workerId === "r1").length
  }
}

describe("a worker that says nothing while it has nothing to do", () => {
  it("has failed where it is a thread of ours", async () => {
    const { verdicts, exits } = await silent("thread")
    expect(verdicts).toContain("failed")
    expect(exits).toBeGreaterThan(0)
  })

  it("is left to its lease where it is outside: it may wait for a task for minutes", async () => {
    const { verdicts, exits } = await silent("remote")
    expect(verdicts).toEqual(new Set(["warming", "up"]))
    expect(exits).toBe(0)
  })
})
