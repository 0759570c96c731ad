import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { audit } from "../../src/ledger/index.ts"
import { cellsOf, failureOf, open } from "../actors/given.ts"
import { type Parts, startFaulty, startParts, tireless } from "./given.ts"
import { Switchboard } from "./switchboard.ts"
import { nextOf, recordOf, running } from "./watching.ts"

const two = ["w1", "w2"].map((id) => ({ id, capacity: { concurrent: 2 }, restart: tireless }))
const steadfast = { maxCrashes: 1_000 } as const

/** Once nothing is left to do: nothing is held, and every index is true. */
const expectNothingHeld = async ({ runtime }: Parts): Promise<void> => {
  await Effect.runPromise(runtime.idle)
  expect(audit(runtime.ledger)).toEqual([])
  expect(runtime.handles.unsettled).toBe(0)
  expect(runtime.ledger.migrations.size).toBe(0)
  expect([...runtime.ledger.state.waiting.keys()]).toEqual([])
}

describe("a thread that ends as it starts", () => {
  it.each(["exit", "throw", "exitSoon", "exitAtOnce"] as const)(
    "%s: is started again, and tasks that waited for it complete",
    async (how) => {
      using switchboard = new Switchboard()
      await using ballast = await startFaulty({ workers: [{ id: "w1", restart: tireless }] })
      switchboard.failLoading("w1", how, 3)
      const poison = ballast.submit("exits", {}, { maxCrashes: 1 })
      const behind = Array.from({ length: 10 }, (_, a) => ballast.run("add", { a, b: 0 }, steadfast))
      expect(await failureOf(poison.result)).toMatchObject({ _tag: "Quarantined" })
      expect(await Promise.all(behind)).toHaveLength(10)
    }
  )

  it("is ended while it loads, by a retirement or a shutdown: whoever waits for it is told", async () => {
    await using ballast = await startFaulty({ workers: [{ id: "w1", restart: tireless }] })
    const spawned = failureOf(ballast.workers.spawn({ id: "w2" }))
    await nextOf(ballast, "WorkerAdded")
    await ballast.workers.retire("w2")
    expect(await spawned).toMatchObject({ _tag: "HandlersNotLoaded" })
    const last = failureOf(ballast.workers.spawn({ id: "w3" }))
    await nextOf(ballast, "WorkerAdded")
    await ballast.shutdown()
    expect(await last).toMatchObject({ _tag: "ShuttingDown" })
  })
})

describe("a thread that ends under its mail", () => {
  it("in the turn in which a batch is posted, again and again: every task completes once", async () => {
    using switchboard = new Switchboard()
    await using parts = await startParts({ workers: two })
    const completed: Array<string> = []
    parts.runtime.bus.subscribe((event) => {
      if (event._tag === "TaskCompleted") completed.push(event.taskId)
    })
    const sums: Array<Promise<unknown>> = []
    for (let round = 0; round < 10; round++) {
      const again = nextOf(parts, "WorkerReady")
      for (let a = 0; a < 50; a++) sums.push(parts.submitter.submit("add", { a, b: round }, steadfast, true).result)
      // The first rounds die in the turn of the submit, the others once the batch is on its way.
      if (round % 2 === 1) await Promise.resolve()
      switchboard.kill(round % 4 < 2 ? "w1" : "w2")
      await again
    }
    expect(await Promise.all(sums)).toHaveLength(500)
    expect(new Set(completed).size).toBe(500)
    expect(completed).toHaveLength(500)
    await expectNothingHeld(parts)
  })

  it("while results come back: none is lost, none is counted twice", async () => {
    using switchboard = new Switchboard()
    await using parts = await startParts({ workers: two })
    for (let round = 0; round < 5; round++) {
      const events = recordOf(parts)
      const sums = Array.from({ length: 100 }, (_, a) => parts.submitter.submit("add", { a, b: 0 }, steadfast, true))
      await Promise.race(sums.map(({ result }) => result))
      switchboard.kill("w1")
      expect(await Promise.all(sums.map(({ result }) => result))).toEqual(sums.map((_, a) => a))
      expect(events.filter(({ _tag }) => _tag === "TaskCompleted")).toHaveLength(100)
    }
    await expectNothingHeld(parts)
  })

  it("at a checkpoint: what had been saved is there for the next run", async () => {
    await using parts = await startParts({ workers: two })
    const task = parts.submitter.submit("exitsAtCheckpoint", undefined, steadfast, true)
    expect(await task.result).toEqual({ state: { at: 1 }, attempt: 2 })
    await expectNothingHeld(parts)
  })

  it("in its grace, before the coordinator asks for it: the cancelled task's key and slot are free again", async () => {
    using switchboard = new Switchboard()
    await using parts = await startParts({ workers: two, options: { grace: 10_000 } })
    const held = parts.submitter.submit("hold", { cells: cellsOf() }, { concurrencyKey: "k", ...steadfast }, true)
    await running(parts, held.id)
    const workerId = parts.runtime.ledger.task(held.id)?.assignment?.workerId ?? ""
    held.cancel()
    expect(await failureOf(held.result)).toMatchObject({ _tag: "Cancelled" })
    const next = parts.submitter.submit("add", { a: 1, b: 1 }, { concurrencyKey: "k" }, true)
    switchboard.kill(workerId)
    expect(await next.result).toBe(2)
    await expectNothingHeld(parts)
  })
})

describe("a migration whose thread ends", () => {
  const offer = async (parts: Parts, taskId: string) => {
    const { runtime } = parts
    const assignment = runtime.ledger.task(taskId)?.assignment
    if (assignment === undefined) throw new Error("it does not run")
    const { epoch, workerId: source } = assignment
    const target = source === "w1" ? "w2" : "w1"
    const offered = await Effect.runPromise(runtime.coordinator.ask("Migrate", { taskId, epoch, target }))
    return { source, target, ok: offered.ok }
  }

  it.each(["source", "target", "both"] as const)(
    "the %s, before it is released: the task goes on elsewhere and completes once",
    async (end) => {
      using switchboard = new Switchboard()
      await using parts = await startParts({ workers: two })
      const cells = cellsOf()
      const held = parts.submitter.submit("hold", { cells }, steadfast, true)
      await running(parts, held.id)
      const places = await offer(parts, held.id)
      expect(places.ok).toBe(true)
      const gone = nextOf(parts, "WorkerExited", ({ workerId }) => workerId === places[end === "both" ? "source" : end])
      if (end !== "target") switchboard.kill(places.source)
      if (end !== "source") switchboard.kill(places.target)
      await gone
      open(cells)
      expect(["w1", "w2"]).toContain(await held.result)
      await expectNothingHeld(parts)
    }
  )

  it("at the moment of the release, again and again: no step is lost, and it completes once", async () => {
    using switchboard = new Switchboard()
    await using parts = await startParts({ workers: two })
    let releases = 0
    for (let round = 0; round < 6; round++) {
      const events = recordOf(parts)
      const task = parts.submitter.submit("count", { to: 1_500 }, steadfast, true)
      await running(parts, task.id)
      // All it has to say may come at once where this thread was held up: then there is nothing to move.
      if (parts.runtime.ledger.task(task.id)?.assignment === undefined) continue
      const { source, target } = await offer(parts, task.id)
      // Where it had just ended, or its target was still on its way up, there was nothing to release.
      const released = nextOf(parts, "MigrationReleased")
      const over = task.result.then(() => undefined)
      await Promise.race([released, over])
      switchboard.kill(round % 2 === 0 ? source : target)
      expect(await task.result).toMatchObject({ at: 1_500 })
      expect(events.filter(({ _tag }) => _tag === "TaskCompleted")).toHaveLength(1)
      releases += events.filter(({ _tag }) => _tag === "MigrationReleased").length
      await expectNothingHeld(parts)
      const up = (id: string): boolean => parts.runtime.ledger.worker(id)?.phase === "up"
      while (!up("w1") || !up("w2")) await nextOf(parts, "WorkerPhaseChanged")
    }
    expect(releases).toBeGreaterThan(0)
  })
})

describe("a worker that is taken out of work and whose thread ends meanwhile", () => {
  it("drain, retire and restart all settle, and what ran there completes elsewhere", async () => {
    using switchboard = new Switchboard()
    const workers = ["w1", "w2", "w3"].map((id) => ({ id, capacity: { concurrent: 2 }, restart: tireless }))
    await using ballast = await startFaulty({ workers })
    const cells = cellsOf()
    const held = Array.from({ length: 6 }, () => ballast.submit("hold", { cells }, steadfast))
    await Promise.all(held.map(({ id }) => running(ballast, id)))
    const calls = [ballast.workers.drain("w1"), ballast.workers.retire("w2"), ballast.workers.restart("w3")]
    switchboard.kill("w1")
    switchboard.kill("w2")
    await Promise.all(calls)
    expect(ballast.workers.list().map(({ id }) => id)).toEqual(["w1", "w3"])
    open(cells)
    expect(new Set(await Promise.all(held.map((task) => task.result)))).toEqual(new Set(["w3"]))
  })

  it("while the runtime shuts down: that settles, and so does every task", async () => {
    for (const timeout of [0, 20, 1_000]) {
      using switchboard = new Switchboard()
      const ballast = await startFaulty({ workers: two })
      const tasks = [
        ...Array.from({ length: 20 }, (_, a) => ballast.submit("add", { a, b: 0 }, steadfast)),
        ...Array.from({ length: 3 }, () => ballast.submit("exits", {}, { maxCrashes: 2 })),
        ballast.submit("hangs", undefined)
      ]
      const pending = [ballast.workers.drain("w1"), ballast.drain()].map((call) => call.catch((error) => error))
      const stopped = ballast.shutdown({ timeout })
      switchboard.kill("w2")
      await stopped
      const settled = await Promise.allSettled(tasks.map(({ result }) => result))
      expect(settled).toHaveLength(24)
      await Promise.all(pending)
    }
  })
})
