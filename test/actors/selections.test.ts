import { afterEach, describe, expect, it } from "vitest"
import { DeadlineExceeded, InvalidOptions, ShuttingDown, Unschedulable } from "../../actors/index.ts"
import { failureOf, next, type Plain, start } from "./given.ts"

let ballast: Plain
afterEach(() => ballast.shutdown({ timeout: 0 }))

const started = async (options: Parameters<typeof start>[0] = {}) => {
  ballast = await start(options)
  return ballast
}

const done = { success: true, ms: 5 } as const

describe("a selection", () => {
  it("names a worker that has what is required, an epoch, and why", async () => {
    await started({
      workers: [
        { id: "small", capacity: { memory: 1 } },
        { id: "large", capacity: { memory: 8 } }
      ]
    })
    const { workerId, epoch, explanation } = await ballast.select("anything", { memory: 4 })
    expect(workerId).toBe("large")
    expect(epoch).toBeGreaterThan(0)
    expect(explanation).toContain("large")
  })

  it("holds what it requires until it is completed", async () => {
    await started({ workers: [{ id: "w", capacity: { memory: 8, concurrent: 4 } }] })
    const first = await ballast.select("a", { memory: 6 })
    const second = ballast.select("a", { memory: 6 })
    const third = await ballast.select("b", { memory: 2 })
    expect(third.workerId).toBe("w")
    expect(await ballast.complete(first.epoch, done)).toBe(true)
    expect((await second).epoch).toBeGreaterThan(third.epoch)
  })

  it("is completed once", async () => {
    await started()
    const { epoch } = await ballast.select("a")
    expect(await ballast.complete(epoch, done)).toBe(true)
    expect(await ballast.complete(epoch, done)).toBe(false)
    expect(await ballast.complete(9_999, done)).toBe(false)
  })

  it("heeds the concurrency key that it shares with tasks that run here", async () => {
    await started()
    const { epoch } = await ballast.select("a", undefined, { concurrencyKey: "k" })
    const task = ballast.submit("echo", 2, { concurrencyKey: "k" })
    await task.accepted
    expect(task.status).toBe("queued")
    await ballast.complete(epoch, { success: false, ms: 1 })
    expect(await task.result).toBe(2)
  })

  it("teaches as other runs do: a strategy that goes by run times prefers the quicker worker", async () => {
    await started({ workers: [{ id: "slow" }, { id: "quick" }], strategy: "performance_based" })
    for (let round = 0; round < 12; round += 1) {
      const both = [await ballast.select("a"), await ballast.select("a")]
      for (const { workerId, epoch } of both) {
        await ballast.complete(epoch, { success: true, ms: workerId === "quick" ? 1 : 40 })
      }
    }
    const { workerId } = await ballast.select("a")
    expect(workerId).toBe("quick")
  })

  it("ends with its worker: its epoch is not current any more, and nobody else is given its task", async () => {
    await started({ workers: [{ id: "w1" }, { id: "w2" }] })
    const { workerId, epoch } = await ballast.select("a")
    const failed = next(ballast, "TaskFailed")
    await ballast.workers.restart(workerId)
    expect((await failed).reason).toBe("worker-lost")
    expect(await ballast.complete(epoch, done)).toBe(false)
  })

  it("ends with its worker also where no other can have it: its key is free, and nothing is left to do", async () => {
    await started({ workers: 1 })
    await ballast.remote.register("r1")
    const { epoch } = await ballast.select("a", { labels: { isolation: "remote" } }, { concurrencyKey: "k" })
    const drained = ballast.workers.drain("r1")
    await ballast.remote.deregister("r1")
    await drained
    expect(await ballast.run("echo", 2, { concurrencyKey: "k" })).toBe(2)
    expect(await ballast.complete(epoch, done)).toBe(false)
    await ballast.drain()
  })

  it("cannot be completed once the runtime has stopped", async () => {
    await started({ workers: 1 })
    const { epoch } = await ballast.select("a")
    await ballast.shutdown({ timeout: 0 })
    expect(await failureOf(ballast.complete(epoch, done))).toBeInstanceOf(ShuttingDown)
  })

  it("rejects where no worker can ever do, where its time runs out, and where it makes no sense", async () => {
    await started({ workers: [{ id: "w", capacity: { memory: 1 } }] })
    expect(await failureOf(ballast.select("a", { memory: 4 }))).toBeInstanceOf(Unschedulable)
    await ballast.select("a")
    expect(await failureOf(ballast.select("a", undefined, { queueTimeout: 1 }))).toBeInstanceOf(DeadlineExceeded)
    expect(await failureOf(ballast.select("a", { memory: -1 }))).toBeInstanceOf(InvalidOptions)
    expect(await failureOf(ballast.complete(1, { success: true, ms: Number.NaN }))).toBeInstanceOf(InvalidOptions)
  })

  it("gives back what it held where it expires meanwhile", async () => {
    await started({ workers: [{ id: "w" }] })
    const { epoch } = await ballast.select("a", undefined, { deadline: 30 })
    expect(await ballast.run("echo", 2)).toBe(2)
    expect(await ballast.complete(epoch, done)).toBe(false)
  })
})
