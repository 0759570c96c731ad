import { describe, expect, it } from "vitest"
import { Ballast } from "../../actors/index.ts"
import { cellsOf, failureOf, handlersUrl, open, record, running, start } from "./given.ts"
import type * as hostile from "./handlers/hostile.ts"
import { runsOf, simulated } from "./simulated.ts"

const mib = 2 ** 20

describe("load shedding", () => {
  it("from full load on, what is more urgent pushes out the least urgent that waits, the latest of it first", async () => {
    const { submit, trySubmit, runtime } = await simulated({ options: { maxQueue: 4 } })
    await submit("runs", { priority: "minimal" })
    const waiting = {
      low: await submit("low", { priority: "low" }),
      minimal1: await submit("minimal1", { priority: "minimal" }),
      minimal2: await submit("minimal2", { priority: "minimal" }),
      normal: await submit("normal")
    }
    const urgent = await submit("urgent", { priority: "high" })
    expect(await failureOf(waiting.minimal2.result)).toMatchObject({
      _tag: "Shed",
      code: "BALLAST_SHED",
      load: 1,
      madeRoomFor: { taskId: "urgent", priority: "high" }
    })
    expect([waiting.minimal2.status, urgent.status]).toEqual(["shed", "queued"])
    expect(runtime.explain("minimal2")).toContain("shed at 100 % load, for task urgent (high)")
    await trySubmit("second", { priority: "high" })
    await submit("third", { priority: "normal" })
    expect([waiting.minimal1.status, waiting.low.status, waiting.normal.status]).toEqual(["shed", "shed", "queued"])
    expect((await submit("fourth", { priority: "critical" })).status).toBe("queued")
    expect(runtime.handles.get("third")?.status).toBe("shed")
    expect(runtime.handles.get("runs")?.status).toBe("running")
    expect(runtime.statistics.read(0, 0).tasks).toMatchObject({ shed: 4, queued: 4, running: 1 })
  })

  it("counts the slots that may be taken: a limited worker with a full queue before it is all the load there is", async () => {
    const { submit, runtime, simulation } = await simulated({ options: { maxQueue: 4 }, slots: [16] })
    runtime.coordinator.tell("LimitWorker", { workerId: "w1", slots: 1 })
    await simulation.settle()
    for (const id of ["runs", "a", "b", "c", "d"]) await submit(id, { priority: "low" })
    expect(runtime.ledger.counts).toMatchObject({ running: 1, queued: 4 })
    const urgent = await submit("urgent", { priority: "high" })
    expect([urgent.status, runtime.ledger.counts.shed]).toEqual(["queued", 1])
  })

  it("holds back a burst of equals, and sheds none of them", async () => {
    const { submit, trySubmit, runtime } = await simulated({ options: { maxQueue: 4 } })
    const burst = []
    for (let index = 0; index < 20; index++) burst.push(await submit(`t${index}`, { priority: "low" }))
    expect(await failureOf((await trySubmit("late", { priority: "low" })).result)).toMatchObject({ _tag: "QueueFull" })
    expect(runtime.ledger.counts).toMatchObject({ running: 1, queued: 4, shed: 0 })
    expect(burst.filter(({ status }) => status === "submitted")).toHaveLength(15)
    expect(runtime.explain("t19")).toBe("waits outside: the queue is full")
  })

  it("never sheds critical work, nor what has begun to run", async () => {
    const { submit, runtime } = await simulated({ options: { maxQueue: 2 } })
    const low = await submit("low", { priority: "low" })
    for (const id of ["c1", "c2", "c3"]) await submit(id, { priority: "critical" })
    expect(low.status).toBe("running")
    expect(runtime.ledger.counts.shed).toBe(0)
    expect(runtime.coordination.intake).toBe(1)
  })

  it("begins at 95 %, though the queue is not full, and not before", async () => {
    const { submit, runtime } = await simulated({ options: { maxQueue: 39 } })
    for (let index = 0; index < 37; index++) await submit(`t${index}`, { priority: "low" })
    await submit("before", { priority: "high" })
    expect(runtime.ledger.counts).toMatchObject({ running: 1, queued: 37, shed: 0 })
    await submit("equal", { priority: "low" })
    expect(runtime.ledger.counts).toMatchObject({ queued: 38, shed: 0 })
    const at95 = await submit("at 95 %", { priority: "high" })
    expect(at95.status).toBe("queued")
    expect(runtime.ledger.counts).toMatchObject({ queued: 38, shed: 1 })
    expect(runtime.handles.get("equal")?.status).toBe("shed")
  })

  it("counts the slots of the workers that take work", async () => {
    const { submit, runtime, simulation } = await simulated({ options: { maxQueue: 4 }, slots: [1, 15] })
    for (let index = 0; index < 16; index++) await submit(`r${index}`, { priority: "low" })
    for (let index = 0; index < 3; index++) await submit(`t${index}`, { priority: "low" })
    // 19 of 20.
    await submit("urgent", { priority: "high" })
    expect(runtime.ledger.counts).toMatchObject({ running: 16, queued: 3, shed: 1 })
    simulation.time.fork(runtime.workforce.spawn({ ...bigWorker(runtime), id: "w3" }))
    await simulation.runUntil(() => runtime.ledger.worker("w3")?.phase === "up", 10_000)
    await submit("more urgent", { priority: "critical" })
    expect(runtime.ledger.counts.shed).toBe(1)
  })

  it("does nothing where it is switched off", async () => {
    const { submit, runtime } = await simulated({ options: { maxQueue: 1, shedding: false } })
    for (const id of ["a", "b"]) await submit(id, { priority: "minimal" })
    expect((await submit("urgent", { priority: "critical" })).status).toBe("submitted")
    expect(runtime.ledger.counts.shed).toBe(0)
  })

  it("lets those in first that wait outside and are as urgent", async () => {
    const { submit, runtime, simulation } = await simulated({ options: { maxQueue: 1, ageing: "1 second" } })
    await submit("runs", { priority: "critical" })
    const inside = await submit("inside", { priority: "critical" })
    await submit("old", { priority: "minimal" })
    await simulation.advance(10_000)
    const earlier = await submit("earlier", { priority: "high" })
    inside.cancel()
    await simulation.settle()
    // It had waited long enough to go in before the more urgent one.
    expect(runtime.handles.get("old")?.status).toBe("queued")
    const later = await submit("later", { priority: "high" })
    expect([runtime.handles.get("old")?.status, earlier.status, later.status]).toEqual(["shed", "queued", "submitted"])
  })

  it("ends a task on a real thread pool like any other end: typed, told once, its id not free", async () => {
    await using ballast = await start({ workers: 1, maxQueue: 1 })
    const events = record(ballast)
    const gate = cellsOf()
    const blocker = ballast.submit("hold", { cells: gate })
    await running(ballast, blocker.id)
    const low = ballast.submit("add", { a: 1, b: 1 }, { id: "low", priority: "low" })
    await low.accepted
    const urgent = ballast.submit("add", { a: 2, b: 2 }, { id: "urgent", priority: "critical" })
    expect(await failureOf(low.result)).toMatchObject({ _tag: "Shed", madeRoomFor: { taskId: "urgent" } })
    expect(ballast.submit("add", { a: 1, b: 1 }, { id: "low" })).toBe(low)
    open(gate)
    expect(await urgent.result).toBe(4)
    expect(events.filter(({ _tag }) => _tag === "TaskShed")).toHaveLength(1)
    expect(ballast.stats().tasks.shed).toBe(1)
  })
})

const bigWorker = (runtime: Awaited<ReturnType<typeof simulated>>["runtime"]) => {
  const worker = runtime.ledger.worker("w2")
  if (worker === undefined) throw new Error("there is no w2")
  return worker.spec
}

describe("waiting", () => {
  it("ends for a minimal task within the stated bound, under an endless flood of critical ones", async () => {
    const ageing = 1_000
    const maxQueue = 20
    const step = 50
    for (const seed of [1, 2, 3]) {
      const options = { maxQueue, ageing, shedding: false as const }
      const { submit, simulation, runtime } = await simulated({ options, world: runsOf(step), seed })
      // Twice as many as one worker can take; those that find no room wait outside.
      let flood = 0
      const more = async (): Promise<void> => {
        flood += 2
        for (const id of [`a${flood}`, `b${flood}`]) await submit(id, { priority: "critical" })
        await simulation.advance(step / 2)
      }
      for (let round = 0; round < 10; round++) await more()
      const minimal = await submit("minimal", { priority: "minimal" })
      const submitted = simulation.time.now
      // Outside and then inside: 4 spans in which it may be overtaken, and then all that came before it.
      const ahead = runtime.coordination.intake + maxQueue + 2
      const arrivals = 2 * Math.ceil((4 * ageing) / (step / 2))
      const bound = 8 * ageing + (ahead + arrivals + maxQueue) * (step + 1)
      while (!minimal.isSettled && simulation.time.now - submitted < 2 * bound) await more()
      expect(minimal.status).toBe("completed")
      expect(simulation.time.now - submitted).toBeLessThanOrEqual(bound)
      expect(simulation.time.now - submitted).toBeGreaterThan(ageing)
    }
  })

  it("has no end for the one that may be overtaken without end: without ageing the flood wins", async () => {
    const options = { maxQueue: 20, ageing: 1e12, shedding: false as const }
    const { submit, simulation } = await simulated({ options, world: runsOf(50) })
    const minimal = await submit("minimal", { priority: "minimal", queueTimeout: "1 hour" })
    const second = await submit("second", { priority: "minimal" })
    for (let round = 0; round < 300; round++) {
      for (const id of [`a${round}`, `b${round}`]) await submit(id, { priority: "critical" })
      await simulation.advance(25)
    }
    expect([minimal.status, second.status]).toEqual(["completed", "queued"])
  })

  it("outside is by priority too: the more urgent goes in first, equals in the order they came", async () => {
    const { submit, simulation, runtime } = await simulated({
      options: { maxQueue: 1, shedding: false },
      world: runsOf(10)
    })
    const order: Array<string> = []
    runtime.bus.subscribe((event) => void (event._tag === "TaskAccepted" && order.push(event.task.id)))
    for (const id of ["runs", "inside"]) await submit(id)
    for (const priority of ["low", "normal", "high", "normal", "critical"] as const) {
      await submit(`${priority}${order.length + runtime.coordination.intake}`, { priority })
    }
    await simulation.advance(1_000)
    expect(order).toEqual(["runs", "inside", "critical6", "high4", "normal3", "normal5", "low2"])
  })

  it("is limited by the queue timeout over both places, outside and inside", async () => {
    const { submit, simulation } = await simulated({ options: { maxQueue: 1 } })
    await submit("runs")
    const inside = await submit("inside")
    const tired = await submit("tired", { queueTimeout: 100 })
    await simulation.advance(60)
    inside.cancel()
    await simulation.settle()
    expect(tired.status).toBe("queued")
    await simulation.advance(39)
    expect(tired.status).toBe("queued")
    await simulation.advance(2)
    expect(await failureOf(tired.result)).toMatchObject({ _tag: "DeadlineExceeded", limit: "queueTimeout" })
  })

  it("is not limited once it has run, and a queue timeout of 0 is for those that can run at once", async () => {
    const { submit, simulation } = await simulated({ world: { ...runsOf(20), failures: 1 } })
    const first = await submit("first", { queueTimeout: 0, retries: { times: 1, backoff: { base: 500, jitter: 0 } } })
    const second = await submit("second", { queueTimeout: 0 })
    await simulation.settle()
    expect(await failureOf(second.result)).toMatchObject({ _tag: "DeadlineExceeded" })
    await simulation.advance(100)
    expect(first.status).toBe("delayed")
    await simulation.advance(1_000)
    expect(await failureOf(first.result)).toMatchObject({ _tag: "TaskFailed", attempts: 2 })
  })
})

describe("backpressure", () => {
  it("a producer ten times as fast as the workers leaves every structure of the queue bounded", async () => {
    const maxQueue = 50
    const retain = 100
    const { simulation, runtime, submitter, trySubmit } = await simulated({
      options: { maxQueue, retain },
      world: runsOf(20),
      slots: [2, 2]
    })
    let refused = 0
    let most = { tasks: 0, handles: 0, intake: 0, limits: 0 }
    let patient = submitter.submit("work", null, undefined, true)
    for (let round = 0; round < 1_500; round++) {
      for (let each = 0; each < 4; each++) {
        const priority = (["low", "normal", "high"] as const)[(round + each) % 3] ?? "low"
        const handle = await trySubmit(`t${round}-${each}`, { priority, queueTimeout: "1 hour" })
        if (handle.status === "refused") refused += 1
      }
      // One that heeds backpressure submits the next once the last is in.
      if (patient.isAccepted) patient = submitter.submit("work", null, undefined, true)
      await simulation.advance(1)
      const { ledger, handles, coordination } = runtime
      most = {
        tasks: Math.max(most.tasks, ledger.tasks.size),
        handles: Math.max(most.handles, handles.size),
        intake: Math.max(most.intake, coordination.intake),
        limits: Math.max(most.limits, ledger.state.limits.size)
      }
    }
    expect(refused).toBeGreaterThan(1_000)
    expect(runtime.ledger.counts.completed).toBeGreaterThan(300)
    // A tenth more is remembered of those whose id was made up.
    const held = maxQueue + 4 + 1.1 * retain
    expect(most.tasks).toBeLessThanOrEqual(held)
    expect(most.handles).toBeLessThanOrEqual(held + 1)
    expect(most.intake).toBeLessThanOrEqual(1)
    expect(most.limits).toBeLessThanOrEqual(maxQueue + 4)
  })

  it("one that awaits `accepted` never has more than maxQueue waiting, and all are done in the end", async () => {
    await using ballast = await start({ workers: 2, maxQueue: 5 })
    let most = 0
    const off = ballast.on(() => {
      const { queued, delayed } = ballast.stats().tasks
      most = Math.max(most, queued + delayed)
    })
    const results: Array<Promise<number>> = []
    for (let a = 0; a < 300; a++) {
      const task = ballast.submit("add", { a, b: 0 })
      results.push(task.result)
      await task.accepted
    }
    expect(await Promise.all(results)).toEqual(Array.from({ length: 300 }, (_, a) => a))
    off()
    expect(most).toBeLessThanOrEqual(5)
  })
})

describe("retries", () => {
  const failing = { ...runsOf(5), failures: 1 }
  const delaysOf = (runtime: Awaited<ReturnType<typeof simulated>>["runtime"]) => {
    const delays: Array<number> = []
    runtime.bus.subscribe((event) => void (event._tag === "TaskDelayed" && delays.push(event.notBefore - event.at)))
    return delays
  }

  it("wait base × 2ⁿ⁻¹, at most max, as the task says", async () => {
    const { submit, simulation, runtime } = await simulated({ world: failing })
    const delays = delaysOf(runtime)
    const backoff = { base: "1 second", max: 3_000, jitter: 0 } as const
    const task = await submit("t", { retries: { times: 4, backoff } })
    await simulation.advance(60_000)
    expect(delays).toEqual([1_000, 2_000, 3_000, 3_000])
    expect(await failureOf(task.result)).toMatchObject({ _tag: "TaskFailed", attempts: 5 })
  })

  it("are spread by their jitter, and never longer than max", async () => {
    const { submit, simulation, runtime } = await simulated({ world: failing, slots: [50], options: { retain: 1_000 } })
    const delays = delaysOf(runtime)
    for (let index = 0; index < 200; index++) {
      await submit(`t${index}`, { retries: { times: 1, backoff: { base: 1_000, max: 1_500, jitter: 1 } } })
    }
    await simulation.advance(60_000)
    expect(delays).toHaveLength(200)
    expect(Math.max(...delays)).toBeLessThanOrEqual(1_500)
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(1_000)
  })

  it.each([
    [{ retries: 1_001 }, "options.retries"],
    [{ retries: { times: -1 } }, "options.retries.times"],
    [{ retries: { times: 3, backoff: { jitter: 2 } } }, "options.retries.backoff.jitter"],
    [{ retries: { times: 3, backoff: { base: -1 } } }, "options.retries.backoff.base"]
  ])("%j is refused at %s, with a hint", async (options, path) => {
    const { submit } = await simulated()
    const error = await failureOf((await submit("t", options)).result)
    expect(error).toMatchObject({ _tag: "InvalidOptions", problems: [{ path }] })
    expect(error).toHaveProperty("problems[0].hint", expect.stringMatching(/whole number|share|millis/))
  })
})

describe("cancelling", () => {
  it("reaches a task wherever it stands: before it is accepted, outside, waiting, delayed, and once only", async () => {
    const { submit, submitter, simulation, runtime } = await simulated({
      options: { maxQueue: 2 },
      world: { ...runsOf(5), failures: 1 }
    })
    const atOnce = submitter.submit("work", null, { id: "at once" }, true)
    atOnce.cancel("changed my mind")
    atOnce.cancel("again")
    expect(await afterwards(simulation, atOnce)).toMatchObject({ _tag: "Cancelled", reason: "changed my mind" })

    const delayed = await submit("delayed", { retries: { times: 5, backoff: { base: 10_000, jitter: 0 } } })
    await simulation.advance(100)
    expect(delayed.status).toBe("delayed")
    delayed.cancel()
    expect(await afterwards(simulation, delayed)).toMatchObject({ _tag: "Cancelled" })
    expect(delayed.status).toBe("cancelled")
    await simulation.advance(60_000)
    expect(runtime.ledger.task("delayed")?.attempts).toBe(1)

    const [, waiting, , outside] = [await submit("1"), await submit("2"), await submit("3"), await submit("4")]
    expect([waiting?.status, outside?.status]).toEqual(["queued", "submitted"])
    outside?.cancel("not wanted")
    waiting?.cancel("not wanted")
    expect(await afterwards(simulation, outside)).toMatchObject({ _tag: "Cancelled", reason: "not wanted" })
    expect(await afterwards(simulation, waiting)).toMatchObject({ _tag: "Cancelled", reason: "not wanted" })
    expect([waiting?.status, outside?.status]).toEqual(["cancelled", "refused"])
    expect(runtime.coordination.intake).toBe(0)
  })

  it("ends a task that is about to move, and what was held for it on both workers is free again", async () => {
    const { submit, simulation, runtime } = await simulated({ slots: [1, 1], world: { ...runsOf(50), heeding: 0 } })
    const task = await submit("moves")
    const { workerId = "", epoch } = runtime.ledger.task("moves")?.assignment ?? {}
    if (epoch === undefined) throw new Error("it does not run")
    const target = workerId === "w1" ? "w2" : "w1"
    simulation.time.fork(runtime.coordinator.ask("Migrate", { taskId: "moves", epoch, target }))
    await simulation.settle()
    expect(runtime.ledger.migrations.size).toBe(1)
    task.cancel()
    expect(await afterwards(simulation, task)).toMatchObject({ _tag: "Cancelled" })
    expect(runtime.ledger.migrations.size).toBe(0)
    await simulation.advance(1_000)
    expect([...runtime.ledger.workers.values()].map(({ slots, stopping }) => slots + stopping.size)).toEqual([0, 0])
  })

  it("by a signal that is aborted already refuses the task: it never runs, and nothing is transferred", async () => {
    await using ballast = await start()
    const events = record(ballast)
    const buffer = new ArrayBuffer(64)
    const options = { id: "never", signal: AbortSignal.abort(), transfer: [buffer] }
    const task = ballast.submit("size", { buffer }, options)
    expect(await failureOf(task.result)).toMatchObject({ _tag: "Cancelled", reason: "its signal was aborted" })
    expect(await failureOf(task.accepted)).toMatchObject({ _tag: "Cancelled" })
    expect([task.status, buffer.byteLength]).toEqual(["refused", 64])
    expect(await ballast.run("size", { buffer }, { id: "never", transfer: [buffer] })).toBe(64)
    expect(events.filter(({ _tag }) => _tag === "TaskCancelled")).toEqual([])
  })

  it("while a payload is on its way to the worker settles the task, and the worker goes on", async () => {
    await using ballast = await start({ workers: 1 })
    const tasks = Array.from({ length: 20 }, () => {
      const buffer = new ArrayBuffer(mib)
      const task = ballast.submit("size", { buffer }, { transfer: [buffer] })
      task.cancel("too late, or not")
      return task
    })
    const ends = await Promise.allSettled(tasks.map(({ result }) => result))
    for (const end of ends) {
      if (end.status === "rejected") expect(end.reason).toMatchObject({ _tag: "Cancelled" })
      else expect(end.value).toBe(mib)
    }
    expect(await ballast.run("add", { a: 1, b: 1 })).toBe(2)
    expect(ballast.stats()).toMatchObject({ restarts: 0, tasks: { running: 0, queued: 0 } })
  })
})

/** What the task's result rejects with once all has happened that can without time passing. */
const afterwards = async (
  simulation: { settle(): Promise<void> },
  handle: { readonly result: Promise<unknown> } | undefined
): Promise<unknown> => {
  await simulation.settle()
  return handle === undefined ? undefined : failureOf(handle.result)
}

describe("an id", () => {
  it("gives the first handle as long as its task is known, whatever else the second submit says", async () => {
    const { submit, simulation } = await simulated({ options: { maxQueue: 1 }, world: runsOf(10) })
    const stages = [await submit("runs"), await submit("waits"), await submit("outside")]
    expect(stages.map(({ status }) => status)).toEqual(["running", "queued", "submitted"])
    for (const handle of stages) {
      expect(await submit(handle.id, { priority: "critical", retries: 7 }, { other: "payload" })).toBe(handle)
    }
    await simulation.advance(100)
    for (const handle of stages) {
      expect(handle.status).toBe("completed")
      expect(await submit(handle.id)).toBe(handle)
    }
  })

  it("is free again once `retain` more tasks have ended: submitted then, it runs anew", async () => {
    const { submit, simulation, runtime } = await simulated({ options: { retain: 2 }, world: runsOf(10) })
    const run = async (id: string) => {
      const handle = await submit(id)
      await simulation.advance(100)
      return handle
    }
    const first = await run("again")
    await run("b")
    expect(await submit("again")).toBe(first)
    await run("c")
    const second = await run("again")
    expect(second).not.toBe(first)
    expect([first.status, second.status]).toEqual(["completed", "completed"])
    expect(runtime.ledger.counts.completed).toBe(4)
    expect(runtime.ledger.tasks.size).toBe(2)
  })

  it("that was refused, or cancelled outside, is free at once", async () => {
    const { submit, trySubmit } = await simulated({ options: { maxQueue: 1 } })
    for (const id of ["runs", "waits"]) await submit(id)
    expect((await trySubmit("x")).status).toBe("refused")
    const outside = await submit("x")
    expect(outside.status).toBe("submitted")
    outside.cancel()
    expect((await submit("y")).status).toBe("submitted")
    expect(await submit("x")).not.toBe(outside)
  })
})

describe("a payload", () => {
  it("over maxPayloadBytes is refused with what to do instead, and no worker is lost", async () => {
    await using ballast = await start({ workers: 1, maxPayloadBytes: mib })
    const buffer = new ArrayBuffer(2 * mib)
    const refused = ballast.submit("size", { buffer }, { id: "large" })
    expect(refused.status).toBe("refused")
    expect(await failureOf(refused.result)).toMatchObject({
      _tag: "InvalidPayload",
      problems: [{ path: "payload", hint: expect.stringMatching(/transfer.*SharedArrayBuffer.*maxPayloadBytes/) }]
    })
    expect(buffer.byteLength).toBe(2 * mib)
    expect(await ballast.run("size", { buffer }, { id: "large", transfer: [buffer] })).toBe(2 * mib)
    const cells = new Int32Array(new SharedArrayBuffer(2 * mib))
    await ballast.run("sign", { cells, name: 7 })
    expect(cells[1]).toBe(7)
    expect(ballast.stats().restarts).toBe(0)
  })

  it("of 16 MiB passes by default, and one of 17 does not", async () => {
    await using ballast = await start({ workers: 1 })
    expect(await ballast.run("size", { buffer: new ArrayBuffer(16 * mib - 10) })).toBe(16 * mib - 10)
    expect(await failureOf(ballast.run("size", { buffer: new ArrayBuffer(17 * mib) }))).toMatchObject({
      _tag: "InvalidPayload"
    })
  })

  it("that names prototypes arrives with its own keys and changes none, here or there", async () => {
    const options = { handlers: handlersUrl("hostile.ts"), workers: 1, log: { level: "silent" } } as const
    await using ballast = await Ballast.start<typeof hostile>(options)
    const payload: object = JSON.parse(
      '{ "__proto__": { "polluted": true }, "constructor": { "prototype": { "polluted": 1 } } }'
    )
    const seen = await ballast.run("pollutes", payload)
    expect(seen).toEqual({ polluted: false, keys: ["__proto__", "constructor"] })
    expect((await ballast.run("pollutes", {})).polluted).toBe(false)
    expect("polluted" in {}).toBe(false)
  })

  it("or options that cannot be read are refused as such: submit never throws", async () => {
    await using ballast = await start({ workers: 1 })
    const options = Object.defineProperty({}, "priority", {
      enumerable: true,
      get: () => {
        throw new Error("hostile")
      }
    })
    expect(await failureOf(ballast.run("add", { a: 1, b: 1 }, options))).toMatchObject({ _tag: "InvalidOptions" })
    const payload = Object.defineProperty(
      { a: 1, b: 1 },
      "c",
      Object.getOwnPropertyDescriptor(options, "priority") ?? {}
    )
    expect(await failureOf(ballast.run("add", payload))).toMatchObject({ code: expect.stringMatching(/^BALLAST_/) })
    expect(await ballast.run("add", { a: 1, b: 1 })).toBe(2)
  })
})

describe("events", () => {
  it("tell every change of a task's status, in order, and its progress between", async () => {
    await using ballast = await start({ workers: 1 })
    const events = record(ballast)
    const streamed: Array<string> = []
    const stream = (async () => {
      for await (const event of ballast.events()) {
        if ("taskId" in event && event.taskId === "counts") streamed.push(event._tag)
        if (event._tag === "TaskCompleted" && event.taskId === "counts") return
      }
    })()
    await ballast.run("flaky", { succeeds: 2 }, { id: "flaky", retries: { times: 1, backoff: { base: 1 } } })
    await ballast.run("count", { to: 2 }, { id: "counts" })
    await stream
    const of = (id: string) =>
      events.flatMap((event) => {
        const taskId = event._tag === "TaskAccepted" ? event.task.id : "taskId" in event ? event.taskId : undefined
        return taskId === id ? [event._tag] : []
      })
    expect(of("flaky")).toEqual(["TaskAccepted", "TaskPlaced", "TaskDelayed", "TaskDue", "TaskPlaced", "TaskCompleted"])
    expect(of("counts").filter((tag) => tag !== "TaskCheckpointed")).toEqual([
      "TaskAccepted",
      "TaskPlaced",
      "TaskProgressed",
      "TaskProgressed",
      "TaskCompleted"
    ])
    expect(streamed).toEqual(of("counts").filter((tag) => tag !== "TaskAccepted"))
  })
})

describe("workers", () => {
  it("reject with ShuttingDown once the runtime has stopped", async () => {
    const ballast = await start({ workers: 1 })
    const { workers } = ballast
    await ballast.shutdown()
    const calls = [workers.spawn(), workers.drain("w1"), workers.retire("w1"), workers.restart("w1")]
    for (const error of await Promise.all(calls.map(failureOf))) {
      expect(error).toMatchObject({ _tag: "ShuttingDown", code: "BALLAST_SHUTTING_DOWN" })
    }
  })

  it("reject with ShuttingDown where it stops meanwhile", async () => {
    const ballast = await start({ workers: 1 })
    const spawned = failureOf(ballast.workers.spawn({ id: "late" }))
    await ballast.shutdown()
    expect(await spawned).toMatchObject({ _tag: "ShuttingDown" })
  })
})
