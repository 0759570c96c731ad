import { describe, expect, it } from "vitest"
import { cellsOf, failureOf, open } from "../actors/given.ts"
import { startFaulty, tireless } from "./given.ts"
import { Switchboard } from "./switchboard.ts"
import { countOf, nextOf, recordOf, running } from "./watching.ts"

const restart = { maxRestarts: 2, window: 60_000, backoff: { base: 1, max: 1 } } as const

describe("a worker that ends of its own fault more often than its restart intensity allows", () => {
  it("has failed: it is started no more, and its waiting and running tasks go on elsewhere", async () => {
    using switchboard = new Switchboard()
    await using ballast = await startFaulty({
      workers: [
        { id: "w1", restart },
        { id: "w2", restart: tireless }
      ]
    })
    const events = recordOf(ballast)
    const givenUp = nextOf(ballast, "WorkerGivenUp")
    // Each time it dies idle, of nobody's fault but its own.
    for (let end = 0; end < 3; end++) {
      const again = Promise.race([givenUp, nextOf(ballast, "WorkerReady", ({ workerId }) => workerId === "w1")])
      switchboard.kill("w1")
      await again
    }
    expect(await givenUp).toMatchObject({ workerId: "w1" })
    expect(countOf(events, "WorkerExited")).toBe(3)
    expect(countOf(events, "WorkerRestarted")).toBe(2)
    const places = Array.from({ length: 20 }, () => ballast.run("where", undefined))
    expect(new Set(await Promise.all(places))).toEqual(new Set(["w2"]))
    expect(ballast.workers.list().find(({ id }) => id === "w1")).toMatchObject({ status: "failed" })
    await ballast.workers.restart("w1")
    expect(ballast.workers.list().find(({ id }) => id === "w1")).toMatchObject({ status: "available" })
  })

  it("with a task under way on it: that fails over and completes", async () => {
    using switchboard = new Switchboard()
    await using ballast = await startFaulty({
      workers: [
        { id: "w1", restart: { type: "temporary" } },
        { id: "w2", restart: tireless }
      ]
    })
    const cells = cellsOf()
    const held = [1, 2].map(() => ballast.submit("hold", { cells }, { maxCrashes: 5 }))
    await Promise.all(held.map(({ id }) => running(ballast, id)))
    const givenUp = nextOf(ballast, "WorkerGivenUp")
    switchboard.kill("w1")
    await givenUp
    open(cells)
    expect(await Promise.all(held.map((task) => task.result))).toEqual(["w2", "w2"])
  })

  it("all of them: every task settles with WorkerLost, also those that wait outside a full queue", async () => {
    using switchboard = new Switchboard()
    const temporary = { type: "temporary" } as const
    await using ballast = await startFaulty({
      workers: [
        { id: "w1", restart: temporary },
        { id: "w2", restart: temporary }
      ],
      maxQueue: 5
    })
    const cells = cellsOf()
    const held = [1, 2].map(() => ballast.submit("hold", { cells }, { maxCrashes: 5 }))
    await Promise.all(held.map(({ id }) => running(ballast, id)))
    const waiting = Array.from({ length: 12 }, (_, a) => ballast.submit("add", { a, b: 0 }))
    switchboard.kill("w1")
    switchboard.kill("w2")
    for (const task of [...held, ...waiting]) {
      expect(await failureOf(task.result)).toMatchObject({ _tag: "WorkerLost", exitCode: 9 })
    }
    expect(await failureOf(ballast.run("add", { a: 1, b: 1 }))).toMatchObject({ _tag: "WorkerLost" })
    await ballast.drain()
    expect(ballast.stats().tasks).toMatchObject({ queued: 0, running: 0 })
  })
})
