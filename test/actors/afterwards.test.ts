import { describe, expect, it } from "vitest"
import { ShuttingDown, TaskFailed, WorkerLost } from "../../actors/index.ts"
import { cellsOf, failureOf, next, open, running, start } from "./given.ts"

describe("what comes after", () => {
  it("a handle still knows how its task ended when the runtime has forgotten the task", async () => {
    await using ballast = await start({ retain: 1 })
    const first = ballast.submit("add", { a: 1, b: 2 })
    const failing = ballast.submit("boom", { code: "E_NO" })
    await first.result
    await failureOf(failing.result)
    for (let n = 0; n < 5; n += 1) await ballast.run("add", { a: n, b: n })
    expect(first.status).toBe("completed")
    expect(failing.status).toBe("failed")
  })

  it("a task whose payload was moved has one run, and fails with its handler's own error", async () => {
    await using ballast = await start()
    const buffer = new ArrayBuffer(8)
    const moved = ballast.submit("size", { buffer }, { transfer: [buffer] })
    expect(await moved.result).toBe(8)
    expect(buffer.byteLength).toBe(0)

    const other = new ArrayBuffer(8)
    const payload = { code: "E_OWN", other }
    const failed = await failureOf(ballast.submit("boom", payload, { retries: 3, transfer: [other] }).result)
    expect(failed).toBeInstanceOf(TaskFailed)
    expect(failed).toMatchObject({ attempts: 1, cause: { code: "E_OWN" } })
  })

  it("a task whose payload went down with its worker is lost with it, and says so", async () => {
    await using ballast = await start({ workers: [{ id: "only" }] })
    const cells = cellsOf()
    const buffer = new ArrayBuffer(8)
    const held = ballast.submit("hold", Object.assign({ cells }, { buffer }), { transfer: [buffer] })
    const lost = failureOf(held.result)
    await running(ballast, held.id)
    await ballast.workers.restart("only")
    expect(await lost).toBeInstanceOf(WorkerLost)
  })

  it("a worker that takes the id of one that was given up on is given work as soon as it has started", async () => {
    await using ballast = await start({ workers: [{ id: "frail", restart: { type: "temporary" } }, { id: "firm" }] })
    const givenUp = next(ballast, "WorkerGivenUp")
    await failureOf(ballast.submit("exit", undefined, { maxCrashes: 1 }).result)
    expect((await givenUp).workerId).toBe("frail")
    await ballast.workers.retire("frail")
    const added = next(ballast, "WorkerAdded")
    const spawned = ballast.workers.spawn({ id: "frail", capabilities: { labels: { again: "yes" } } })
    await added
    // Its thread has not started yet: the task waits for it.
    expect(await ballast.run("add", { a: 20, b: 22 }, { requires: { labels: { again: "yes" } } })).toBe(42)
    await spawned
  })

  it("a worker that is still starting when the runtime stops is no promise left open", async () => {
    const ballast = await start()
    const spawned = failureOf(ballast.workers.spawn({ id: "late" }))
    await ballast.shutdown()
    expect(await Promise.race([spawned, ballast.drain().then(() => spawned)])).toBeInstanceOf(Error)
  })

  it("a running task at a shutdown that cannot wait was accepted, and fails with ShuttingDown", async () => {
    const ballast = await start()
    const cells = cellsOf()
    const held = ballast.submit("hold", { cells })
    const ended = failureOf(held.result)
    await running(ballast, held.id)
    await ballast.shutdown({ timeout: 1 })
    open(cells)
    expect(await ended).toBeInstanceOf(ShuttingDown)
    expect(held.status).toBe("failed")
    await held.accepted
  })
})
