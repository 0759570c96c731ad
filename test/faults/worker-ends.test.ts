import { describe, expect, it } from "vitest"
import { cellsOf, failureOf, open } from "../actors/given.ts"
import { measured, sinceStamp, stampOf, startFaulty, tireless } from "./given.ts"
import { nextOf, running } from "./watching.ts"

const row = "worker exits or throws later"

describe.each(["exits", "throwsLater", "rejectsUnheard"] as const)("a thread that ends: %s", (type) => {
  it("settles the guilty task, runs the others elsewhere unblamed, and the worker takes work again", async () => {
    const capacity = { concurrent: 4 }
    await using ballast = await startFaulty({
      workers: [
        { id: "a", capacity, restart: tireless },
        { id: "b", capacity, restart: tireless }
      ]
    })
    const cells = cellsOf()
    const held = Array.from({ length: 6 }, () => ballast.submit("hold", { cells }, { maxCrashes: 1 }))
    await Promise.all(held.map(({ id }) => running(ballast, id)))
    const stamp = stampOf()
    const exited = nextOf(ballast, "WorkerExited")
    const guilty = ballast.submit(type, { stamp }, { maxCrashes: 1 })
    const error = await failureOf(guilty.result)
    measured(row, "crash until settled", sinceStamp(stamp))
    const { workerId, failedOver } = await exited
    const since = performance.now()
    expect(error).toMatchObject({ _tag: "Quarantined", taskId: guilty.id, workers: [workerId] })
    expect(failedOver).toHaveLength(3)
    await nextOf(ballast, "WorkerReady", (event) => event.workerId === workerId)
    measured(row, "thread's end until ready again", performance.now() - since)
    open(cells)
    expect(await Promise.all(held.map((task) => task.result))).toHaveLength(6)
    expect(ballast.stats().tasks).toMatchObject({ queued: 0, running: 0, quarantined: 1, completed: 6 })
    const both = await Promise.all(
      ["a", "b"].map((id) => ballast.submit("where", undefined, { preferredWorkers: [id] }).result)
    )
    expect(both).toHaveLength(2)
  })

  it("tells WorkerLost with the worker and its exit code where nobody is left to run it", async () => {
    await using ballast = await startFaulty({ workers: [{ id: "only", restart: { type: "temporary" } }] })
    const task = ballast.submit(type, {}, { maxCrashes: 9 })
    expect(await failureOf(task.result)).toMatchObject({
      _tag: "WorkerLost",
      taskId: task.id,
      workerId: "only",
      exitCode: type === "exits" ? 7 : 1
    })
  })
})
