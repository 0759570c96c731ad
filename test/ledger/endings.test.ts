import { describe, expect, it } from "vitest"
import { audit, Ledger, type LedgerOptions, type WorkerEnd } from "../../src/ledger/index.ts"
import type { LedgerEvent } from "../../src/model/index.ts"
import { anError, aTask, aWorker, done, fails, running, theTask, theWorker, withWorkers } from "./given.ts"

const withOneWorker = (options: LedgerOptions = {}): Ledger => {
  const ledger = new Ledger(options)
  withWorkers(ledger, aWorker("w", { slots: 8 }))
  return ledger
}

describe("a failing run", () => {
  it("is tried again after its delay, as often as its retries allow, and then fails for good", () => {
    const ledger = withOneWorker()
    const first = running(ledger, aTask("a", { retries: 1 }), "w")
    done(fails(ledger, "a", first.epoch, 100, 10))
    expect(theTask(ledger, "a")).toMatchObject({ status: "delayed", notBefore: 110, failures: 1 })
    expect(ledger.nextDue()).toBe(110)
    expect(ledger.due(109)).toBe(0)
    expect(ledger.due(110)).toBe(1)
    const second = done(ledger.place("a", "w", 110))
    expect(second).toMatchObject({ attempt: 2 })
    done(fails(ledger, "a", second.epoch, 100, 120))
    expect(theTask(ledger, "a")).toMatchObject({ status: "failed", outcome: { reason: "error", error: anError } })
  })

  it("is not tried again where that is useless", () => {
    const ledger = withOneWorker()
    const { epoch } = running(ledger, aTask("a", { retries: 5 }), "w")
    done(ledger.fail("a", epoch, { reason: "timeout", error: anError, final: true }, 0, 1))
    expect(theTask(ledger, "a").outcome).toMatchObject({ reason: "timeout" })
  })

  it("keeps its last state for the next run", () => {
    const ledger = withOneWorker()
    const { epoch } = running(ledger, aTask("a", { retries: 1 }), "w")
    done(ledger.checkpoint("a", epoch, { page: 3 }, 1))
    done(fails(ledger, "a", epoch, 0, 2))
    ledger.due(2)
    done(ledger.place("a", "w", 2))
    expect(theTask(ledger, "a").state).toEqual({ page: 3 })
  })
})

describe("a lost worker", () => {
  it("gives its tasks back to the queue with their state and their place, and charges only the culprit", () => {
    const ledger = withOneWorker()
    const a = running(ledger, aTask("a"), "w", 1)
    const b = running(ledger, aTask("b"), "w", 2)
    done(ledger.checkpoint("b", b.epoch, "half", 3))
    done(ledger.accept(aTask("c"), 4))
    expect(done(ledger.workerLost("w", { reason: "crashed", code: 7, culprits: [a.epoch] }, "starting", 5))).toEqual({
      requeued: ["a", "b"],
      quarantined: []
    })
    const crash = { workerId: "w", at: 5, reason: "crashed", exitCode: 7 }
    expect(theTask(ledger, "a")).toMatchObject({ status: "queued", crashes: [crash], state: undefined })
    expect(theTask(ledger, "b")).toMatchObject({ status: "queued", crashes: [], state: "half" })
    expect(theWorker(ledger, "w")).toMatchObject({ phase: "starting", slots: 0 })
    expect(ledger.next(new Set())?.spec.id).toBe("a")
  })

  it("charges the one task that ran there where the culprit is unknown", () => {
    const ledger = withOneWorker()
    running(ledger, aTask("a"), "w")
    done(ledger.workerLost("w", { reason: "out-of-memory", culprits: undefined }, "failed", 1))
    expect(theTask(ledger, "a").crashes).toEqual([{ workerId: "w", at: 1, reason: "out-of-memory" }])
    expect(theTask(ledger, "a").suspect).toBe(false)
  })

  it("a task that killed two workers is quarantined, and the queue behind it moves on", () => {
    const ledger = new Ledger()
    withWorkers(ledger, aWorker("w1"), aWorker("w2"))
    done(ledger.accept(aTask("poison"), 0))
    done(ledger.accept(aTask("behind"), 1))
    const first = done(ledger.place("poison", "w1", 2))
    done(ledger.workerLost("w1", { reason: "crashed", culprits: [first.epoch] }, "failed", 3))
    const second = done(ledger.place("poison", "w2", 4))
    const exit: WorkerEnd = { reason: "out-of-memory", code: 1, culprits: [second.epoch] }
    expect(done(ledger.workerLost("w2", exit, "starting", 5)).quarantined).toEqual(["poison"])
    const crashes = [
      { workerId: "w1", at: 3, reason: "crashed" },
      { workerId: "w2", at: 5, reason: "out-of-memory", exitCode: 1 }
    ]
    expect(theTask(ledger, "poison")).toMatchObject({ outcome: { _tag: "quarantined", crashes }, crashes })
    done(ledger.setPhase("w2", "up", 6))
    done(ledger.place("behind", "w2", 6))
  })

  it("lets go of what cancelled runs still held there", () => {
    const ledger = withOneWorker()
    const { epoch } = running(ledger, aTask("a"), "w")
    done(ledger.cancel("a", "not wanted", 1))
    done(ledger.workerLost("w", { reason: "crashed", culprits: undefined }, "failed", 2))
    expect(theWorker(ledger, "w").slots).toBe(0)
    expect(ledger.released("w", epoch, 3)).toBe(false)
    expect(audit(ledger)).toEqual([])
  })
})

describe("cancelling", () => {
  it("ends a waiting, a delayed and a running task, and names the run to stop", () => {
    const ledger = withOneWorker()
    done(ledger.accept(aTask("waiting"), 0))
    expect(done(ledger.cancel("waiting", "no", 1))).toBeUndefined()
    const failed = running(ledger, aTask("delayed", { retries: 1 }), "w", 1)
    done(fails(ledger, "delayed", failed.epoch, 100, 1))
    expect(done(ledger.cancel("delayed", "no", 2))).toBeUndefined()
    const { epoch } = running(ledger, aTask("running"), "w", 2)
    expect(done(ledger.cancel("running", "no", 3))).toEqual({ taskId: "running", workerId: "w", epoch })
    expect(ledger.counts).toMatchObject({ cancelled: 3, queued: 0, delayed: 0, running: 0 })
  })

  it("keeps what a run held until its worker has let go of it, once", () => {
    const ledger = withOneWorker()
    const { epoch } = running(ledger, aTask("a"), "w")
    done(ledger.cancel("a", "no", 1))
    expect(theWorker(ledger, "w")).toMatchObject({ slots: 1 })
    expect(ledger.removeWorker("w", 2)).toMatchObject({ refusal: { _tag: "WorkerNotEmpty" } })
    expect(ledger.released("w", epoch, 3)).toBe(true)
    expect(ledger.released("w", epoch, 4)).toBe(false)
    expect(theWorker(ledger, "w")).toMatchObject({ slots: 0 })
    expect(audit(ledger)).toEqual([])
  })
})

describe("limits of time", () => {
  it("a queue timeout counts until the task first runs, a deadline until it ends", () => {
    const ledger = withOneWorker()
    done(ledger.accept(aTask("waits", { queueTimeout: 50 }), 0))
    const ran = running(ledger, aTask("ran", { queueTimeout: 10, deadline: 500, priority: "high" }), "w", 0)
    done(ledger.requeue("ran", ran.epoch, "yielded", 5))
    expect(ledger.nextDue()).toBe(50)
    expect(ledger.expire(49)).toEqual([])
    expect(ledger.expire(50)).toEqual([])
    expect(theTask(ledger, "waits").outcome).toEqual({ _tag: "expired", limit: "queueTimeout" })
    expect(theTask(ledger, "ran").status).toBe("queued")
    const { epoch } = done(ledger.place("ran", "w", 60))
    expect(ledger.expire(500)).toEqual([{ taskId: "ran", workerId: "w", epoch }])
    expect(theTask(ledger, "ran").outcome).toEqual({ _tag: "expired", limit: "deadline" })
    expect(ledger.nextDue()).toBeUndefined()
  })

  it("a task that completed in time does not expire", () => {
    const ledger = withOneWorker()
    const { epoch } = running(ledger, aTask("a", { deadline: 100 }), "w")
    done(ledger.complete("a", epoch, 1, 99))
    expect(ledger.expire(200)).toEqual([])
    expect(theTask(ledger, "a").status).toBe("completed")
  })

  it("of limits that pass together the task accepted first goes first, in a recovered ledger too", () => {
    const journal: Array<LedgerEvent> = []
    const expired = (events: ReadonlyArray<LedgerEvent>) =>
      events.flatMap((event) => (event._tag === "TaskExpired" ? [`${event.taskId} ${event.limit}`] : []))
    const ledger = withOneWorker({ onEvent: (event) => journal.push(event) })
    const ids = ["a", "b", "c", "d", "e", "f", "g"]
    done(ledger.accept(aTask("soon", { deadline: 50 }), 0))
    for (const id of ids) done(ledger.accept(aTask(id, { deadline: 100, queueTimeout: 100 }), 0))
    ledger.expire(50)
    const after: Array<LedgerEvent> = []
    const recovered = Ledger.replay(journal, { onEvent: (event) => after.push(event) })
    ledger.expire(100)
    recovered.expire(100)
    expect(expired(journal)).toEqual(["soon deadline", ...ids.map((id) => `${id} deadline`)])
    expect(expired(after)).toEqual(ids.map((id) => `${id} deadline`))
  })

  it("delayed tasks that are due together come back in the order they were accepted", () => {
    const journal: Array<string> = []
    const ledger = withOneWorker({
      onEvent: (event) => {
        if (event._tag === "TaskDue") journal.push(event.taskId)
      }
    })
    const ids = ["a", "b", "c", "d", "e"]
    const runs = ids.map((id) => running(ledger, aTask(id, { retries: 1 }), "w"))
    for (const { taskId, epoch } of runs.reverse()) done(fails(ledger, taskId, epoch, 100, 0))
    expect(ledger.due(100)).toBe(5)
    expect(journal).toEqual(ids)
  })
})

describe("remembering ended tasks", () => {
  it("keeps as many as it should, the latest, and takes an id that is forgotten anew", () => {
    const ledger = withOneWorker({ retain: 2 })
    for (const id of ["a", "b", "c"]) {
      const { epoch } = running(ledger, aTask(id), "w")
      done(ledger.complete(id, epoch, id, 1))
    }
    expect([...ledger.tasks.keys()]).toEqual(["b", "c"])
    expect(ledger.counts.completed).toBe(3)
    expect(done(ledger.accept(aTask("a"), 2)).status).toBe("queued")
    expect(audit(ledger)).toEqual([])
  })

  it("a forgotten task still holds its key and its room while its run is being stopped", () => {
    const ledger = withOneWorker({ retain: 0 })
    const keyed = (id: string, concurrencyLimit: number) => aTask(id, { concurrencyKey: "k", concurrencyLimit })
    const a = running(ledger, keyed("a", 2), "w")
    running(ledger, keyed("b", 2), "w")
    done(ledger.cancel("a", "no", 1))
    done(ledger.cancel("b", "no", 1))
    done(ledger.accept(keyed("c", 1), 2))
    expect(ledger.tasks.size).toBe(1)
    expect(ledger.place("c", "w", 2)).toMatchObject({ refusal: { _tag: "KeyHeld" } })
    expect(audit(ledger)).toEqual([])
    expect(ledger.released("w", a.epoch, 3)).toBe(true)
    expect(ledger.place("c", "w", 3)).toMatchObject({ refusal: { _tag: "KeyHeld" } })
  })

  it("sheds and gives up what waits, with the reason", () => {
    const ledger = withOneWorker()
    done(ledger.accept(aTask("shed"), 0))
    done(ledger.accept(aTask("hopeless"), 0))
    done(ledger.shed("shed", 0.96, 1))
    done(ledger.giveUp("hopeless", "unschedulable", anError, 1))
    expect(theTask(ledger, "shed").outcome).toEqual({ _tag: "shed", load: 0.96 })
    expect(theTask(ledger, "hopeless").outcome).toEqual({ _tag: "failed", reason: "unschedulable", error: anError })
    expect(ledger.queued).toBe(0)
  })
})
