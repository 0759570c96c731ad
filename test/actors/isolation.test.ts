import { describe, expect, it } from "vitest"
import { cellsOf, failureOf, next, open, record, running, start } from "./given.ts"

const inProcess = { requires: { labels: { isolation: "process" } } }
const inThread = { requires: { labels: { isolation: "thread" } } }

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe("a worker that is a process", () => {
  it("takes tasks beside threads, which may ask for either, and is gone when the runtime is", async () => {
    const ballast = await start({ workers: [{}, { isolation: "process", capacity: { concurrent: 4 } }] })
    const pid = await ballast.run("home", undefined, inProcess)
    expect(await ballast.run("home", undefined, inThread)).toBe(process.pid)
    expect(pid).not.toBe(process.pid)
    const sums = Array.from({ length: 500 }, (_, a) => ballast.run("add", { a, b: 1 }))
    expect(await Promise.all(sums)).toEqual(sums.map((_, a) => a + 1))
    await ballast.shutdown()
    expect(isAlive(pid)).toBe(false)
  })

  it("dies alone of what would end every thread: the task is quarantined, its crashes told, and the rest goes on", async () => {
    await using ballast = await start({ workers: [{ id: "firm" }, { id: "frail", isolation: "process" }] })
    const cells = cellsOf()
    const held = ballast.submit("hold", { cells }, inThread)
    const poison = ballast.submit("abort", undefined, { ...inProcess, maxCrashes: 2 })
    expect(await failureOf(poison.result)).toMatchObject({
      _tag: "Quarantined",
      workers: ["frail", "frail"],
      crashes: [
        { workerId: "frail", reason: "crashed", exitCode: 134 },
        { workerId: "frail", reason: "crashed", exitCode: 134 }
      ],
      message: expect.stringContaining("frail (crashed, code 134)")
    })
    expect(await ballast.run("home", undefined, inProcess)).not.toBe(process.pid)
    open(cells)
    expect(await held.result).toBe("firm")
  })

  it("is ended out of an endless loop at timeout and grace, and its others go on elsewhere, unblamed", async () => {
    await using ballast = await start({
      workers: [{ id: "process", isolation: "process", capacity: { concurrent: 3 } }],
      grace: 30
    })
    // Long enough that they are at it when the loop begins, however late this thread is.
    const neighbours = [1, 2].map(() => ballast.submit("count", { to: 4_000 }, { maxCrashes: 1 }))
    await Promise.all(neighbours.map(({ id }) => running(ballast, id)))
    const exited = next(ballast, "WorkerExited")
    const loop = ballast.submit("spin", undefined, { timeout: 50 })
    await ballast.workers.spawn({ id: "thread" })
    expect(await failureOf(loop.result)).toMatchObject({ _tag: "TaskTimeout" })
    expect((await exited).failedOver).toEqual(neighbours.map(({ id }) => id))
    for (const { result } of neighbours) {
      const { from, attempt } = await result
      expect({ attempt, resumed: from > 0 }).toEqual({ attempt: 2, resumed: true })
    }
    expect(ballast.stats().tasks.quarantined).toBe(0)
  })

  it("refuses shared memory by the path, with what to do", async () => {
    await using ballast = await start({ workers: [{ isolation: "process" }] })
    expect(await failureOf(ballast.run("hold", { cells: cellsOf() }))).toMatchObject({
      _tag: "InvalidPayload",
      problems: [{ path: "payload.cells", hint: expect.stringContaining('"thread"') }]
    })
    expect(await ballast.run("add", { a: 1, b: 2 })).toBe(3)
  })

  it("whose heap overflows fails its task with WorkerOutOfMemory", async () => {
    const resourceLimits = { maxOldGenerationSizeMb: 32 }
    await using ballast = await start({ workers: [{ id: "small", isolation: "process", resourceLimits }] })
    expect(await failureOf(ballast.run("hungry", undefined, { maxCrashes: 1 }))).toMatchObject({
      _tag: "WorkerOutOfMemory",
      workerId: "small",
      crashes: [{ reason: "out-of-memory", exitCode: 134 }]
    })
  })
})

describe("a worker that fills memory beside its heap", () => {
  it.each(["thread", "process"] as const)(
    "is ended at its limit where it is a %s: its task fails with WorkerOutOfMemory, no other does",
    async (isolation) => {
      const resourceLimits = { maxOldGenerationSizeMb: 64, maxBuffersMb: 64 }
      const labelled = (size: string) => ({ labels: { size } })
      await using ballast = await start({
        workers: [
          { id: "small", isolation, resourceLimits, capabilities: labelled("small") },
          { id: "other", capabilities: labelled("other") }
        ]
      })
      const events = record(ballast)
      const cells = cellsOf()
      const held = ballast.submit("hold", { cells }, { requires: labelled("other") })
      await running(ballast, held.id)
      const greedy = ballast.submit("gorge", { mb: 1200 }, { maxCrashes: 1, requires: labelled("small") })
      expect(await failureOf(greedy.result)).toMatchObject({ _tag: "WorkerOutOfMemory", workerId: "small" })
      expect(events).toContainEqual(
        expect.objectContaining({ _tag: "WorkerMemoryExceeded", workerId: "small", of: "buffers" })
      )
      open(cells)
      expect(await held.result).toBe("other")
    }
  )

  it("is ended as the process nears its limit, twice, and its task fails with its crashes", async () => {
    const limit = (process.memoryUsage.rss() + 500 * 1024 ** 2) / 0.8
    await using ballast = await start({ workers: 2, memoryLimit: limit })
    const greedy = ballast.submit("gorge", { mb: 1000 }, { maxCrashes: 2 })
    expect(await failureOf(greedy.result)).toMatchObject({
      _tag: "WorkerOutOfMemory",
      crashes: [{ reason: "out-of-memory" }, { reason: "out-of-memory" }]
    })
    expect(await ballast.run("add", { a: 1, b: 2 })).toBe(3)
  })
})
