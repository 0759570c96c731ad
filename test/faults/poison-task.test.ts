import { describe, expect, it } from "vitest"
import { failureOf } from "../actors/given.ts"
import { measured, startFaulty, tireless } from "./given.ts"
import { countOf, recordOf } from "./watching.ts"

describe("a poison task", () => {
  it.each([1, 2, 3])(
    "is quarantined after maxCrashes (%i), with its history; it costs no more workers, and all others complete",
    async (maxCrashes) => {
      await using ballast = await startFaulty({
        workers: ["w1", "w2", "w3"].map((id) => ({ id, capacity: { concurrent: 2 }, restart: tireless }))
      })
      const events = recordOf(ballast)
      const others = Array.from({ length: 100 }, (_, a) => ballast.run("add", { a, b: 0 }))
      const poison = ballast.submit("exits", {}, { maxCrashes })
      const late = Array.from({ length: 100 }, (_, a) => ballast.run("add", { a, b: 0 }))
      expect(await failureOf(poison.result)).toMatchObject({
        _tag: "Quarantined",
        crashes: Array.from({ length: maxCrashes }, () => ({ reason: "crashed", exitCode: 7 }))
      })
      expect(await Promise.all([...others, ...late])).toHaveLength(200)
      expect(countOf(events, "WorkerExited")).toBe(maxCrashes)
      expect(ballast.stats().tasks).toMatchObject({ quarantined: 1, completed: 200, queued: 0, running: 0 })
    }
  )

  it("does not make the pause before its worker's next thread any longer, however many have been before it", async () => {
    const restart = { backoff: { base: 10, max: 5_000, jitter: 0 } }
    await using ballast = await startFaulty({ workers: [{ id: "w1", restart }] })
    const events = recordOf(ballast)
    const poison = Array.from({ length: 8 }, () => ballast.run("exits", {}, { maxCrashes: 1 }))
    for (const error of await Promise.all(poison.map(failureOf))) expect(error).toMatchObject({ _tag: "Quarantined" })
    expect(await ballast.run("add", { a: 1, b: 1 })).toBe(2)
    const delays = events.flatMap((event) => (event._tag === "WorkerRestarted" ? [event.delay] : []))
    expect(delays).toHaveLength(8)
    expect(Math.max(...delays)).toBeLessThanOrEqual(10)
  })

  it("many of them, on workers at their default restart intensity, get no worker given up: tasks are to blame", async () => {
    await using ballast = await startFaulty({
      workers: ["w1", "w2"].map((id) => ({ id, restart: { backoff: { base: 1, max: 1 } } }))
    })
    const events = recordOf(ballast)
    const begun = performance.now()
    const poison = Array.from({ length: 20 }, () => ballast.run("exits", {}, { maxCrashes: 2 }))
    const others = Array.from({ length: 40 }, (_, a) => ballast.run("add", { a, b: 0 }))
    for (const error of await Promise.all(poison.map(failureOf))) expect(error).toMatchObject({ _tag: "Quarantined" })
    expect(await Promise.all(others)).toHaveLength(40)
    measured("poison task", "20 poison tasks and 40 others on 2 workers", performance.now() - begun)
    expect(countOf(events, "WorkerExited")).toBe(40)
    expect(countOf(events, "WorkerGivenUp")).toBe(0)
  })
})
