import { afterEach, describe, expect, it, vi } from "vitest"
import { cellsOf, open } from "../actors/given.ts"
import { startFaulty } from "./given.ts"
import { countOf, recordOf, running } from "./watching.ts"

const hour = 3_600_000

afterEach(() => void vi.restoreAllMocks())

describe.each([hour, -hour])("a wall clock that jumps by %i ms", (jump) => {
  it("changes no state: nothing expires, times out, is retried early, restarted or moved", async () => {
    await using ballast = await startFaulty({
      workers: [{ id: "w1", capacity: { concurrent: 3 } }],
      heartbeatInterval: 20,
      healthInterval: 20,
      adaptation: { checkInterval: 20 }
    })
    const cells = cellsOf()
    const minute = "1 minute"
    const tasks = [
      ballast.submit("hold", { cells }, { timeout: minute }),
      ballast.submit("hold", { cells }, { deadline: minute }),
      ballast.submit("hold", { cells }, {})
    ]
    await Promise.all(tasks.map(({ id }) => running(ballast, id)))
    const waiting = ballast.submit("add", { a: 1, b: 1 }, { queueTimeout: minute, deadline: minute })
    await waiting.accepted
    const events = recordOf(ballast)
    const real = Date.now.bind(Date)
    vi.spyOn(Date, "now").mockImplementation(() => real() + jump)
    // Several checks of health and of balance, and heartbeats, in the jumped time.
    while (countOf(events, "LoadSampled") < 5) await new Promise((resolve) => setImmediate(resolve))
    const stateChanges = events.filter(({ _tag }) =>
      /^(Task|Migration|WorkerPhase|WorkerRe|WorkerEx|WorkerGi)/.test(_tag)
    )
    expect(stateChanges).toEqual([])
    expect(events.filter((event) => event._tag === "WorkerAssessed" && event.verdict === "failed")).toEqual([])
    open(cells)
    expect(await Promise.all(tasks.map((task) => task.result))).toEqual(["w1", "w1", "w1"])
    expect(await waiting.result).toBe(2)
    for (const { p99 } of ballast.workers.list()) expect(p99).toBeLessThan(hour / 2)
  })
})
