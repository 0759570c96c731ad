import { describe, expect, it } from "vitest"
import { cellsOf, failureOf, open } from "../actors/given.ts"
import { measured, sinceStamp, stampOf, startFaulty, tireless } from "./given.ts"
import { nextOf, running } from "./watching.ts"

describe("a heap that overflows", () => {
  it("takes only its own worker down, is told as WorkerOutOfMemory with its crashes, and no other task fails", async () => {
    await using ballast = await startFaulty({
      workers: [
        {
          id: "small",
          resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 },
          capabilities: { labels: { heap: "small" } },
          restart: tireless
        },
        { id: "other", capacity: { concurrent: 3 }, capabilities: { labels: { heap: "large" } } }
      ]
    })
    const cells = cellsOf()
    const beside = Array.from({ length: 2 }, () =>
      ballast.submit("hold", { cells }, { maxCrashes: 1, requires: { labels: { heap: "large" } } })
    )
    await Promise.all(beside.map(({ id }) => running(ballast, id)))
    const stamp = stampOf()
    const exited = nextOf(ballast, "WorkerExited")
    const hungry = ballast.submit("eatsItsHeap", { stamp }, { maxCrashes: 1, requires: { labels: { heap: "small" } } })
    const error = await failureOf(hungry.result)
    measured("heap exhausted", "task's start until settled", sinceStamp(stamp))
    const { workerId } = await exited
    expect(error).toMatchObject({ _tag: "WorkerOutOfMemory", workerId, crashes: [{ reason: "out-of-memory" }] })
    expect(hungry.status).toBe("quarantined")
    open(cells)
    expect(await Promise.all(beside.map((task) => task.result))).toEqual(["other", "other"])
    expect(await ballast.run("add", { a: 1, b: 1 })).toBe(2)
  })

  it("in one call into native code ends the worker alone where that is a process; a thread would end all with it", async () => {
    await using ballast = await startFaulty({
      workers: [
        {
          id: "small",
          isolation: "process",
          resourceLimits: { maxOldGenerationSizeMb: 64 },
          capabilities: { labels: { heap: "small" } },
          restart: tireless
        },
        { id: "other" }
      ]
    })
    const greedy = ballast.submit("parsesTooMuch", {}, { maxCrashes: 1, requires: { labels: { heap: "small" } } })
    expect(await failureOf(greedy.result)).toMatchObject({ _tag: "WorkerOutOfMemory", workerId: "small" })
    expect(await ballast.run("add", { a: 1, b: 1 })).toBe(2)
  })
})
