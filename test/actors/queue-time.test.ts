import { describe, expect, it } from "vitest"
import { Simulation } from "../../actors/simulation/index.ts"
import { Submitter } from "../../actors/submitter.ts"
import { type SubmitOptions, toSettings, toWorkerSpec } from "../../src/config/index.ts"
import { openMetrics } from "../../src/storage/index.ts"
import { failureOf } from "./given.ts"
import { runsOf } from "./simulated.ts"

const machine = { cores: 4, memoryGiB: 8, storageGiB: 10, hostname: "host", nodeVersion: "24.0.0" }

interface Given {
  readonly workers?: number
  readonly options?: Parameters<typeof toSettings>[0]
}

/** A runtime in virtual time whose tasks say how much work they are. */
const world = async ({ workers = 1, options = {} }: Given) => {
  const simulation = await Simulation.start({
    seed: 3,
    settings: toSettings(options),
    strategy: "least_connections",
    store: openMetrics(),
    world: { ...runsOf(1), heartbeatInterval: 1_000 },
    permute: false
  })
  const { runtime, time, driver } = simulation
  driver.handlers = ["work"]
  for (let number = 1; number <= workers; number += 1) {
    time.fork(runtime.workforce.spawn(toWorkerSpec({}, `w${number}`, machine, workers)))
  }
  await simulation.runUntil(() => [...runtime.ledger.workers.values()].every(({ phase }) => phase === "up"), 10_000)
  const submitter = new Submitter(runtime)
  const submit = (ms: number, given: SubmitOptions = {}, wait = true) =>
    submitter.submit("work", { work: ms, at: time.now }, given, wait)
  return { simulation, runtime, submit, time }
}

/** Runs enough tasks, and has them wait, for estimates to be proven. */
const prove = async ({ simulation, submit }: Awaited<ReturnType<typeof world>>, given: SubmitOptions = {}) => {
  for (let round = 0; round < 30; round += 1) {
    for (let n = 0; n < 6; n += 1) {
      submit(100, given)
      await simulation.advance(1)
    }
    await simulation.advance(650)
  }
}

describe("how long tasks would wait", () => {
  it("is told by stats, and whether it has proven itself", async () => {
    const given = await world({})
    const { runtime, simulation, submit, time } = given
    expect(runtime.statistics.read(time.now, 0).waits.normal).toEqual({ ms: 0, low: 0, proven: false })
    await prove(given)
    expect(runtime.statistics.read(time.now, 0).waits.normal).toMatchObject({ ms: 0, proven: true })
    for (let n = 0; n < 21; n += 1) submit(100)
    await simulation.settle()
    const { normal, critical, low } = runtime.statistics.read(time.now, 0).waits
    // Twenty wait, 0.1 s each, behind one that runs.
    expect(normal.ms).toBeGreaterThan(1_900)
    expect(normal.ms).toBeLessThan(2_300)
    expect(critical.ms).toBe(0)
    expect(low).toMatchObject({ proven: false })
    expect(low.ms).toBeGreaterThan(1_700)
  })
})

describe("a queue bounded by time", () => {
  it("is full for a priority once that would wait for longer, and open to what is more urgent", async () => {
    const given = await world({ options: { maxQueueTime: "1 second" } })
    const { simulation, submit, runtime } = given
    await prove(given)
    for (let n = 0; n < 30; n += 1) submit(100)
    await simulation.settle()
    // About ten wait within, beside the one that runs; the others wait outside and lose nothing.
    expect(runtime.ledger.counts.queued).toBeGreaterThanOrEqual(8)
    expect(runtime.ledger.counts.queued).toBeLessThanOrEqual(13)
    expect(runtime.coordination.intake).toBe(29 - runtime.ledger.counts.queued)
    const refused = submit(100, {}, false)
    const urgent = submit(100, { priority: "critical" }, false)
    await simulation.settle()
    const error = await failureOf(refused.result)
    expect(error).toMatchObject({
      _tag: "QueueFull",
      maxQueueTime: 1_000,
      hint: expect.stringContaining("maxQueueTime")
    })
    expect(urgent.status).toBe("queued")
    await simulation.advance(10_000)
    expect(runtime.ledger.counts.completed).toBe(180 + 31)
  })

  it("has no bound by time where nothing is known of how long tasks take", async () => {
    const { simulation, submit, runtime } = await world({ options: { maxQueueTime: 1, maxQueue: 50 } })
    for (let n = 0; n < 30; n += 1) submit(100)
    await simulation.settle()
    expect(runtime.ledger.counts.queued).toBe(29)
  })

  it("takes declared durations for what they are, from the first task on", async () => {
    const { simulation, submit, runtime } = await world({ options: { maxQueueTime: "1 second" } })
    for (let n = 0; n < 30; n += 1) submit(250, { expectedDuration: 250 })
    await simulation.settle()
    // Behind these four and the one that runs the next would wait for up to 1.25 s.
    expect(runtime.ledger.counts.queued).toBe(4)
  })
})

describe("what waits outside a queue bounded by time", () => {
  it("is let in within the bound on waiting, under an endless flood of urgent work", async () => {
    const { simulation, submit, time } = await world({ options: { maxQueueTime: "1 second", ageing: "1 second" } })
    const declared = { expectedDuration: 100 }
    const patient = Array.from({ length: 14 }, () => submit(100, { ...declared, priority: "minimal" }))
    await simulation.settle()
    const last = patient.at(-1)
    expect(last?.status).toBe("submitted")
    const began = time.now
    // Twice as much as can be done.
    while (time.now < began + 60_000 && last?.status === "submitted") {
      void submit(100, { ...declared, priority: "critical" }, false).result.catch(() => undefined)
      await simulation.advance(50)
    }
    // By then it has risen to what is most urgent; those before it take their turns, a tenth of a second each.
    expect(time.now - began).toBeLessThan(4_500 + 14 * 100)
  })
})

describe("a task that would not begin in time", () => {
  const late = { deadline: 500 } as const

  it("is refused at once where that is asked for, and told how long it would wait", async () => {
    const given = await world({ options: { refuseLate: true } })
    const { simulation, submit } = given
    await prove(given)
    for (let n = 0; n < 30; n += 1) submit(100)
    const refused = submit(100, late)
    const inTime = submit(100, { deadline: "1 minute" })
    const unbound = submit(100)
    await simulation.settle()
    const error = await failureOf(refused.result)
    expect(error).toMatchObject({ _tag: "WouldBeLate", code: "BALLAST_WOULD_BE_LATE", limit: "deadline", left: 500 })
    expect(refused.status).toBe("refused")
    expect([inTime.status, unbound.status]).toEqual(["queued", "queued"])
    const impatient = submit(100, { queueTimeout: 100 })
    await simulation.settle()
    expect(await failureOf(impatient.result)).toMatchObject({ _tag: "WouldBeLate", limit: "queueTimeout" })
  })

  it("is taken in where nobody asked for that, and where the estimate has not proven itself", async () => {
    for (const refuseLate of [false, true]) {
      const given = await world({ options: { refuseLate } })
      const { simulation, submit } = given
      if (!refuseLate) await prove(given)
      for (let n = 0; n < 30; n += 1) submit(100, { expectedDuration: 100 })
      const task = submit(100, late)
      await simulation.settle()
      expect(task.status).toBe("queued")
    }
  })
})

describe("three times as much as can be done, for ten minutes", () => {
  it("fills no memory, keeps critical work quick, and is over ten seconds after", async () => {
    const given = await world({ workers: 4, options: { maxQueueTime: "2 seconds", maxQueue: 1_000 } })
    const { simulation, submit, runtime, time } = given
    const critical: Array<number> = []
    let [refused, most] = [0, 0]
    const offer = (priority: "critical" | "low" | "normal"): void => {
      const at = time.now
      const task = submit(50, { priority }, false)
      void task.result.then(
        () => {
          if (priority === "critical") critical.push(time.now - at)
        },
        () => {
          refused += 1
        }
      )
    }
    // 240 a second, where 80 can be done; a tenth of what can be done is critical.
    const end = time.now + 600_000
    for (let n = 0; time.now < end; n += 1) {
      offer(n % 30 === 0 ? "critical" : n % 3 === 0 ? "low" : "normal")
      if (n % 3 < 2) continue
      await simulation.advance(3_000 / 240)
      most = Math.max(most, runtime.ledger.pending + runtime.coordination.intake)
      expect(runtime.handles.unsettled).toBeLessThan(400)
    }
    const { queued } = runtime.ledger.counts
    expect(refused).toBeGreaterThan(80_000)
    // Two seconds of four workers at 50 ms, for as much again of what is more urgent.
    expect(most).toBeLessThan(400)
    expect(queued).toBeGreaterThan(0)
    const sorted = critical.toSorted((a, b) => a - b)
    expect(sorted.length).toBeGreaterThan(4_000)
    expect(sorted[Math.floor(0.99 * sorted.length)]).toBeLessThan(250)
    expect(await simulation.runUntil(() => runtime.ledger.counts.queued === 0, 10_000)).toBe(true)
    const after = submit(50, {}, false)
    await simulation.advance(200)
    expect(after.status).toBe("completed")
  }, 120_000)
})
