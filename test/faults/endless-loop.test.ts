import { describe, expect, it } from "vitest"
import { cellsOf, failureOf, open } from "../actors/given.ts"
import { measured, startFaulty, tireless } from "./given.ts"
import { countOf, recordOf, running } from "./watching.ts"

const row = "endless loop"
const timeout = 60
const grace = 20

describe.each(["loops", "loopsInCallback", "loopsInMicrotask", "loopsInFinally", "waitsInPlace"] as const)(
  "a task that never yields: %s",
  (type) => {
    it("is ended at its timeout and grace with its thread, which comes back, and its neighbour goes on unblamed", async () => {
      await using ballast = await startFaulty({
        workers: [{ id: "w1", capacity: { concurrent: 2 }, restart: tireless }],
        grace
      })
      const events = recordOf(ballast)
      const cells = cellsOf()
      const neighbour = ballast.submit("hold", { cells }, { maxCrashes: 1 })
      await running(ballast, neighbour.id)
      const begun = performance.now()
      const error = await failureOf(ballast.run(type, undefined, { timeout, maxCrashes: 1 }))
      measured(row, "past timeout and grace", performance.now() - begun - timeout - grace)
      expect(error).toMatchObject({ _tag: "TaskTimeout", timeout })
      open(cells)
      expect(await neighbour.result).toBe("w1")
      expect(await ballast.run("add", { a: 1, b: 1 })).toBe(2)
      expect(countOf(events, "WorkerExited")).toBe(1)
      expect(countOf(events, "WorkerGivenUp")).toBe(0)
      expect(ballast.stats().tasks).toMatchObject({ quarantined: 0, queued: 0, running: 0 })
    })
  }
)

describe("many endless loops", () => {
  it("on every slot of every worker at once are all ended, each thread once for all that loop there", async () => {
    await using ballast = await startFaulty({
      workers: ["w1", "w2"].map((id) => ({ id, capacity: { concurrent: 2 }, restart: tireless })),
      grace: 10
    })
    const loops = Array.from({ length: 12 }, () => ballast.run("loopsInCallback", undefined, { timeout: 30 }))
    const settled = await Promise.all(loops.map(failureOf))
    expect(settled).toHaveLength(12)
    for (const error of settled) expect(error).toMatchObject({ _tag: "TaskTimeout" })
    expect(await ballast.run("add", { a: 1, b: 1 })).toBe(2)
  })

  it("cancelled instead of timed out, settle at once, and what they hold is free once their threads have ended", async () => {
    await using ballast = await startFaulty({ workers: [{ id: "w1", restart: tireless }], grace: 10 })
    const loop = ballast.submit("loopsInCallback", undefined, { concurrencyKey: "k" })
    const behind = ballast.submit("add", { a: 1, b: 2 }, { concurrencyKey: "k" })
    while (loop.status !== "running") await new Promise((resolve) => setImmediate(resolve))
    loop.cancel()
    expect(await failureOf(loop.result)).toMatchObject({ _tag: "Cancelled" })
    expect(await behind.result).toBe(3)
  })
})
