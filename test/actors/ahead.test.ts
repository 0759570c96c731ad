import { describe, expect, it } from "vitest"
import { Ballast, type BallastOptions, type SubmitOptions } from "../../actors/index.ts"
import { cellsOf, handlersUrl, open } from "./given.ts"
import type * as handlers from "./handlers/ahead.ts"

type Steps = Ballast<typeof handlers>

const start = (options: Partial<BallastOptions> = {}): Promise<Steps> =>
  Ballast.start<typeof handlers>({ handlers: handlersUrl("ahead.ts"), log: { level: "silent" }, ...options })

/** Runs enough short tasks that every worker is known to be quick at them. */
const teach = async (ballast: Steps, type: "step" | "tick" = "step"): Promise<void> => {
  const cells = cellsOf()
  for (let round = 0; round < 20; round += 1) {
    const tasks = Array.from({ length: 20 }, () =>
      type === "step" ? ballast.run("step", undefined) : ballast.run("tick", cells)
    )
    await Promise.all(tasks)
  }
}

/** The runs placed ahead so far. */
const countAhead = (ballast: Steps): (() => number) => {
  let ahead = 0
  ballast.on((event) => {
    if (event._tag === "TaskPlaced" && event.reservation.ahead === true) ahead += 1
  })
  return () => ahead
}

describe("runs sent ahead", () => {
  it("are sent where runs of their type are known to be short, and no more run at once than there are slots", async () => {
    await using ballast = await start({ workers: 1 })
    const ahead = countAhead(ballast)
    const cells = cellsOf()
    await teach(ballast, "tick")
    await Promise.all(Array.from({ length: 500 }, () => ballast.run("tick", cells)))
    expect(ahead()).toBeGreaterThan(0)
    expect(Atomics.load(cells, 1)).toBe(1)
  })

  it("are explained", async () => {
    await using ballast = await start({ workers: 1 })
    await teach(ballast)
    const sent: Array<string> = []
    ballast.on((event) => {
      if (event._tag === "TaskPlaced" && event.reservation.ahead === true) sent.push(event.taskId)
    })
    await Promise.all(Array.from({ length: 100 }, () => ballast.run("step", undefined)))
    expect(ballast.explain(sent.at(-1) ?? "")).toBe(
      `Task ${sent.at(-1)} was sent ahead to w1, where runs of its type are short: nobody was free.`
    )
  })

  it("are not sent where they have a timeout of their own or a key: both would begin before the run", async () => {
    await using ballast = await start({ workers: 1 })
    await teach(ballast)
    const ahead = countAhead(ballast)
    const options: ReadonlyArray<SubmitOptions> = [
      { timeout: "1 minute" },
      { concurrencyKey: "a", concurrencyLimit: 50 },
      { requires: { cpu: 0.1 } }
    ]
    for (const option of options) {
      await Promise.all(Array.from({ length: 50 }, () => ballast.run("step", undefined, option)))
    }
    expect(ahead()).toBe(0)
  })

  it("are not sent where something is moved with them: that could not be taken back", async () => {
    await using ballast = await start({ workers: 1 })
    const buffers = (count: number) => Array.from({ length: count }, () => new ArrayBuffer(8))
    for (let round = 0; round < 20; round += 1) {
      await Promise.all(buffers(20).map((buffer) => ballast.run("size", { buffer })))
    }
    const ahead = countAhead(ballast)
    const moved = buffers(100).map((buffer) => ballast.run("size", { buffer }, { transfer: [buffer] }))
    expect(await Promise.all(moved)).toEqual(moved.map(() => 8))
    expect(ahead()).toBe(0)
  })

  it("are taken back from a worker whose thread stands still, and end elsewhere meanwhile", async () => {
    await using ballast = await start({ workers: 2 })
    await teach(ballast)
    const ahead = countAhead(ballast)
    const recalled: Array<string> = []
    ballast.on((event) => {
      if (event._tag === "TaskRequeued" && event.reason === "recalled") recalled.push(event.taskId)
    })
    const cells = cellsOf()
    // Known as short, it is placed like any other, and blocks its thread for as long as the others are not done.
    const blocker = ballast.submit("step", cells)
    const others = Array.from({ length: 400 }, () => ballast.submit("step", undefined))
    await Promise.all(others.map(({ result }) => result))
    expect(blocker.status).toBe("running")
    expect(ahead()).toBeGreaterThan(0)
    expect(recalled.length).toBeGreaterThan(0)
    open(cells)
    await blocker.result
    expect(Atomics.load(cells, 1)).toBe(1)
    expect(ballast.stats().tasks).toMatchObject({ running: 0, queued: 0, failed: 0 })
  })

  it("that are cancelled before they begin never begin", async () => {
    await using ballast = await start({ workers: 1 })
    await teach(ballast)
    const cells = cellsOf()
    const blocker = ballast.submit("step", cells)
    const counted = cellsOf()
    open(counted)
    const others = Array.from({ length: 20 }, () => ballast.submit("step", counted))
    for (const other of others) other.cancel("not wanted")
    const ends = await Promise.allSettled(others.map(({ result }) => result))
    expect(ends.map(({ status }) => status)).toEqual(others.map(() => "rejected"))
    expect(blocker.status).toBe("running")
    open(cells)
    await blocker.result
    await ballast.run("step", undefined)
    expect(Atomics.load(counted, 1)).toBe(0)
  })

  it("fail over with their worker, and are not charged with its end", async () => {
    await using ballast = await start({ workers: 2 })
    await teach(ballast)
    const crashes: Array<string> = []
    ballast.on((event) => {
      if (event._tag === "TaskRequeued" && event.crash !== undefined) crashes.push(event.taskId)
    })
    const tasks = Array.from({ length: 400 }, () => ballast.submit("step", undefined))
    await Promise.all([ballast.workers.restart("w1"), ballast.workers.restart("w2")])
    await Promise.all(tasks.map(({ result }) => result))
    expect(crashes).toEqual([])
  })
})
