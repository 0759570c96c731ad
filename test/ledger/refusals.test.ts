import { describe, expect, it } from "vitest"
import { audit, describeRefusal, Ledger } from "../../src/ledger/index.ts"
import { Epoch, type LedgerEvent } from "../../src/model/index.ts"
import { anError, asking, aTask, aWorker, done, expectRefusal, fails, running, withWorkers } from "./given.ts"

/** Two workers, one task running on the first under the epoch given back, one waiting, one done. */
const scene = () => {
  const events: Array<LedgerEvent> = []
  const ledger = new Ledger({ onEvent: (event) => events.push(event) })
  withWorkers(ledger, aWorker("w1"), aWorker("w2"))
  const { epoch } = running(ledger, aTask("running"), "w1")
  const over = running(ledger, aTask("done"), "w1")
  done(ledger.complete("done", over.epoch, 1, 0))
  done(ledger.accept(aTask("waiting"), 0))
  return { ledger, epoch, old: Epoch(epoch - 1), over: over.epoch, events }
}

describe("what the ledger refuses changes nothing", () => {
  const refusals: Record<string, readonly [(given: ReturnType<typeof scene>) => unknown, string]> = {
    "a worker of an id that has joined": [({ ledger }) => ledger.addWorker(aWorker("w1"), 1), "DuplicateWorker"],
    "the phase of an unknown worker": [({ ledger }) => ledger.setPhase("w9", "up", 1), "UnknownWorker"],
    "the removal of an unknown worker": [({ ledger }) => ledger.removeWorker("w9", 1), "UnknownWorker"],
    "the removal of a worker with work": [({ ledger }) => ledger.removeWorker("w1", 1), "WorkerNotEmpty"],
    "the loss of an unknown worker": [
      ({ ledger }) => ledger.workerLost("w9", { reason: "crashed", culprits: [] }, "failed", 1),
      "UnknownWorker"
    ],
    "keeping an unknown worker free": [({ ledger }) => ledger.hold("w9", "waiting", 1), "UnknownWorker"],
    "keeping a worker free for an unknown task": [({ ledger }) => ledger.hold("w1", "none", 1), "UnknownTask"],
    "keeping a worker free for a task that runs": [({ ledger }) => ledger.hold("w1", "running", 1), "WrongStatus"],
    "freeing an unknown worker": [({ ledger }) => ledger.unhold("w9", 1), "UnknownWorker"],
    "a task of an id there is": [({ ledger }) => ledger.accept(aTask("running"), 1), "DuplicateTask"],
    "a task of an id that has ended": [({ ledger }) => ledger.accept(aTask("done"), 1), "DuplicateTask"],
    "placing an unknown task": [({ ledger }) => ledger.place("none", "w1", 1), "UnknownTask"],
    "placing a task that runs": [({ ledger }) => ledger.place("running", "w2", 1), "WrongStatus"],
    "placing a task that has ended": [({ ledger }) => ledger.place("done", "w2", 1), "WrongStatus"],
    "placing on devices that there are not": [
      ({ ledger }) => ledger.place("waiting", "w2", 1, [0]),
      "UnsuitableDevices"
    ],
    "placing on an unknown worker": [({ ledger }) => ledger.place("waiting", "w9", 1), "UnknownWorker"],
    "the state of an older run": [({ ledger, old }) => ledger.checkpoint("running", old, 1, 1), "StaleEpoch"],
    "the state of a task that waits": [({ ledger, epoch }) => ledger.checkpoint("waiting", epoch, 1, 1), "WrongStatus"],
    "the result of an older run": [({ ledger, old }) => ledger.complete("running", old, 1, 1), "StaleEpoch"],
    "a second result": [({ ledger, over }) => ledger.complete("done", over, 2, 1), "WrongStatus"],
    "the result of an unknown task": [({ ledger, epoch }) => ledger.complete("none", epoch, 1, 1), "UnknownTask"],
    "the failure of an older run": [({ ledger, old }) => fails(ledger, "running", old, 0, 1), "StaleEpoch"],
    "a task given back by an older run": [
      ({ ledger, old }) => ledger.requeue("running", old, "yielded", 1),
      "StaleEpoch"
    ],
    "giving up a task that runs": [
      ({ ledger }) => ledger.giveUp("running", "unschedulable", anError, 1),
      "WrongStatus"
    ],
    "giving up an unknown task": [({ ledger }) => ledger.giveUp("none", "unschedulable", anError, 1), "UnknownTask"],
    "shedding a task that runs": [({ ledger }) => ledger.shed("running", 0.96, 1), "WrongStatus"],
    "cancelling an unknown task": [({ ledger }) => ledger.cancel("none", "why", 1), "UnknownTask"],
    "cancelling a task that has ended": [({ ledger }) => ledger.cancel("done", "why", 1), "WrongStatus"],
    "moving by an older run": [({ ledger, old }) => ledger.offerMigration("running", old, "w2", 1), "StaleEpoch"],
    "moving a task that waits": [
      ({ ledger, epoch }) => ledger.offerMigration("waiting", epoch, "w2", 1),
      "WrongStatus"
    ],
    "moving to where it runs": [({ ledger, epoch }) => ledger.offerMigration("running", epoch, "w1", 1), "SameWorker"],
    "moving to nowhere": [({ ledger, epoch }) => ledger.offerMigration("running", epoch, "w9", 1), "UnknownWorker"],
    "releasing an unknown migration": [({ ledger }) => ledger.releaseMigration(9, 1, 1), "UnknownMigration"],
    "committing an unknown migration": [({ ledger }) => ledger.commitMigration(9, 1), "UnknownMigration"],
    "aborting an unknown migration": [({ ledger }) => ledger.abortMigration(9, "why", 1), "UnknownMigration"]
  }
  for (const [what, [call, tag]] of Object.entries(refusals)) {
    it(`${what}: ${tag}`, () => {
      const given = scene()
      const before = given.events.length
      expect(call(given)).toMatchObject({ ok: false, refusal: { _tag: tag } })
      expect(given.events.length).toBe(before)
      expect(audit(given.ledger)).toEqual([])
    })
  }

  it("a run that never was has nothing to let go", () => {
    const { ledger, epoch } = scene()
    expect(ledger.released("w1", epoch, 1)).toBe(false)
    expect(ledger.released("w9", epoch, 1)).toBe(false)
  })

  it("a worker that drains, is in maintenance, starts or has failed takes nothing", () => {
    for (const phase of ["starting", "draining", "maintenance", "failed"] as const) {
      const { ledger } = scene()
      done(ledger.setPhase("w2", phase, 1))
      expect(ledger.place("waiting", "w2", 1)).toEqual({
        ok: false,
        refusal: { _tag: "DoesNotFit", workerId: "w2", reasons: [`is ${phase}`] }
      })
    }
  })

  it("a worker that warms up takes work", () => {
    const { ledger } = scene()
    done(ledger.setPhase("w2", "warming", 1))
    done(ledger.place("waiting", "w2", 1))
  })

  it("tells every reason against a placement, in words", () => {
    const { ledger } = scene()
    const requirements = asking({ cpu: 9_000, memory: 8_000 }, [], { backend: "torch" })
    done(ledger.accept(aTask("demanding", { requirements }), 1))
    const refusal = ledger.refusalToPlace("demanding", "w1")
    expect(refusal && describeRefusal(refusal)).toBe("w1: no backend torch, cpu 9 of 4, memory 8 of 4")
    expectRefusal(ledger.place("demanding", "w1", 1), "DoesNotFit")
  })
})
