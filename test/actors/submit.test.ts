import { describe, expect, it } from "vitest"
import { cellsOf, failureOf, open, record, running, start } from "./given.ts"

describe("submit", () => {
  it("gives results with the types of the handlers", async () => {
    await using ballast = await start()
    const sum: number = await ballast.run("add", { a: 1, b: 2 })
    const { workerId, attempt } = await ballast.run("where", undefined)
    expect(sum).toBe(3)
    expect(["w1", "w2"]).toContain(workerId)
    expect(attempt).toBe(1)
  })

  it("gives the first handle to a second submit of the same id, also once it has ended", async () => {
    await using ballast = await start()
    const first = ballast.submit("add", { a: 1, b: 2 }, { id: "one" })
    const second = ballast.submit("add", { a: 30, b: 30 }, { id: "one" })
    expect(second).toBe(first)
    expect(await second.result).toBe(3)
    expect(ballast.submit("add", { a: 5, b: 5 }, { id: "one" })).toBe(first)
    expect(ballast.stats().tasks.completed).toBe(1)
  })

  it("runs what is more urgent first, and equals in the order they came", async () => {
    await using ballast = await start({ workers: 1 })
    const gate = cellsOf()
    const cells = cellsOf(16)
    const blocker = ballast.submit("hold", { cells: gate })
    await running(ballast, blocker.id)
    const order = ["low", "normal", "critical", "normal", "high", "minimal"] as const
    const tasks = order.map((priority, name) => ballast.submit("sign", { cells, name }, { priority }))
    open(gate)
    await Promise.all(tasks.map((task) => task.result))
    expect([...cells.subarray(1, 7)]).toEqual([2, 4, 1, 3, 0, 5])
  })

  it("never runs two tasks of one concurrency key at once, and two where the limit is two", async () => {
    await using ballast = await start({ workers: 3 })
    const [one, two] = [cellsOf(), cellsOf()]
    const tasks = Array.from({ length: 12 }, () => [
      ballast.run("overlap", { cells: one }, { concurrencyKey: "one" }),
      ballast.run("overlap", { cells: two }, { concurrencyKey: "two", concurrencyLimit: 2 })
    ])
    await Promise.all(tasks.flat())
    expect(one[1]).toBe(1)
    expect(two[1]).toBeLessThanOrEqual(2)
  })

  it("runs a task only where its requirements are met", async () => {
    await using ballast = await start({
      workers: [
        { id: "plain" },
        { id: "gpu", capacity: { accelerators: { cuda: 1 } }, capabilities: { backends: ["cpu", "cuda"] } },
        { id: "eu", capabilities: { labels: { region: "eu" } } }
      ]
    })
    const runs = (requires: object) =>
      Promise.all(Array.from({ length: 4 }, () => ballast.run("where", undefined, { requires })))
    expect((await runs({ accelerators: { cuda: 1 } })).map(({ workerId }) => workerId)).toEqual(Array(4).fill("gpu"))
    expect((await runs({ labels: { region: "eu" } })).map(({ workerId }) => workerId)).toEqual(Array(4).fill("eu"))
  })

  it("waits for acceptance where the queue is full, and trySubmit is refused", async () => {
    await using ballast = await start({ workers: 1, maxQueue: 2 })
    const gate = cellsOf()
    const blocker = ballast.submit("hold", { cells: gate })
    await running(ballast, blocker.id)
    const waiting = [1, 2].map((a) => ballast.submit("add", { a, b: 0 }))
    await Promise.all(waiting.map((task) => task.accepted))
    let accepted = false
    const third = ballast.submit("add", { a: 3, b: 0 })
    const seen = third.accepted.then(() => {
      accepted = true
    })
    const refused = ballast.trySubmit("add", { a: 4, b: 0 }, { id: "refused" })
    expect(await failureOf(refused.result)).toMatchObject({ _tag: "QueueFull", limit: 2, code: "BALLAST_QUEUE_FULL" })
    expect(await failureOf(refused.accepted)).toMatchObject({ _tag: "QueueFull" })
    expect(refused.status).toBe("refused")
    expect(accepted).toBe(false)
    expect(third.status).toBe("submitted")
    open(gate)
    await seen
    expect(await third.result).toBe(3)
    // Its id was never taken.
    expect(await ballast.run("add", { a: 4, b: 0 }, { id: "refused" })).toBe(4)
  })

  it("cancels a task that waits outside a full queue, and one past its deadline fails there", async () => {
    await using ballast = await start({ workers: 1, maxQueue: 1 })
    const gate = cellsOf()
    const blocker = ballast.submit("hold", { cells: gate })
    await running(ballast, blocker.id)
    const inside = ballast.submit("add", { a: 1, b: 0 })
    const late = ballast.submit("add", { a: 2, b: 0 }, { deadline: 20 })
    const tired = ballast.submit("add", { a: 2, b: 0 }, { queueTimeout: 20 })
    const outside = ballast.submit("add", { a: 3, b: 0 })
    outside.cancel("not wanted")
    expect(await failureOf(outside.result)).toMatchObject({ _tag: "Cancelled", reason: "not wanted" })
    expect(await failureOf(late.result)).toMatchObject({ _tag: "DeadlineExceeded", limit: "deadline" })
    expect(await failureOf(tired.result)).toMatchObject({ _tag: "DeadlineExceeded", limit: "queueTimeout" })
    open(gate)
    expect(await inside.result).toBe(1)
  })

  it("ends a task that waits longer than its queueTimeout, or runs past its deadline", async () => {
    await using ballast = await start({ workers: 1, grace: 20 })
    const gate = cellsOf()
    const blocker = ballast.submit("hold", { cells: gate }, { deadline: 150 })
    const tired = ballast.submit("add", { a: 1, b: 1 }, { queueTimeout: 30 })
    expect(await failureOf(tired.result)).toMatchObject({ _tag: "DeadlineExceeded", limit: "queueTimeout" })
    expect(await failureOf(blocker.result)).toMatchObject({ _tag: "DeadlineExceeded", limit: "deadline" })
    expect(await ballast.run("add", { a: 1, b: 1 })).toBe(2)
  })

  it("tries a failing task again after a growing delay, as often as it was told", async () => {
    await using ballast = await start()
    const events = record(ballast)
    expect(await ballast.run("flaky", { succeeds: 3 }, { retries: 2 })).toBe(3)
    const delays = events.flatMap((event) => (event._tag === "TaskDelayed" ? [event.notBefore - event.at] : []))
    // 100 ms doubled at each failure, spread by half.
    expect(delays).toHaveLength(2)
    for (const [index, delay] of delays.entries()) {
      expect(delay).toBeGreaterThanOrEqual(50 * 2 ** index)
      expect(delay).toBeLessThanOrEqual(150 * 2 ** index)
    }
    expect(await failureOf(ballast.run("flaky", { succeeds: 3 }, { retries: 1 }))).toMatchObject({
      _tag: "TaskFailed",
      attempts: 2
    })
  })

  it("hands on the handler's own error with its fields", async () => {
    await using ballast = await start()
    const error = await failureOf(ballast.run("boom", { code: "E_NET" }))
    expect(error).toMatchObject({
      _tag: "TaskFailed",
      type: "boom",
      cause: { name: "RangeError", message: "no route", code: "E_NET", port: 80 }
    })
  })

  it("cancels what waits at once and what runs through its signal, and the worker goes on", async () => {
    await using ballast = await start({ workers: 1 })
    const held = ballast.submit("untilAborted", undefined)
    await running(ballast, held.id)
    const waiting = ballast.submit("add", { a: 1, b: 1 })
    waiting.cancel()
    held.cancel("enough")
    expect(await failureOf(waiting.result)).toMatchObject({ _tag: "Cancelled" })
    expect(await failureOf(held.result)).toMatchObject({ _tag: "Cancelled", reason: "enough" })
    expect(await ballast.run("add", { a: 1, b: 1 })).toBe(2)
    expect(ballast.stats().restarts).toBe(0)
  })

  it("heeds an AbortSignal, also one that is aborted already", async () => {
    await using ballast = await start()
    const controller = new AbortController()
    const held = ballast.submit("untilAborted", undefined, { signal: controller.signal })
    await running(ballast, held.id)
    controller.abort()
    expect(await failureOf(held.result)).toMatchObject({ _tag: "Cancelled" })
    const never = ballast.submit("add", { a: 1, b: 1 }, { signal: AbortSignal.abort() })
    expect(await failureOf(never.result)).toMatchObject({ _tag: "Cancelled" })
  })

  it("streams a task's progress until it ends", async () => {
    await using ballast = await start()
    const task = ballast.submit("count", { to: 5 })
    const seen: Array<number> = []
    for await (const { fraction } of task.progress) seen.push(fraction)
    expect(seen.at(-1)).toBe(1)
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
  })

  it("moves what is transferred instead of copying it", async () => {
    await using ballast = await start()
    const buffer = new ArrayBuffer(1024)
    expect(await ballast.run("size", { buffer }, { transfer: [buffer] })).toBe(1024)
    expect(buffer.byteLength).toBe(0)
  })
})

describe("map", () => {
  it("keeps the order of the inputs and takes them only as fast as they are worked off", async () => {
    await using ballast = await start()
    let taken = 0
    let ended = 0
    let ahead = 0
    ballast.on((event) => {
      if (event._tag === "TaskCompleted") ended += 1
    })
    const inputs = function* () {
      for (let a = 0; a < 50; a++) {
        taken += 1
        ahead = Math.max(ahead, taken - ended)
        yield { a, b: 0 }
      }
    }
    const results = await ballast.map("add", inputs(), { concurrency: 4 })
    expect(results).toEqual(Array.from({ length: 50 }, (_, a) => a))
    expect(ahead).toBeLessThanOrEqual(5)
  })

  it("cancels the others at the first failure, and does not wait for an input that does not come", async () => {
    await using ballast = await start()
    const cells = cellsOf()
    const inputs = async function* () {
      yield { cells }
      // A payload that no handler takes.
      yield { cells: new Int32Array(new SharedArrayBuffer(0)) }
      await new Promise(() => {})
    }
    const events = record(ballast)
    expect(await failureOf(ballast.map("hold", inputs(), { concurrency: 4 }))).toMatchObject({ _tag: "TaskFailed" })
    await ballast.drain()
    expect(events.filter(({ _tag }) => _tag === "TaskCancelled")).toHaveLength(1)
  })

  it("rejects with what its inputs throw, and cancels what is under way", async () => {
    await using ballast = await start()
    const cells = cellsOf()
    const inputs = function* () {
      yield { cells }
      throw new Error("no more")
    }
    expect(await failureOf(ballast.map("hold", inputs()))).toMatchObject({ message: "no more" })
    await ballast.drain()
    expect(ballast.stats().tasks.running).toBe(0)
  })
})
