import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { cellsOf, failureOf, handlersUrl, next, open, running, start } from "./given.ts"

/** Runs the child process to its own end; fails where it has to be killed, or ends badly. */
const child = (what: string) =>
  promisify(execFile)(process.execPath, [fileURLToPath(handlersUrl("child.ts")), what], { timeout: 15_000 })

describe("shutdown", () => {
  it.each(["idle", "busy", "crashing", "forgotten"])(
    "%s: leaves no thread, port or timer, and the process ends by itself",
    async (what) => {
      const { stdout, stderr } = await child(what)
      expect(stderr).toBe("")
      expect(stdout).toBe("left: \n")
    }
  )

  it("lets what was accepted end, and turns away what comes later", async () => {
    const ballast = await start({ workers: 1 })
    const cells = cellsOf()
    const held = ballast.submit("hold", { cells })
    const behind = ballast.submit("add", { a: 1, b: 1 })
    await running(ballast, held.id)
    const down = ballast.shutdown()
    expect(ballast.shutdown()).toBe(down)
    expect(await failureOf(ballast.run("add", { a: 1, b: 1 }))).toMatchObject({ _tag: "ShuttingDown" })
    open(cells)
    expect([await held.result, await behind.result]).toEqual(["w1", 2])
    await down
    expect(await failureOf(ballast.run("add", { a: 1, b: 1 }))).toMatchObject({ _tag: "ShuttingDown" })
  })

  it("fails with ShuttingDown what has not ended in time: running, waiting, and outside a full queue", async () => {
    const ballast = await start({ workers: 1, maxQueue: 1 })
    const cells = cellsOf()
    const held = ballast.submit("hold", { cells })
    await running(ballast, held.id)
    const others = [1, 2].map((a) => ballast.submit("add", { a, b: 1 }))
    const results = [held, ...others].map(({ result }) => failureOf(result))
    const drained = ballast.drain()
    await ballast.shutdown({ timeout: 20 })
    for (const error of await Promise.all(results)) expect(error).toMatchObject({ _tag: "ShuttingDown" })
    await drained
    await ballast.drain()
  })

  it("ends an endless loop that ends no other way", async () => {
    const ballast = await start({ workers: 1 })
    const loop = ballast.submit("spin", undefined)
    const result = failureOf(loop.result)
    await next(ballast, "TaskPlaced")
    await ballast.shutdown({ timeout: 20 })
    expect(await result).toMatchObject({ _tag: "ShuttingDown" })
  })

  it("settles whoever waits for a worker, and ends the streams of events", async () => {
    const ballast = await start({ workers: 1 })
    const cells = cellsOf()
    const held = ballast.submit("hold", { cells })
    const result = failureOf(held.result)
    await running(ballast, held.id)
    const events = ballast.events()[Symbol.asyncIterator]()
    const drains = Promise.allSettled([ballast.workers.drain("w1"), ballast.workers.retire("w1")])
    await ballast.shutdown({ timeout: 20 })
    await drains
    await result
    for (let event = await events.next(); event.done !== true; event = await events.next()) {
      expect(event.value._tag).not.toBe("")
    }
  })

  it("drain waits for what was accepted, and work goes on after it", async () => {
    await using ballast = await start()
    const tasks = Array.from({ length: 20 }, (_, a) => ballast.submit("add", { a, b: 1 }))
    await ballast.drain()
    expect(tasks.map(({ status }) => status)).toEqual(Array(20).fill("completed"))
    expect(await ballast.run("add", { a: 1, b: 1 })).toBe(2)
  })
})
