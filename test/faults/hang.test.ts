import { describe, expect, it } from "vitest"
import { cellsOf, failureOf } from "../actors/given.ts"
import { measured, startFaulty, tireless } from "./given.ts"
import { countOf, recordOf } from "./watching.ts"

const row = "hang"

describe("a task that never settles", () => {
  it("hears its signal first, at its timeout; its thread is ended only after the grace", async () => {
    await using ballast = await startFaulty({ workers: [{ id: "w1", restart: tireless }], grace: 30 })
    const events = recordOf(ballast)
    const cells = cellsOf()
    const begun = performance.now()
    const error = await failureOf(ballast.run("hearsAndHangs", { cells }, { timeout: 50 }))
    measured(row, "past timeout and grace", performance.now() - begun - 80)
    expect(error).toMatchObject({ _tag: "TaskTimeout", timeout: 50 })
    expect(cells[0]).toBe(1)
    expect(await ballast.run("add", { a: 1, b: 1 })).toBe(2)
    expect(countOf(events, "WorkerExited")).toBe(1)
  })

  it("keeps its thread where it heeds its signal", async () => {
    await using ballast = await startFaulty({ workers: [{ id: "w1" }] })
    const events = recordOf(ballast)
    const tasks = Array.from({ length: 5 }, () => ballast.run("heeds", undefined, { timeout: 20 }))
    for (const error of await Promise.all(tasks.map(failureOf))) expect(error).toMatchObject({ _tag: "TaskTimeout" })
    expect(await ballast.run("add", { a: 1, b: 1 })).toBe(2)
    expect(countOf(events, "WorkerExited")).toBe(0)
  })

  it("does not keep others from running: a pool whose every slot hangs is free again after their timeouts", async () => {
    await using ballast = await startFaulty({
      workers: ["w1", "w2"].map((id) => ({ id, restart: tireless })),
      grace: 10
    })
    const hung = Array.from({ length: 6 }, () => ballast.run("hangs", undefined, { timeout: 30 }))
    const sums = Array.from({ length: 10 }, (_, a) => ballast.run("add", { a, b: 0 }))
    expect(await Promise.all(sums)).toHaveLength(10)
    for (const error of await Promise.all(hung.map(failureOf))) expect(error).toMatchObject({ _tag: "TaskTimeout" })
  })
})
