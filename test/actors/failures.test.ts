import { describe, expect, it } from "vitest"
import { cellsOf, failureOf, next, open, record, running, start } from "./given.ts"

describe("what ends a thread", () => {
  it.each(["exit", "lateThrow", "forgottenRejection"] as const)(
    "%s: the task is quarantined after maxCrashes, and the queue behind it moves on",
    async (type) => {
      await using ballast = await start()
      const poison = ballast.submit(type, undefined, { id: "poison", maxCrashes: 2 })
      const behind = Array.from({ length: 20 }, (_, a) => ballast.run("add", { a, b: 0 }))
      expect(await failureOf(poison.result)).toMatchObject({
        _tag: "Quarantined",
        taskId: "poison",
        workers: [expect.stringMatching(/w[12]/), expect.stringMatching(/w[12]/)]
      })
      expect(await Promise.all(behind)).toHaveLength(20)
      expect(ballast.stats().tasks).toMatchObject({ queued: 0, running: 0 })
    }
  )

  it("the others on that worker go on elsewhere and are not blamed", async () => {
    await using ballast = await start({
      workers: [
        { id: "a", capacity: { concurrent: 3 } },
        { id: "b", capacity: { concurrent: 3 } }
      ]
    })
    const cells = cellsOf()
    const held = Array.from({ length: 4 }, () => ballast.submit("hold", { cells }, { maxCrashes: 1 }))
    await Promise.all(held.map(({ id }) => running(ballast, id)))
    const exited = next(ballast, "WorkerExited")
    const poison = ballast.submit("exit", undefined, { maxCrashes: 1 })
    expect(await failureOf(poison.result)).toMatchObject({ _tag: "Quarantined" })
    expect((await exited).failedOver).toHaveLength(2)
    open(cells)
    expect(await Promise.all(held.map((task) => task.result))).toHaveLength(4)
    expect(ballast.stats().tasks.quarantined).toBe(1)
  })

  it("a task that crashed once goes on from its last checkpoint, in its second attempt", async () => {
    await using ballast = await start()
    const { from, attempt } = await ballast.run("count", { to: 8, exitAt: 5 })
    expect({ from, attempt }).toEqual({ from: 5, attempt: 2 })
  })

  it("an endless loop and a hang are timed out, and the worker takes work again", async () => {
    await using ballast = await start({ workers: 1, grace: 30 })
    for (const type of ["spin", "hang"] as const) {
      expect(await failureOf(ballast.run(type, undefined, { timeout: 60 }))).toMatchObject({
        _tag: "TaskTimeout",
        timeout: 60
      })
    }
    expect(await ballast.run("add", { a: 1, b: 1 })).toBe(2)
    // Our own ending of its thread is not the worker's fault.
    expect(ballast.workers.list()).toHaveLength(1)
  })

  it("two workers that crash do not keep a third, throttled one from timing out an endless loop", async () => {
    await using ballast = await start({ workers: [{}, {}, { dutyCycle: 0.3 }], grace: 30 })
    const poison = ballast.submit("exit", undefined, { maxCrashes: 2 })
    expect(await failureOf(poison.result)).toMatchObject({ _tag: "Quarantined" })
    expect(await failureOf(ballast.run("spin", undefined, { timeout: 50 }))).toMatchObject({ _tag: "TaskTimeout" })
  })

  it("a handler that heeds its signal at the timeout keeps its thread", async () => {
    await using ballast = await start({ workers: 1 })
    const events = record(ballast)
    expect(await failureOf(ballast.run("untilAborted", undefined, { timeout: 30 }))).toMatchObject({
      _tag: "TaskTimeout"
    })
    expect(await ballast.run("add", { a: 1, b: 1 })).toBe(2)
    expect(events.some(({ _tag }) => _tag === "WorkerExited")).toBe(false)
  })

  it("a timed-out task is tried again where it has retries, and an endless loop is not blamed on its neighbours", async () => {
    await using ballast = await start({ workers: [{ capacity: { concurrent: 2 } }], grace: 30 })
    const neighbour = ballast.submit("count", { to: 5 }, { maxCrashes: 1 })
    const loop = ballast.submit("spin", undefined, { timeout: 50, retries: 1 })
    expect(await failureOf(loop.result)).toMatchObject({ _tag: "TaskTimeout" })
    expect(await neighbour.result).toMatchObject({ from: expect.any(Number) })
    expect(ballast.stats().tasks.quarantined).toBe(0)
  })

  it("what waits behind an endless loop is not sent to the thread that is being ended", async () => {
    await using ballast = await start({ workers: 1, grace: 20 })
    const loop = ballast.submit("spin", undefined, { timeout: 30 })
    const behind = Array.from({ length: 3 }, () => ballast.run("where", undefined))
    await failureOf(loop.result)
    expect((await Promise.all(behind)).map(({ attempt }) => attempt)).toEqual([1, 1, 1])
  })

  it("a heap that overflows takes only its own worker down", async () => {
    await using ballast = await start({
      workers: [
        { id: "small", resourceLimits: { maxOldGenerationSizeMb: 32 }, capabilities: { labels: { size: "small" } } },
        { id: "other", capabilities: { labels: { size: "other" } } }
      ]
    })
    const exited = next(ballast, "WorkerExited")
    const cells = cellsOf()
    const held = ballast.submit("hold", { cells }, { requires: { labels: { size: "other" } } })
    const hungry = ballast.submit("hungry", undefined, { requires: { labels: { size: "small" } }, maxCrashes: 1 })
    expect(await failureOf(hungry.result)).toMatchObject({
      _tag: "WorkerOutOfMemory",
      workerId: "small",
      crashes: [{ workerId: "small", reason: "out-of-memory" }]
    })
    expect(ballast.stats().tasks.quarantined).toBe(1)
    expect(await exited).toMatchObject({ workerId: "small", reason: "out-of-memory", failedOver: [] })
    open(cells)
    expect(await held.result).toBe("other")
  })

  it("a worker that gives up fails what only it could run with WorkerLost; the others go on", async () => {
    await using ballast = await start({
      workers: [
        { id: "frail", restart: { type: "temporary" }, capabilities: { labels: { of: "frail" } } },
        { id: "firm" }
      ]
    })
    const requires = { labels: { of: "frail" } }
    const givenUp = next(ballast, "WorkerGivenUp")
    const poison = ballast.submit("exit", undefined, { requires, maxCrashes: 5 })
    const behind = ballast.submit("add", { a: 1, b: 1 }, { requires })
    expect(await failureOf(poison.result)).toMatchObject({ _tag: "WorkerLost", workerId: "frail" })
    expect(await failureOf(behind.result)).toMatchObject({ _tag: "WorkerLost", workerId: "frail" })
    expect(await givenUp).toMatchObject({ workerId: "frail" })
    expect(await failureOf(ballast.run("add", { a: 1, b: 1 }, { requires }))).toMatchObject({ _tag: "WorkerLost" })
    expect(await ballast.run("add", { a: 1, b: 1 })).toBe(2)
  })

  it("many crashes leave nothing pending", async () => {
    const restart = { maxRestarts: 1_000, backoff: { base: 1, max: 1 } }
    await using ballast = await start({ workers: [{ restart }, { restart }, { restart }] })
    const tasks = Array.from({ length: 60 }, (_, a) =>
      a % 4 === 0
        ? ballast.submit("exit", undefined, { maxCrashes: 1 })
        : ballast.submit("add", { a, b: 0 }, { maxCrashes: 100 })
    )
    const settled = await Promise.allSettled(tasks.map(async (task) => task.result))
    expect(settled.filter(({ status }) => status === "fulfilled")).toHaveLength(45)
    expect(ballast.stats().tasks).toMatchObject({ queued: 0, running: 0, quarantined: 15 })
  })
})
