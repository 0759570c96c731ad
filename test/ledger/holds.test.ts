import { describe, expect, it } from "vitest"
import { audit, Ledger } from "../../src/ledger/index.ts"
import { asking, aTask, aWorker, done, expectRefusal, running, theWorker, withWorkers } from "./given.ts"

const big = aTask("big", { requirements: asking({ cpu: 4_000 }) })
const small = (id: string) => aTask(id, { requirements: asking({ cpu: 1_000 }) })

describe("a worker kept free for a task", () => {
  it("a big task is not starved by small ones that keep coming", () => {
    const ledger = new Ledger()
    withWorkers(ledger, aWorker("w"))
    const first = running(ledger, small("s1"), "w", 0)
    done(ledger.accept(big, 1))
    done(ledger.accept(small("s2"), 2))
    expectRefusal(ledger.place("big", "w", 2), "DoesNotFit")
    done(ledger.hold("w", "big", 3))
    expectRefusal(ledger.place("s2", "w", 3), "HeldForAnother")
    done(ledger.complete("s1", first.epoch, 1, 4))
    const { epoch } = done(ledger.place("big", "w", 4))
    expect(theWorker(ledger, "w").heldFor).toBeUndefined()
    done(ledger.complete("big", epoch, 1, 5))
    done(ledger.place("s2", "w", 5))
  })

  it("still takes what ranks before that task", () => {
    const ledger = new Ledger()
    withWorkers(ledger, aWorker("w"))
    done(ledger.accept(big, 0))
    done(ledger.hold("w", "big", 0))
    running(ledger, aTask("urgent", { priority: "critical" }), "w", 1)
    expect(theWorker(ledger, "w").heldFor).toBe("big")
  })

  it("is free again when the task is cancelled, or the hold is ended, or it no longer takes work", () => {
    const ends: ReadonlyArray<(ledger: Ledger) => unknown> = [
      (ledger) => ledger.cancel("big", "no", 2),
      (ledger) => ledger.unhold("w", 2),
      (ledger) => ledger.setPhase("w", "draining", 2),
      (ledger) => ledger.workerLost("w", { reason: "crashed", culprits: undefined }, "failed", 2)
    ]
    for (const end of ends) {
      const ledger = new Ledger()
      withWorkers(ledger, aWorker("w"))
      done(ledger.accept(big, 0))
      done(ledger.hold("w", "big", 1))
      expect(end(ledger)).toMatchObject({ ok: true })
      expect(theWorker(ledger, "w").heldFor).toBeUndefined()
    }
  })

  it("takes no part in a migration that ranks behind", () => {
    const ledger = new Ledger()
    withWorkers(ledger, aWorker("w1"), aWorker("w2"))
    done(ledger.accept(big, 0))
    const { epoch } = running(ledger, small("s"), "w1", 1)
    done(ledger.hold("w2", "big", 2))
    expectRefusal(ledger.offerMigration("s", epoch, "w2", 3), "HeldForAnother")
  })

  it("is kept for one task at a time, and a second request for the same one changes nothing", () => {
    const ledger = new Ledger()
    withWorkers(ledger, aWorker("w"))
    done(ledger.accept(big, 0))
    done(ledger.accept(small("s"), 1))
    done(ledger.hold("w", "big", 2))
    expectRefusal(ledger.hold("w", "s", 2), "HeldForAnother")
    const { seq } = ledger.state
    done(ledger.hold("w", "big", 3))
    expect(ledger.state.seq).toBe(seq)
  })

  it("two workers kept free for one task are both free once it is placed on either", () => {
    const ledger = new Ledger()
    withWorkers(ledger, aWorker("w1"), aWorker("w2"))
    done(ledger.accept(big, 0))
    done(ledger.hold("w1", "big", 1))
    done(ledger.hold("w2", "big", 1))
    done(ledger.place("big", "w1", 2))
    expect(theWorker(ledger, "w1").heldFor).toBeUndefined()
    expect(theWorker(ledger, "w2").heldFor).toBeUndefined()
    running(ledger, small("s"), "w2", 3)
  })

  it("one of two workers can be freed while the other is kept", () => {
    const ledger = new Ledger()
    withWorkers(ledger, aWorker("w1"), aWorker("w2"))
    done(ledger.accept(big, 0))
    done(ledger.hold("w1", "big", 1))
    done(ledger.hold("w2", "big", 1))
    done(ledger.unhold("w1", 2))
    expect(theWorker(ledger, "w1").heldFor).toBeUndefined()
    expect(theWorker(ledger, "w2").heldFor).toBe("big")
    expect(audit(ledger)).toEqual([])
  })

  it("is not kept free for what could never run on it", () => {
    const ledger = new Ledger()
    withWorkers(ledger, aWorker("w", { resources: { cpu: 2_000 } }))
    done(ledger.accept(big, 0))
    expect(ledger.hold("w", "big", 1)).toEqual({
      ok: false,
      refusal: { _tag: "DoesNotFit", workerId: "w", reasons: ["cpu 4 of 2"] }
    })
    running(ledger, small("s"), "w", 2)
  })
})
