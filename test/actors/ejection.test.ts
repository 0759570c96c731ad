import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { Ballast, type BallastEvent, type BallastOptions } from "../../actors/index.ts"
import { handlersUrl } from "./given.ts"
import type * as handlers from "./handlers/sick.ts"

const open = (options: Partial<BallastOptions> = {}) =>
  Ballast.start<typeof handlers>({
    handlers: handlersUrl("sick.ts"),
    workers: 3,
    strategy: "round_robin",
    log: { level: "silent" },
    adaptation: { health: { sweepInterval: 100 } },
    ...options
  })

const record = (ballast: Ballast<typeof handlers>): ReadonlyArray<BallastEvent> => {
  const events: Array<BallastEvent> = []
  ballast.on((event) => events.push(event))
  return events
}

describe("ejection on real threads (E3)", () => {
  it("a worker on which everything fails is taken out, and with retries no task is lost by it", async () => {
    await using ballast = await open()
    const events = record(ballast)
    let completed = 0
    while (!events.some(({ _tag }) => _tag === "WorkerEjected")) {
      const places = await Promise.all(Array.from({ length: 12 }, () => ballast.run("work", undefined, { retries: 8 })))
      completed += places.length
      expect(places).not.toContain("w1")
    }
    expect(ballast.workers.list().map(({ id, status }) => [id, status])).toContainEqual(["w1", "ejected"])
    const [ejected] = events.filter((event) => event._tag === "WorkerEjected")
    expect(ejected).toMatchObject({ workerId: "w1", signal: "consecutiveFailures" })
    expect(completed).toBeGreaterThan(0)
    const before = events.length
    await Promise.all(Array.from({ length: 30 }, () => ballast.run("work", undefined)))
    expect(events.slice(before).filter(({ _tag }) => _tag === "TaskDelayed" || _tag === "TaskFailed")).toEqual([])
  })

  it("it comes back when whoever runs it says so", async () => {
    await using ballast = await open()
    const events = record(ballast)
    while (!events.some(({ _tag }) => _tag === "WorkerEjected")) {
      await Promise.all(Array.from({ length: 12 }, () => ballast.run("work", undefined, { retries: 8 })))
    }
    await ballast.workers.resume("w1")
    expect(ballast.workers.list().find(({ id }) => id === "w1")?.status).not.toBe("ejected")
  })

  it("is kept in the metrics, with what led to it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "ballast-ejection-"))
    const metrics = { path: join(folder, "metrics.duckdb") }
    const first = await open({ metrics })
    const events = record(first)
    while (!events.some(({ _tag }) => _tag === "WorkerEjected")) {
      await Promise.all(Array.from({ length: 12 }, () => first.run("work", undefined, { retries: 8 })))
    }
    await first.shutdown()
    await using second = await open({ metrics })
    const rows = await second.query("select worker_id, reasons::text as why from health where verdict = 'ejected'")
    expect(rows).toMatchObject([{ worker_id: "w1", why: expect.stringContaining("runs in a row failed") }])
    rmSync(folder, { recursive: true, force: true })
  })

  it("mistakes of the tasks take out nobody", async () => {
    await using ballast = await open()
    const events = record(ballast)
    const tasks = Array.from({ length: 300 }, () => ballast.submit("broken", undefined))
    const settled = await Promise.allSettled(tasks.map(({ result }) => result))
    expect(settled.filter(({ status }) => status === "rejected")).toHaveLength(300)
    await ballast.run("work", undefined, { retries: 8 })
    expect(events.filter(({ _tag }) => _tag === "WorkerEjected")).toEqual([])
  })
})
