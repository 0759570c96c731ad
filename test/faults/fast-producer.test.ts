import { describe, expect, it } from "vitest"
import { measured, startFaulty } from "./given.ts"

const megabytes = 2 ** 20

describe("a producer faster than its consumers", () => {
  it("that waits for acceptance never has more than the queue holds, and its memory stays", async () => {
    const maxQueue = 50
    await using ballast = await startFaulty({ maxQueue, retain: 100 })
    let most = 0
    const results: Array<Promise<unknown>> = []
    let settled = 0
    const begun = process.memoryUsage().heapUsed
    for (let n = 0; n < 3_000; n++) {
      const task = ballast.submit("size", { data: "x".repeat(1_000) })
      await task.accepted
      task.result.then(() => {
        settled += 1
      })
      if (n % 500 === 0) results.push(task.result)
      const { queued, delayed } = ballast.stats().tasks
      most = Math.max(most, queued + delayed)
    }
    await ballast.drain()
    await Promise.all(results)
    expect(most).toBeLessThanOrEqual(maxQueue)
    expect(settled).toBe(3_000)
    measured("producer faster than consumer", "heap grown, MiB", (process.memoryUsage().heapUsed - begun) / megabytes)
  })

  it("that does not wait is refused what the queue does not hold: each is completed or told, none is lost", async () => {
    await using ballast = await startFaulty({ maxQueue: 50 })
    const tasks = Array.from({ length: 2_000 }, (_, a) => ballast.trySubmit("add", { a, b: 0 }))
    const settled = await Promise.allSettled(tasks.map(({ result }) => result))
    const completed = settled.filter(({ status }) => status === "fulfilled").length
    const told = settled.flatMap((one) => (one.status === "rejected" ? [one.reason._tag] : []))
    expect(new Set(told)).toEqual(new Set(["QueueFull"]))
    expect(completed).toBeGreaterThanOrEqual(50)
    expect(completed + told.length).toBe(2_000)
    expect(ballast.stats().tasks.completed).toBe(completed)
  })

  it("that never waits at all has its submits kept outside in order, and all complete", async () => {
    await using ballast = await startFaulty({ maxQueue: 10 })
    const tasks = Array.from({ length: 1_000 }, (_, a) => ballast.submit("add", { a, b: 0 }))
    expect(await Promise.all(tasks.map(({ result }) => result))).toEqual(tasks.map((_, a) => a))
  })
})
