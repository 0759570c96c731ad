import { describe, expect, it } from "vitest"
import { audit, Ledger } from "../../src/ledger/index.ts"
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

const requirements = asking({ cpu: 3_000 })

/** A task that runs on w1 and is offered to w2. */
const offered = () => {
  const ledger = new Ledger()
  withWorkers(ledger, aWorker("w1"), aWorker("w2"))
  const { epoch } = running(ledger, aTask("a", { requirements, concurrencyKey: "k" }), "w1")
  const { id } = done(ledger.offerMigration("a", epoch, "w2", 1))
  return { ledger, epoch, id }
}

const released = () => {
  const given = offered()
  done(given.ledger.releaseMigration(given.id, { page: 7 }, 2))
  return given
}

const booked = (ledger: Ledger) => ["w1", "w2"].map((id) => Number(theWorker(ledger, id).used.cpu))

describe("a migration", () => {
  it("holds both sides while the task goes on running on its source", () => {
    const { ledger } = offered()
    expect(booked(ledger)).toEqual([3_000, 3_000])
    expect(theTask(ledger, "a")).toMatchObject({ status: "running", assignment: { workerId: "w1" } })
    expect(audit(ledger)).toEqual([])
  })

  it("runs nowhere between release and commit, its state saved and its key held", () => {
    const { ledger, epoch } = released()
    expect(booked(ledger)).toEqual([0, 3_000])
    expect(theTask(ledger, "a")).toMatchObject({ status: "moving", assignment: undefined, state: { page: 7 } })
    expectRefusal(ledger.complete("a", epoch, 1, 3), "WrongStatus")
    done(ledger.accept(aTask("b", { concurrencyKey: "k" }), 3))
    expectRefusal(ledger.place("b", "w1", 3), "KeyHeld")
    expect(audit(ledger)).toEqual([])
  })

  it("goes on on its target under a new epoch, with what was held for it", () => {
    const { ledger, epoch, id } = released()
    const moved = done(ledger.commitMigration(id, 3))
    expect(moved).toMatchObject({ workerId: "w2", attempt: 2 })
    expect(moved.epoch).toBeGreaterThan(epoch)
    expect(booked(ledger)).toEqual([0, 3_000])
    expectRefusal(ledger.complete("a", epoch, 1, 4), "StaleEpoch")
    done(ledger.complete("a", moved.epoch, 1, 5))
    expect(booked(ledger)).toEqual([0, 0])
    expect(ledger.migrations.size).toBe(0)
  })

  it("keeps to its order: offer, release, commit", () => {
    const { ledger, epoch, id } = offered()
    expectRefusal(ledger.commitMigration(id, 2), "WrongStatus")
    expectRefusal(ledger.offerMigration("a", epoch, "w2", 2), "AlreadyMigrating")
    done(ledger.releaseMigration(id, undefined, 2))
    expectRefusal(ledger.releaseMigration(id, undefined, 3), "WrongStatus")
    done(ledger.commitMigration(id, 3))
    expectRefusal(ledger.commitMigration(id, 4), "UnknownMigration")
  })

  it("aborted before its release leaves the task where it runs", () => {
    const { ledger, epoch, id } = offered()
    done(ledger.abortMigration(id, "no", 2))
    expect(booked(ledger)).toEqual([3_000, 0])
    done(ledger.complete("a", epoch, 1, 3))
  })

  it("aborted after its release leaves the task queued with its state", () => {
    const { ledger, id } = released()
    done(ledger.abortMigration(id, "no", 3))
    expect(booked(ledger)).toEqual([0, 0])
    expect(theTask(ledger, "a")).toMatchObject({ status: "queued", state: { page: 7 } })
    done(ledger.place("a", "w1", 4))
    expect(audit(ledger)).toEqual([])
  })

  it("without a saved state keeps the last checkpoint", () => {
    const { ledger, epoch, id } = offered()
    done(ledger.checkpoint("a", epoch, { page: 3 }, 2))
    done(ledger.releaseMigration(id, undefined, 3))
    expect(theTask(ledger, "a").state).toEqual({ page: 3 })
  })

  it("survives the loss of its source after the release", () => {
    const { ledger, id } = released()
    done(ledger.workerLost("w1", { reason: "crashed", culprits: undefined }, "failed", 3))
    expect(theTask(ledger, "a")).toMatchObject({ status: "moving", crashes: [] })
    expect(done(ledger.commitMigration(id, 4)).workerId).toBe("w2")
  })

  it("ends with the loss of its target: the task is queued with its state, and not charged", () => {
    const { ledger, id } = released()
    done(ledger.workerLost("w2", { reason: "crashed", culprits: undefined }, "failed", 3))
    expect(theTask(ledger, "a")).toMatchObject({ status: "queued", state: { page: 7 }, crashes: [] })
    expectRefusal(ledger.commitMigration(id, 4), "UnknownMigration")
    expect(audit(ledger)).toEqual([])
  })

  it("ends with the loss of its source before the release: the task is queued, the target free", () => {
    const { ledger } = offered()
    done(ledger.workerLost("w1", { reason: "crashed", culprits: [] }, "failed", 3))
    expect(theTask(ledger, "a").status).toBe("queued")
    expect(booked(ledger)).toEqual([0, 0])
  })

  it("ends when its target no longer takes work", () => {
    const { ledger } = released()
    done(ledger.setPhase("w2", "draining", 3))
    expect(theTask(ledger, "a").status).toBe("queued")
    done(ledger.removeWorker("w2", 4))
  })

  it("ends when its task ends on the source first, however it ends", () => {
    const ends: Record<string, (given: ReturnType<typeof offered>) => unknown> = {
      completed: ({ ledger, epoch }) => ledger.complete("a", epoch, 1, 2),
      failed: ({ ledger, epoch }) => ledger.fail("a", epoch, { reason: "error", error: anError }, 0, 2),
      queued: ({ ledger, epoch }) => ledger.requeue("a", epoch, "yielded", 2),
      cancelled: ({ ledger }) => ledger.cancel("a", "no", 2)
    }
    for (const [status, end] of Object.entries(ends)) {
      const given = offered()
      expect(end(given)).toMatchObject({ ok: true })
      expect(theTask(given.ledger, "a").status).toBe(status)
      expect(theWorker(given.ledger, "w2").slots).toBe(0)
      expectRefusal(given.ledger.releaseMigration(given.id, 1, 3), "UnknownMigration")
      expect(audit(given.ledger)).toEqual([])
    }
  })

  it("of a task cancelled on its way leaves nothing held", () => {
    const { ledger } = released()
    expect(done(ledger.cancel("a", "no", 3))).toBeUndefined()
    expect(booked(ledger)).toEqual([0, 0])
    expect([...ledger.state.waiting.keys()]).toEqual([])
  })

  it("is refused where the target has no room", () => {
    const ledger = new Ledger()
    withWorkers(ledger, aWorker("w1"), aWorker("w2", { resources: { cpu: 2_000 } }))
    const { epoch } = running(ledger, aTask("a", { requirements }), "w1")
    expectRefusal(ledger.offerMigration("a", epoch, "w2", 1), "DoesNotFit")
  })
})
