import { describe, expect, it } from "vitest"
import { SimulatedDriver, Simulation, type WorldOptions } from "../../../actors/simulation/index.ts"
import { SubmissionBatch } from "../../../actors/submission-batch.ts"
import { toSettings, toTaskSpec, toWorkerSpec } from "../../../src/config/index.ts"
import type { WorkerSink } from "../../../src/execution/index.ts"
import { Epoch } from "../../../src/model/index.ts"
import { openMetrics } from "../../../src/storage/index.ts"
import { VirtualTime } from "../../../src/testing/index.ts"

const machine = { cores: 4, memoryGiB: 8, storageGiB: 10, hostname: "host", nodeVersion: "24.0.0" }
const workerSpec = (id: string) => toWorkerSpec({ capacity: { concurrent: 2 } }, id, machine, 1)
const smooth: Partial<WorldOptions> = { failures: 0, hangs: 0, crashes: 0 }

const command = (epoch: number, taskId: string, state: unknown = undefined) => ({
  epoch: Epoch(epoch),
  taskId,
  type: "work",
  payload: null,
  attempt: 1,
  state
})

const listening = () => {
  const heard: Array<string> = []
  const sink: WorkerSink = {
    ready: () => heard.push("ready"),
    reports: (batch) => heard.push(...batch.map(({ _tag, epoch }) => `${_tag} ${epoch}`)),
    heartbeat: () => {},
    exit: ({ reason }) => heard.push(reason)
  }
  return { heard, sink }
}

const opened = (seed: number, world: Partial<WorldOptions>) => {
  const time = new VirtualTime({ seed })
  const driver = new SimulatedDriver(time, seed, world)
  const { heard, sink } = listening()
  const connection = driver.open(workerSpec("w"), sink)
  return { time, driver, connection, heard }
}

describe("a simulated thread", () => {
  it("says nothing within a call, then that it is ready, then what became of its runs", () => {
    const { time, connection, heard } = opened(1, { ...smooth, checkpoints: 0 })
    connection.run(command(1, "a"))
    expect(heard).toEqual([])
    time.advance(1_000)
    expect(heard).toEqual(["ready", "Completed 1"])
  })

  it("ends once and last when it crashes, and its runs with it", () => {
    const { time, driver, connection, heard } = opened(1, smooth)
    connection.run(command(1, "a"))
    expect(time.runUntil(() => heard.includes("ready"), 1_000)).toBe(true)
    driver.of("w")?.crash([])
    driver.of("w")?.crash(undefined)
    connection.run(command(2, "b"))
    time.advance(1_000)
    expect(heard).toEqual(["ready", "crashed"])
    expect(driver.alive).toEqual([])
  })

  it("hands a run over at its next checkpoint", () => {
    const { time, connection, heard } = opened(3, { ...smooth, latency: 0, checkpoints: 50, step: 5 })
    connection.run(command(1, "a"))
    expect(time.runUntil(() => heard.includes("ready"), 1_000)).toBe(true)
    connection.yieldAt(Epoch(1))
    time.advance(1_000)
    expect(heard).toEqual(["ready", "Checkpointed 1", "Yielded 1"])
  })

  it("gives a task the same fate whatever ran before it", () => {
    const fates = (taskIds: ReadonlyArray<string>): ReadonlyMap<string, string | undefined> => {
      const { time, connection, heard } = opened(7, { crashes: 0, hangs: 0, failures: 0.5, checkpoints: 0 })
      for (const [index, id] of taskIds.entries()) connection.run(command(index, id))
      time.advance(10_000)
      const end = (index: number) => heard.find((said) => said.endsWith(` ${index}`))?.split(" ")[0]
      return new Map(taskIds.map((id, index) => [id, end(index)]))
    }
    const forward = fates(["a", "b", "c", "d"])
    const backward = fates(["d", "c", "b", "a"])
    expect(new Set(forward.values())).toEqual(new Set(["Completed", "Failed"]))
    for (const [id, fate] of forward) expect(backward.get(id)).toBe(fate)
  })
})

describe("a simulation", () => {
  it("runs the real actors through minutes of work, and is stopped with no thread left", async () => {
    const simulation = await Simulation.start({
      seed: 1,
      settings: toSettings({}),
      strategy: "least_connections",
      store: openMetrics(),
      world: { ...smooth, step: 10_000 }
    })
    const { runtime, time, driver } = simulation
    for (const id of ["w1", "w2"]) time.fork(runtime.workforce.spawn(workerSpec(id)))
    const ids = Array.from({ length: 50 }, (_, index) => `t${index}`)
    const handles = ids.map((id) => {
      const handle = runtime.handles.open(id)
      const spec = toTaskSpec(id, "work", null, {}, time.now)
      runtime.coordinator.tell("Submit", { batch: SubmissionBatch.of({ spec, wait: true }) })
      return handle
    })
    expect(await simulation.runUntil(() => handles.every(({ isSettled }) => isSettled), 3_600_000)).toBe(true)
    expect(await Promise.all(handles.map(({ result }) => result))).toEqual(ids)
    expect(time.now).toBeGreaterThan(60_000)
    expect(await simulation.stop()).toBe(true)
    expect(driver.alive).toEqual([])
  })
})
