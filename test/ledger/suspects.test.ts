import { describe, expect, it } from "vitest"
import { audit, fitsNow, Ledger, type LedgerOptions, unmetEver, unmetNow } from "../../src/ledger/index.ts"
import type { LedgerEvent } from "../../src/model/index.ts"
import { differences, viewOf } from "../../src/testing/index.ts"
import {
  aDevice,
  anError,
  aShare,
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

const nobodyKnows = { reason: "out-of-memory", culprits: undefined } as const

/** Two tasks that ran on a worker when it was lost, nobody knows by whose fault; it is back, with another beside it. */
const suspected = (options: LedgerOptions = {}) => {
  const ledger = new Ledger(options)
  withWorkers(ledger, aWorker("w", { slots: 4 }), aWorker("other", { slots: 4 }))
  running(ledger, aTask("a"), "w")
  running(ledger, aTask("b"), "w")
  done(ledger.workerLost("w", nobodyKnows, "starting", 1))
  done(ledger.setPhase("w", "up", 1))
  return ledger
}

describe("tasks that ran together on a worker that was lost, nobody knows by whose fault", () => {
  it("are suspects, and not charged", () => {
    const ledger = suspected()
    for (const id of ["a", "b"]) expect(theTask(ledger, id)).toMatchObject({ suspect: true, crashes: [] })
    expect(audit(ledger)).toEqual([])
  })

  it("count though they had ended and were being stopped: then the one that is left is a suspect too", () => {
    const ledger = new Ledger()
    withWorkers(ledger, aWorker("w"))
    running(ledger, aTask("a"), "w")
    running(ledger, aTask("b"), "w")
    done(ledger.cancel("b", "no", 0))
    done(ledger.workerLost("w", nobodyKnows, "starting", 1))
    expect(theTask(ledger, "a")).toMatchObject({ suspect: true, crashes: [] })
  })

  it("are no suspects where the culprits are known", () => {
    const ledger = new Ledger()
    withWorkers(ledger, aWorker("w"))
    const { epoch } = running(ledger, aTask("a"), "w")
    running(ledger, aTask("b"), "w")
    done(ledger.workerLost("w", { reason: "crashed", culprits: [epoch] }, "starting", 1))
    expect(theTask(ledger, "a")).toMatchObject({ suspect: false, crashes: [{ workerId: "w" }] })
    expect(theTask(ledger, "b")).toMatchObject({ suspect: false, crashes: [] })
  })
})

describe("a suspect", () => {
  it("runs only where nothing else is, and nobody joins it", () => {
    const ledger = suspected()
    const { epoch } = running(ledger, aTask("urgent", { priority: "critical" }), "w", 2)
    expectRefusal(ledger.place("a", "w", 2), "DoesNotFit")
    expect(unmetNow(theTask(ledger, "a").spec.requirements, theWorker(ledger, "w"))).toEqual([
      "has other work: it is to run alone"
    ])
    expect(unmetEver(theTask(ledger, "a").spec.requirements, theWorker(ledger, "w").spec)).toEqual([])
    done(ledger.complete("urgent", epoch, 1, 3))
    done(ledger.place("a", "w", 3))
    expect(theWorker(ledger, "w")).toMatchObject({ slots: 4, alone: true })
    expect(theTask(ledger, "a").reservation).toMatchObject({ whole: true })
    done(ledger.accept(aTask("c"), 4))
    expectRefusal(ledger.place("c", "w", 4), "DoesNotFit")
    expectRefusal(ledger.placeAhead("c", "w", 4), "DoesNotFit")
    expectRefusal(ledger.place("b", "w", 4), "DoesNotFit")
    done(ledger.place("b", "other", 4))
    expect(audit(ledger)).toEqual([])
  })

  it("does not run beside a run that is being stopped, though that holds no slot", () => {
    const ledger = new Ledger()
    withWorkers(ledger, aWorker("w", { slots: 1 }), aWorker("crashing"))
    running(ledger, aTask("a"), "crashing")
    running(ledger, aTask("b"), "crashing")
    const { epoch } = running(ledger, aTask("busy"), "w")
    done(ledger.accept(aTask("sent"), 0))
    const sent = done(ledger.placeAhead("sent", "w", 0))
    done(ledger.workerLost("crashing", nobodyKnows, "failed", 1))
    done(ledger.cancel("sent", "no", 1))
    done(ledger.complete("busy", epoch, 1, 2))
    expect(theWorker(ledger, "w").slots).toBe(0)
    expectRefusal(ledger.place("a", "w", 2), "DoesNotFit")
    ledger.released("w", sent.epoch, 3)
    done(ledger.place("a", "w", 3))
  })

  it("goes in its old order, in a lane of its own", () => {
    const ledger = suspected()
    done(ledger.accept(aTask("c"), 2))
    expect(ledger.next(new Set())?.spec.id).toBe("a")
    done(ledger.place("c", "other", 2))
    expectRefusal(ledger.place("b", "w", 2), "NotFirst")
    done(ledger.place("a", "w", 2))
  })

  it("does not starve: a worker can be kept free for it until that is empty", () => {
    const ledger = suspected()
    const { epoch } = running(ledger, aTask("urgent", { priority: "critical" }), "w", 2)
    done(ledger.hold("w", "a", 3))
    done(ledger.accept(aTask("c"), 4))
    expectRefusal(ledger.place("c", "w", 4), "HeldForAnother")
    done(ledger.complete("urgent", epoch, 1, 5))
    done(ledger.place("a", "w", 5))
    expect(theWorker(ledger, "w").heldFor).toBeUndefined()
  })

  it("that completes, fails or is given back is none any more, and gives the whole worker back", () => {
    const ends: Record<string, (ledger: Ledger) => unknown> = {
      completed: (ledger) => ledger.complete("a", epochOf(ledger), 1, 3),
      delayed: (ledger) => ledger.fail("a", epochOf(ledger), { reason: "error", error: anError }, 10, 3),
      queued: (ledger) => ledger.requeue("a", epochOf(ledger), "yielded", 3),
      cancelled: (ledger) => {
        const epoch = epochOf(ledger)
        done(ledger.cancel("a", "no", 3))
        return { ok: ledger.released("w", epoch, 3) }
      }
    }
    const epochOf = (ledger: Ledger) => done(ledger.place("a", "w", 2)).epoch
    for (const [status, end] of Object.entries(ends)) {
      const ledger = new Ledger()
      withWorkers(ledger, aWorker("w", { slots: 4 }))
      const spec = aTask("a", { retries: 1 })
      running(ledger, spec, "w")
      running(ledger, aTask("b"), "w")
      done(ledger.workerLost("w", nobodyKnows, "starting", 1))
      done(ledger.setPhase("w", "up", 1))
      expect(end(ledger)).toMatchObject({ ok: true })
      expect(theTask(ledger, "a")).toMatchObject({ status, suspect: false })
      expect(theTask(ledger, "a").spec).toBe(spec)
      expect(theWorker(ledger, "w")).toMatchObject({ slots: 0, alone: false })
      expect(audit(ledger)).toEqual([])
    }
  })

  it("that crashes again is charged, stays a suspect, and is quarantined at its limit", () => {
    const ledger = suspected()
    done(ledger.place("a", "w", 2))
    done(ledger.workerLost("w", nobodyKnows, "starting", 3))
    expect(theTask(ledger, "a")).toMatchObject({ status: "queued", suspect: true, crashes: [{ at: 3 }] })
    expect(theTask(ledger, "b")).toMatchObject({ status: "queued", suspect: true, crashes: [] })
    done(ledger.setPhase("w", "up", 4))
    const { epoch } = done(ledger.place("a", "w", 4))
    done(ledger.workerLost("w", { reason: "crashed", culprits: [epoch] }, "starting", 5))
    expect(theTask(ledger, "a")).toMatchObject({ status: "quarantined", suspect: false, crashes: [{}, {}] })
    expect(audit(ledger)).toEqual([])
  })

  it("moves as a suspect: its target is its own too", () => {
    const ledger = suspected()
    const { epoch } = done(ledger.place("a", "w", 2))
    const guest = running(ledger, aTask("c"), "other", 2)
    expectRefusal(ledger.offerMigration("a", epoch, "other", 2), "DoesNotFit")
    done(ledger.complete("c", guest.epoch, 1, 2))
    const { id } = done(ledger.offerMigration("a", epoch, "other", 3))
    expect(theWorker(ledger, "other")).toMatchObject({ slots: 4, alone: true })
    done(ledger.releaseMigration(id, undefined, 4))
    expect(theWorker(ledger, "w")).toMatchObject({ slots: 0, alone: false })
    done(ledger.commitMigration(id, 5))
    expect(theTask(ledger, "a").suspect).toBe(true)
    expect(audit(ledger)).toEqual([])
  })

  it("still gets what else it asks for", () => {
    const ledger = new Ledger()
    withWorkers(ledger, aWorker("w", { devices: [aDevice("cuda")] }), aWorker("none"))
    const requirements = asking({ cpu: 1_000 }, [aShare("cuda", 500)])
    running(ledger, aTask("a", { requirements, concurrencyKey: "k" }), "w")
    running(ledger, aTask("b"), "w")
    done(ledger.workerLost("w", nobodyKnows, "starting", 1))
    done(ledger.setPhase("w", "up", 1))
    const wanted = theTask(ledger, "a").spec.requirements
    expect(fitsNow(wanted, theWorker(ledger, "none"))).toBe(false)
    done(ledger.place("a", "w", 2))
    expect(theWorker(ledger, "w")).toMatchObject({ slots: 2, used: { cpu: 1_000 }, devices: [{ share: 500 }] })
    expect(audit(ledger)).toEqual([])
  })
})

it("the events of suspects lead to the same ledger", () => {
  const events: Array<LedgerEvent> = []
  const ledger = suspected({ onEvent: (event) => events.push(event) })
  const same = () => expect(differences(viewOf(Ledger.replay(events)), viewOf(ledger))).toEqual([])
  same()
  const { epoch } = done(ledger.place("a", "w", 2))
  done(ledger.place("b", "other", 2))
  same()
  done(ledger.complete("a", epoch, 1, 3))
  done(ledger.workerLost("other", nobodyKnows, "starting", 3))
  same()
  expect(theTask(Ledger.replay(events), "b")).toMatchObject({ suspect: true, crashes: [{ workerId: "other" }] })
})
