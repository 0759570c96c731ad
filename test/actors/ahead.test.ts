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

  it("are sent home where they have a home, and nowhere else", async () => {
    await using ballast = await start({ workers: 2 })
    await teach(ballast)
    const keys = ["a", "b"]
    const homes = new Map<string, string>()
    const astray: Array<string> = []
    let ahead = 0
    ballast.on((event) => {
      if (event._tag === "TaskAccepted") keyOf.set(event.task.id, event.task.stickyKey ?? "")
      if (event._tag !== "TaskPlaced") return
      const key = keyOf.get(event.taskId) ?? ""
      const { workerId } = event.reservation
      if (event.reservation.ahead === true) {
        ahead += 1
        if (homes.get(key) !== workerId) astray.push(event.taskId)
      } else homes.set(key, workerId)
    })
    const keyOf = new Map<string, string>()
    await Promise.all(
      Array.from({ length: 1_000 }, (_, index) => ballast.run("step", undefined, { stickyKey: keys[index % 2] ?? "" }))
    )
    expect([astray, ahead > 0]).toEqual([[], true])
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

  it("are taken back from a worker whose run talks all the time and does not end", async () => {
    await using ballast = await start({ workers: 2 })
    for (let round = 0; round < 20; round += 1) {
      await Promise.all(Array.from({ length: 20 }, () => ballast.run("talk", undefined)))
    }
    const cells = cellsOf()
    const talker = ballast.submit("talk", cells)
    const others = Array.from({ length: 200 }, () => ballast.submit("talk", undefined))
    await Promise.all(others.map(({ result }) => result))
    expect(talker.status).toBe("running")
    open(cells)
    await talker.result
  })

  it("and taken back are not sent to the same worker again while it stands still", async () => {
    await using ballast = await start({ workers: 2 })
    await teach(ballast)
    const placed: Array<string> = []
    ballast.on((event) => {
      if (event._tag === "TaskPlaced") placed.push(event.taskId)
    })
    const cells = cellsOf()
    const blockers = [ballast.submit("step", cells), ballast.submit("step", cells)]
    const others = Array.from({ length: 64 }, () => ballast.submit("step", undefined))
    // Long enough for many rounds of recalls, if there were any.
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(others.every(({ status }) => status === "queued" || status === "running")).toBe(true)
    expect(placed.length).toBeLessThanOrEqual(3 * (others.length + blockers.length))
    open(cells)
    await Promise.all([...blockers, ...others].map(({ result }) => result))
  })

  it("do not take the place of what is more urgent and asks for more than a slot", async () => {
    await using ballast = await start({ workers: 1, shedding: false, maxQueue: 100_000 })
    await teach(ballast)
    let usual = 0
    let isOver = false
    const lane = async (): Promise<void> => {
      while (!isOver && usual < 50_000) {
        await ballast.run("step", undefined, { priority: "low" })
        usual += 1
      }
    }
    const flood = Array.from({ length: 200 }, lane)
    await ballast.run("step", undefined, { priority: "low" })
    const before = usual
    for (let urgent = 0; urgent < 5; urgent += 1) {
      await ballast.run("step", undefined, { priority: "critical", requires: { cpu: 0.1 } })
    }
    const passed = usual - before
    isOver = true
    await Promise.all(flood)
    expect(passed).toBeLessThan(5_000)
  })

  it("do not hold up the result of the run before them, should they take long", async () => {
    await using ballast = await start({ workers: 1 })
    await teach(ballast)
    for (let round = 0; round < 5; round += 1) {
      const cells = cellsOf()
      const first = ballast.submit("step", undefined, { timeout: "30 seconds" })
      const blocker = ballast.submit("step", cells)
      await first.result
      open(cells)
      await blocker.result
    }
  })
})

describe("tasks that travel together", () => {
  it("are told as ended before the next of them begins, should that take long", async () => {
    await using ballast = await start({ workers: [{ capacity: { concurrent: 8 } }] })
    await teach(ballast)
    for (let round = 0; round < 5; round += 1) {
      const cells = cellsOf()
      const short = Array.from({ length: 4 }, () => ballast.submit("step", undefined))
      const blocker = ballast.submit("stand", cells)
      await Promise.all(short.map(({ result }) => result))
      expect(blocker.status).toBe("running")
      open(cells)
      await blocker.result
    }
  })

  it("share nothing: what one changes in its payload is its own", async () => {
    await using ballast = await start({ workers: [{ capacity: { concurrent: 16 } }] })
    const payload = { n: 0, inner: { n: 0 } }
    const raised = await Promise.all(Array.from({ length: 12 }, () => ballast.run("raise", payload)))
    expect(raised).toEqual(raised.map(() => 1))
    const inner = { n: 0 }
    const within = await Promise.all(Array.from({ length: 12 }, () => ballast.run("raise", { n: 0, inner })))
    expect(within).toEqual(within.map(() => 1))
  })

  it("share no result either, though their handler gives back the same object", async () => {
    await using ballast = await start({ workers: [{ capacity: { concurrent: 16 } }] })
    const results = await Promise.all(Array.from({ length: 40 }, () => ballast.run("same", undefined)))
    expect(new Set(results).size).toBe(40)
  })
})

describe("a worker that talks all the time", () => {
  it("leaves its owner time for all else", async () => {
    await using ballast = await start({ workers: 1 })
    const cells = cellsOf()
    const talker = ballast.submit("talk", cells)
    await new Promise((resolve) => setTimeout(resolve, 100))
    open(cells)
    await talker.result
  })
})
