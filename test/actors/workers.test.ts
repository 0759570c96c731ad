import { describe, expect, it } from "vitest"
import { cellsOf, failureOf, next, open, running, start } from "./given.ts"

describe("workers", () => {
  it("one that is spawned takes work, under an id that is free", async () => {
    await using ballast = await start({ workers: 1 })
    const id = await ballast.workers.spawn({ capabilities: { labels: { of: "new" } } })
    expect(id).toBe("w2")
    expect((await ballast.run("where", undefined, { requires: { labels: { of: "new" } } })).workerId).toBe("w2")
    expect(ballast.workers.list().map((worker) => worker.id)).toEqual(["w1", "w2"])
  })

  it("drain lets it finish, gives it nothing more, and resolves for everybody who asked", async () => {
    await using ballast = await start()
    const cells = cellsOf()
    const held = ballast.submit("hold", { cells })
    await running(ballast, held.id)
    const [worker] = ballast.workers.list().filter((one) => one.running > 0)
    const id = worker?.id ?? ""
    let drained = 0
    const drains = [1, 2].map(() => ballast.workers.drain(id).then(() => (drained += 1)))
    const elsewhere = await Promise.all([1, 2, 3].map(() => ballast.run("where", undefined)))
    expect(elsewhere.map(({ workerId }) => workerId)).not.toContain(id)
    expect(drained).toBe(0)
    open(cells)
    expect(await held.result).toBe(id)
    await Promise.all(drains)
    expect(ballast.workers.list().find((one) => one.id === id)?.status).toBe("draining")
  })

  it("a draining worker whose thread crashes goes on draining when it is back", async () => {
    await using ballast = await start()
    await ballast.workers.drain("w1")
    const back = next(ballast, "WorkerReady", ({ workerId }) => workerId === "w1")
    await ballast.workers.restart("w1")
    await back
    const places = await Promise.all([1, 2, 3, 4].map(() => ballast.run("where", undefined)))
    expect(new Set(places.map(({ workerId }) => workerId))).toEqual(new Set(["w2"]))
  })

  it("retire forgets it; what only it could run then waits for another of its kind", async () => {
    await using ballast = await start({ workers: [{ id: "a", capabilities: { labels: { of: "a" } } }, { id: "b" }] })
    await ballast.workers.retire("a")
    expect(ballast.workers.list().map(({ id }) => id)).toEqual(["b"])
    const requires = { labels: { of: "a" } }
    const parked = next(ballast, "TaskParked")
    const task = ballast.submit("add", { a: 1, b: 1 }, { requires })
    expect(await parked).toMatchObject({ requeues: 0, unmet: [{ workerId: "b", reasons: ["label of is not a"] }] })
    await ballast.workers.spawn({ id: "another", capabilities: { labels: { of: "a" } } })
    expect(await task.result).toBe(2)
  })

  it("restart moves its tasks elsewhere, blames none of them, and it comes back", async () => {
    await using ballast = await start()
    const task = ballast.submit("compute", { chunks: 40, ms: 2 }, { maxCrashes: 1 })
    await next(ballast, "TaskCheckpointed")
    const [worker] = ballast.workers.list().filter((one) => one.running > 0)
    const id = worker?.id ?? ""
    const back = next(ballast, "WorkerReady", ({ workerId }) => workerId === id)
    await ballast.workers.restart(id)
    const { sum, route } = await task.result
    expect(sum).toBe((40 * 41) / 2)
    expect(route).toHaveLength(2)
    await back
  })

  it("one that was given up on gets another chance by restart", async () => {
    await using ballast = await start({ workers: [{ id: "frail", restart: { type: "temporary" } }, { id: "firm" }] })
    await ballast.workers.drain("firm")
    const failed = next(ballast, "WorkerPhaseChanged", ({ phase }) => phase === "failed")
    expect(await failureOf(ballast.run("exit", undefined, { maxCrashes: 1 }))).toMatchObject({ _tag: "Quarantined" })
    await failed
    expect(ballast.workers.list().find(({ id }) => id === "frail")?.status).toBe("failed")
    await ballast.workers.restart("frail")
    expect((await ballast.run("where", undefined)).workerId).toBe("frail")
  })

  it("a run that reaches a worker after its thread has ended is not run there beside the one that replaced it", async () => {
    const restart = { maxRestarts: 1_000, backoff: { base: 1, max: 1 } }
    await using ballast = await start({ workers: [{ restart }, { restart }] })
    const cells = cellsOf()
    const tasks = Array.from({ length: 40 }, () =>
      ballast.run("overlap", { cells }, { concurrencyKey: "one", maxCrashes: 100 })
    )
    const poison = Array.from({ length: 10 }, () => failureOf(ballast.run("exit", undefined, { maxCrashes: 1 })))
    await Promise.all([...tasks, ...poison])
    expect(ballast.stats().tasks).toMatchObject({ completed: 40, quarantined: 10 })
  })
})
