import { describe, expect, it } from "vitest"
import { audit, Ledger, type LedgerOptions } from "../../src/ledger/index.ts"
import type { Assignment, LedgerEvent, TaskSpec } from "../../src/model/index.ts"
import { differences, viewOf } from "../../src/testing/index.ts"
import {
  anError,
  asking,
  aTask,
  aWorker,
  done,
  expectRefusal,
  running,
  theTask,
  theWorker,
  withWorkers
} from "./given.ts"

/** A worker with one slot, on which `first` runs. */
const busy = (options: LedgerOptions = {}) => {
  const ledger = new Ledger(options)
  withWorkers(ledger, aWorker("w", { slots: 1 }))
  return { ledger, first: running(ledger, aTask("first"), "w") }
}

const ahead = (ledger: Ledger, task: TaskSpec, now = 0): Assignment => {
  done(ledger.accept(task, now))
  return done(ledger.placeAhead(task.id, "w", now))
}

const line = (ledger: Ledger) => theWorker(ledger, "w").ahead.map(({ spec }) => spec.id)

describe("a run sent ahead", () => {
  it("holds nothing until the run before it gives its slot back, and then moves up in order", () => {
    const { ledger, first } = busy()
    const second = ahead(ledger, aTask("second"))
    ahead(ledger, aTask("third"))
    expect(line(ledger)).toEqual(["second", "third"])
    expect(theWorker(ledger, "w").slots).toBe(1)
    expect(theTask(ledger, "second")).toMatchObject({ status: "running", attempts: 1, reservation: { ahead: true } })
    done(ledger.complete("first", first.epoch, 1, 1))
    expect(line(ledger)).toEqual(["third"])
    expect(theWorker(ledger, "w").slots).toBe(1)
    expect(theTask(ledger, "second").reservation?.ahead).toBeUndefined()
    done(ledger.complete("second", second.epoch, 1, 2))
    expect(line(ledger)).toEqual([])
    expect(audit(ledger)).toEqual([])
  })

  it("moves up however the slot becomes free", () => {
    const ends: Record<string, (ledger: Ledger, { epoch }: Assignment) => unknown> = {
      completed: (ledger, { epoch }) => ledger.complete("first", epoch, 1, 1),
      failed: (ledger, { epoch }) => ledger.fail("first", epoch, { reason: "error", error: anError }, 0, 1),
      yielded: (ledger, { epoch }) => ledger.requeue("first", epoch, "yielded", 1),
      "let go after a cancel": (ledger, { epoch }) => {
        done(ledger.cancel("first", "no", 1))
        expect(line(ledger)).toEqual(["second"])
        return { ok: ledger.released("w", epoch, 1) }
      },
      moved: (ledger, { epoch }) => {
        withWorkers(ledger, aWorker("other"))
        done(ledger.offerMigration("first", epoch, "other", 1))
        return ledger.releaseMigration(1, undefined, 1)
      }
    }
    for (const end of Object.values(ends)) {
      const { ledger, first } = busy()
      ahead(ledger, aTask("second"))
      expect(end(ledger, first)).toMatchObject({ ok: true })
      expect(line(ledger)).toEqual([])
      expect(theWorker(ledger, "w").slots).toBe(1)
      expect(audit(ledger)).toEqual([])
    }
  })

  it("takes the slot that was kept for a migration that is not to be", () => {
    const { ledger, first } = busy()
    withWorkers(ledger, aWorker("other", { slots: 1 }))
    const { id } = done(ledger.offerMigration("first", first.epoch, "other", 0))
    done(ledger.accept(aTask("second"), 0))
    done(ledger.placeAhead("second", "other", 0))
    done(ledger.abortMigration(id, "no", 1))
    expect(theWorker(ledger, "other")).toMatchObject({ slots: 1, ahead: [] })
    expect(audit(ledger)).toEqual([])
  })

  it("may end before its turn, as its worker may have begun it already", () => {
    const { ledger } = busy()
    const second = ahead(ledger, aTask("second"))
    ahead(ledger, aTask("third"))
    done(ledger.complete("second", second.epoch, 1, 1))
    expect(line(ledger)).toEqual(["third"])
    expect(theWorker(ledger, "w").slots).toBe(1)
    expect(audit(ledger)).toEqual([])
  })

  it("that is cancelled stays with its worker until that has let go, and keeps nobody from moving up", () => {
    const { ledger, first } = busy()
    const second = ahead(ledger, aTask("second"))
    ahead(ledger, aTask("third"))
    expect(done(ledger.cancel("second", "no", 1))).toEqual({ taskId: "second", workerId: "w", epoch: second.epoch })
    expect(line(ledger)).toEqual(["third"])
    done(ledger.complete("first", first.epoch, 1, 2))
    expect(line(ledger)).toEqual([])
    expect(ledger.released("w", second.epoch, 3)).toBe(true)
    expect(theWorker(ledger, "w").slots).toBe(1)
    expect(audit(ledger)).toEqual([])
  })

  it("that is cancelled keeps its worker from being removed until that has let go of it", () => {
    const { ledger, first } = busy()
    const { epoch } = ahead(ledger, aTask("second"))
    done(ledger.cancel("second", "no", 1))
    done(ledger.complete("first", first.epoch, 1, 1))
    expect(theWorker(ledger, "w").slots).toBe(0)
    expectRefusal(ledger.removeWorker("w", 2), "WorkerNotEmpty")
    ledger.released("w", epoch, 3)
    done(ledger.removeWorker("w", 4))
  })

  it("can be offered to another worker, where it holds what it needs", () => {
    const { ledger } = busy()
    const { epoch } = ahead(ledger, aTask("second"))
    withWorkers(ledger, aWorker("other"))
    const { id } = done(ledger.offerMigration("second", epoch, "other", 1))
    done(ledger.releaseMigration(id, undefined, 2))
    expect(line(ledger)).toEqual([])
    done(ledger.commitMigration(id, 3))
    expect(theWorker(ledger, "w").slots).toBe(1)
    expect(theWorker(ledger, "other").slots).toBe(1)
    expect(audit(ledger)).toEqual([])
  })

  it("stays where it is while its worker drains, and is run there", () => {
    const { ledger, first } = busy()
    ahead(ledger, aTask("second"))
    done(ledger.setPhase("w", "draining", 1))
    expectRefusal(ledger.removeWorker("w", 1), "WorkerNotEmpty")
    done(ledger.complete("first", first.epoch, 1, 2))
    expect(line(ledger)).toEqual([])
    expect(theTask(ledger, "second").status).toBe("running")
  })

  it("goes only to a worker that is full, takes work, and is kept for nobody", () => {
    const { ledger, first } = busy()
    done(ledger.accept(aTask("second"), 0))
    withWorkers(ledger, aWorker("free"))
    expectRefusal(ledger.placeAhead("second", "free", 1), "DoesNotFit")
    expectRefusal(ledger.placeAhead("second", "nobody", 1), "UnknownWorker")
    done(ledger.accept(aTask("large", { requirements: asking({ cpu: 4_000 }) }), 0))
    done(ledger.hold("w", "large", 1))
    expectRefusal(ledger.placeAhead("second", "w", 1), "HeldForAnother")
    done(ledger.unhold("w", 1))
    done(ledger.setPhase("w", "draining", 1))
    expectRefusal(ledger.placeAhead("second", "w", 1), "DoesNotFit")
    done(ledger.complete("first", first.epoch, 1, 2))
  })

  it("is only what asks for a slot and nothing else, and only in its turn", () => {
    const { ledger } = busy()
    const wants = [asking({ cpu: 1 }), asking({}, [], { backend: "torch" })]
    for (const [index, requirements] of wants.entries()) {
      done(ledger.accept(aTask(`t${index}`, { requirements }), 0))
      expectRefusal(ledger.placeAhead(`t${index}`, "w", 0), "DoesNotFit")
    }
    done(ledger.accept(aTask("a"), 0))
    done(ledger.accept(aTask("b"), 0))
    expectRefusal(ledger.placeAhead("b", "w", 0), "NotFirst")
    done(ledger.cancel("a", "no", 0))
    done(ledger.cancel("b", "no", 0))
    done(ledger.accept(aTask("keyed", { concurrencyKey: "k" }), 0))
    expectRefusal(ledger.placeAhead("keyed", "w", 0), "DoesNotFit")
  })
})

describe("a run that is called back", () => {
  it("was no attempt, and its task has its old place in the queue", () => {
    const { ledger } = busy()
    const { epoch } = ahead(ledger, aTask("second"))
    done(ledger.accept(aTask("later"), 1))
    done(ledger.requeue("second", epoch, "recalled", 2))
    expect(theTask(ledger, "second")).toMatchObject({ status: "queued", attempts: 0 })
    expect(ledger.next(new Set())?.spec.id).toBe("second")
    expect(done(ledger.placeAhead("second", "w", 3)).attempt).toBe(1)
    expectRefusal(ledger.complete("second", epoch, 1, 4), "StaleEpoch")
  })

  it("has its queue timeout before it again, even if nobody waited for that meanwhile", () => {
    const { ledger } = busy()
    const { epoch } = ahead(ledger, aTask("second", { queueTimeout: 50 }))
    expect(ledger.nextDue()).toBeUndefined()
    done(ledger.requeue("second", epoch, "recalled", 2))
    expect(ledger.nextDue()).toBe(50)
    ledger.expire(50)
    expect(theTask(ledger, "second").outcome).toEqual({ _tag: "expired", limit: "queueTimeout" })
  })
})

describe("a worker lost with runs ahead", () => {
  it("charges none of them where the culprit is unknown, and gives all back in their old order", () => {
    const { ledger } = busy()
    ahead(ledger, aTask("second"), 1)
    ahead(ledger, aTask("third"), 2)
    done(ledger.workerLost("w", { reason: "crashed", culprits: undefined }, "starting", 3))
    expect(theTask(ledger, "first").crashes).toHaveLength(1)
    for (const id of ["second", "third"]) {
      expect(theTask(ledger, id)).toMatchObject({ status: "queued", crashes: [], suspect: false })
    }
    expect(theWorker(ledger, "w")).toMatchObject({ slots: 0, ahead: [] })
    expect(ledger.upcoming(aTask("x").requirements.shape, 3).map(({ spec }) => spec.id)).toEqual([
      "first",
      "second",
      "third"
    ])
    expect(audit(ledger)).toEqual([])
  })

  it("charges one that is named: it had begun, and the news of that was lost", () => {
    const { ledger } = busy()
    const { epoch } = ahead(ledger, aTask("second"))
    done(ledger.workerLost("w", { reason: "crashed", culprits: [epoch] }, "starting", 3))
    expect(theTask(ledger, "first").crashes).toEqual([])
    expect(theTask(ledger, "second").crashes).toHaveLength(1)
  })
})

it("the events of what was sent ahead, moved up, called back and lost lead to the same ledger", () => {
  const events: Array<LedgerEvent> = []
  const { ledger, first } = busy({ onEvent: (event) => events.push(event) })
  ahead(ledger, aTask("second"))
  const third = ahead(ledger, aTask("third"))
  done(ledger.requeue("third", third.epoch, "recalled", 1))
  done(ledger.placeAhead("third", "w", 1))
  expect(differences(viewOf(Ledger.replay(events)), viewOf(ledger))).toEqual([])
  done(ledger.complete("first", first.epoch, 1, 2))
  expect(differences(viewOf(Ledger.replay(events)), viewOf(ledger))).toEqual([])
  done(ledger.workerLost("w", { reason: "crashed", culprits: undefined }, "starting", 3))
  expect(differences(viewOf(Ledger.replay(events)), viewOf(ledger))).toEqual([])
})
