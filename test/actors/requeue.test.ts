import { describe, expect, it } from "vitest"
import type { BallastOptions } from "../../src/config/index.ts"
import { toWorkerSpec, type WorkerDefinition } from "../../src/config/index.ts"
import type { LedgerEvent } from "../../src/model/index.ts"
import { simulated } from "./simulated.ts"

const machine = { cores: 4, memoryGiB: 8, storageGiB: 10, hostname: "host", nodeVersion: "24.0.0" }
const requires = { labels: { of: "x" } }
const able: WorkerDefinition = { capabilities: { labels: { of: "x" } } }

/** A runtime from which the only worker that could run the task has left. */
const left = async (options: Omit<BallastOptions, "handlers"> = {}) => {
  const given = await simulated({ options })
  const { simulation, runtime } = given
  const { time } = simulation
  const parked: Array<Extract<LedgerEvent, { readonly _tag: "TaskParked" }>> = []
  runtime.bus.subscribe((event) => void (event._tag === "TaskParked" && parked.push(event)))
  const spawn = async (id: string, definition: WorkerDefinition = {}): Promise<void> => {
    time.fork(runtime.workforce.spawn(toWorkerSpec(definition, id, machine, 2)))
    await simulation.runUntil(() => runtime.ledger.worker(id)?.phase === "up", 10_000)
  }
  await spawn("x", able)
  time.fork(runtime.workforce.retire("x"))
  await simulation.runUntil(() => runtime.ledger.worker("x") === undefined, 10_000)
  return { ...given, parked, spawn }
}

describe("a task whose only worker has left", () => {
  it("waits though that worker is given up on only then: who is gone is nobody's loss", async () => {
    const { submit, runtime, simulation } = await left()
    runtime.coordinator.tell("WorkerFailed", { workerId: "x" })
    simulation.time.fork(runtime.workforce.retire("w1"))
    await simulation.runUntil(() => runtime.ledger.workers.size === 0, 10_000)
    const task = await submit("a")
    expect(task.status).toBe("queued")
  })

  it("is parked, says so with what is missing, and runs when another comes", async () => {
    const { submit, parked, spawn, runtime, simulation } = await left()
    const { id } = await submit("a", { requires })
    expect(parked).toMatchObject([{ requeues: 0, unmet: [{ workerId: "w1", reasons: ["label of is not x"] }] }])
    expect(runtime.explain(id)).toBe(
      "waits: no worker of the pool can ever run it (w1: label of is not x); one that can joining would wake it, tried 0 of 5 times"
    )
    await spawn("another", able)
    await simulation.runUntil(() => runtime.ledger.task(id)?.status === "running", 1_000)
    expect(runtime.ledger.task(id)?.assignment?.workerId).toBe("another")
  })

  it("fails after as many tries in vain as are allowed, with what each worker lacks", async () => {
    const { submit, parked, spawn, runtime, simulation } = await left({ maxRequeueAttempts: 2 })
    const handle = await submit("a", { requires })
    const failure = handle.result.catch((error: unknown) => error)
    await spawn("b")
    await simulation.runUntil(() => runtime.ledger.task("a")?.requeues === 1, 5_000)
    await spawn("c")
    await simulation.runUntil(() => runtime.ledger.task("a")?.outcome !== undefined, 5_000)
    expect(await failure).toMatchObject({ _tag: "Unschedulable", tries: 2 })
    expect(parked.map(({ requeues }) => requeues)).toEqual([0, 1])
    expect(runtime.explain("a")).toContain("no worker can ever run task a, tried 2 times: w1: label of is not x; b: ")
  })

  it("ends by its own limits where nobody comes, without a try", async () => {
    const { submit, parked, runtime, simulation } = await left()
    await submit("a", { requires, queueTimeout: "1 hour" })
    await simulation.runUntil(() => runtime.ledger.task("a")?.outcome !== undefined, 4_000_000)
    expect(runtime.ledger.task("a")?.outcome).toMatchObject({ _tag: "expired", limit: "queueTimeout" })
    expect(parked).toHaveLength(1)
  })
})
