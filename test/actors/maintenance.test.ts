import { describe, expect, it } from "vitest"
import { InvalidOptions } from "../../src/model/index.ts"
import { cellsOf, failureOf, next, open, type Plain, running, start } from "./given.ts"

const statusOf = (ballast: Plain, id: string) => ballast.workers.list().find((worker) => worker.id === id)?.status
const placesOf = async (ballast: Plain, count = 8): Promise<ReadonlySet<string>> =>
  new Set(
    (await Promise.all(Array.from({ length: count }, () => ballast.run("where", undefined)))).map((at) => at.workerId)
  )

describe("maintenance: `workers.pause` and `workers.resume` (B5)", () => {
  it("a paused worker finishes what it has, gets nothing more, and takes work again once it is resumed", async () => {
    await using ballast = await start()
    const cells = cellsOf()
    const held = ballast.submit("hold", { cells })
    await running(ballast, held.id)
    const id = ballast.workers.list().find((one) => one.running > 0)?.id ?? ""
    await ballast.workers.pause(id)
    expect(statusOf(ballast, id)).toBe("maintenance")
    expect(await placesOf(ballast)).not.toContain(id)
    open(cells)
    expect(await held.result).toBe(id)
    await ballast.workers.resume(id)
    expect(["available", "warming"]).toContain(statusOf(ballast, id))
    const other = id === "w1" ? "w2" : "w1"
    await ballast.workers.pause(other)
    expect(await placesOf(ballast)).toEqual(new Set([id]))
  })

  it("it stays in maintenance though its thread is started anew", async () => {
    await using ballast = await start()
    await ballast.workers.pause("w1")
    const back = next(ballast, "WorkerReady", ({ workerId }) => workerId === "w1")
    await ballast.workers.restart("w1")
    await back
    expect(await placesOf(ballast)).toEqual(new Set(["w2"]))
    expect(statusOf(ballast, "w1")).toBe("maintenance")
  })

  it("what waits while all are paused begins as soon as one is resumed", async () => {
    await using ballast = await start()
    await Promise.all(["w1", "w2"].map((id) => ballast.workers.pause(id)))
    const task = ballast.submit("where", undefined)
    await task.accepted
    expect(task.status).toBe("queued")
    expect(ballast.explain(task.id)).toContain("maintenance")
    await ballast.workers.resume("w2")
    expect((await task.result).workerId).toBe("w2")
  })

  it("may be said twice, and to resume a worker that takes work changes nothing", async () => {
    await using ballast = await start()
    await ballast.workers.pause("w1")
    await ballast.workers.pause("w1")
    expect(statusOf(ballast, "w1")).toBe("maintenance")
    await ballast.workers.resume("w1")
    await ballast.workers.resume("w1")
    await ballast.workers.resume("w2")
    expect(await placesOf(ballast)).toEqual(new Set(["w1", "w2"]))
  })

  it("refuses a worker that drains, with the reason and what to do, and one that is not there", async () => {
    await using ballast = await start()
    await ballast.workers.drain("w1")
    for (const call of [ballast.workers.pause("w1"), ballast.workers.resume("w1")]) {
      const error = await failureOf(call)
      expect(error).toBeInstanceOf(InvalidOptions)
      expect(String(error)).toContain('worker "w1" is draining')
      expect(String(error)).toContain("retire it, and spawn another")
    }
    expect(String(await failureOf(ballast.workers.pause("w9")))).toContain('there is no worker "w9"')
  })

  it("a worker in maintenance can be retired, and drained", async () => {
    await using ballast = await start({ workers: 3 })
    await ballast.workers.pause("w1")
    await ballast.workers.retire("w1")
    expect(ballast.workers.list().map(({ id }) => id)).toEqual(["w2", "w3"])
    await ballast.workers.pause("w2")
    await ballast.workers.drain("w2")
    expect(statusOf(ballast, "w2")).toBe("draining")
  })
})
