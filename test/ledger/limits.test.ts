import { describe, expect, it } from "vitest"
import { audit, fitsNow, Ledger, unmetNow } from "../../src/ledger/index.ts"
import type { LedgerEvent } from "../../src/model/index.ts"
import { differences, viewOf } from "../../src/testing/index.ts"
import { asking, aTask, aWorker, done, expectRefusal, running, theWorker, withWorkers } from "./given.ts"

const given = (slots = 3) => {
  const events: Array<LedgerEvent> = []
  const ledger = new Ledger({ onEvent: (event) => events.push(event) })
  withWorkers(ledger, aWorker("w", { slots }))
  return { ledger, events }
}

const alone = () => {
  const { demand, constraints } = asking({})
  return { demand: { ...demand, whole: true as const }, constraints, shape: "alone" }
}

describe("a worker that may take fewer slots than it has", () => {
  it("may take all of them until somebody says otherwise", () => {
    expect(theWorker(given().ledger, "w").limit).toBe(3)
  })

  it("takes no more than that, and says that no slot is free", () => {
    const { ledger } = given()
    done(ledger.limitWorker("w", 1, 0))
    running(ledger, aTask("a"), "w")
    done(ledger.accept(aTask("b"), 0))
    expectRefusal(ledger.place("b", "w", 0), "DoesNotFit")
    expect(unmetNow(aTask("b").requirements, theWorker(ledger, "w"))).toEqual(["no slot"])
    done(ledger.limitWorker("w", 2, 1))
    done(ledger.place("b", "w", 1))
    expect(audit(ledger)).toEqual([])
  })

  it("keeps what it has when the limit falls below that, and takes more only once it has less", () => {
    const { ledger } = given()
    const [first, second] = [running(ledger, aTask("a"), "w"), running(ledger, aTask("b"), "w")]
    done(ledger.limitWorker("w", 1, 1))
    expect(theWorker(ledger, "w")).toMatchObject({ slots: 2, limit: 1 })
    expect(audit(ledger)).toEqual([])
    done(ledger.complete("a", first.epoch, 0, 2))
    expect(fitsNow(aTask("c").requirements, theWorker(ledger, "w"))).toBe(false)
    done(ledger.complete("b", second.epoch, 0, 3))
    expect(fitsNow(aTask("c").requirements, theWorker(ledger, "w"))).toBe(true)
  })

  it("takes at least one and at most what it has, and a fraction of a slot is none", () => {
    const { ledger, events } = given()
    for (const [wish, limit] of [
      [0, 1],
      [-7, 1],
      [2.9, 2],
      [9, 3]
    ] as const) {
      expect(done(ledger.limitWorker("w", wish, 0)).limit).toBe(limit)
    }
    expect(events.filter(({ _tag }) => _tag === "WorkerLimited")).toHaveLength(3)
  })

  it("that is limited to what it is limited to already makes no event", () => {
    const { ledger, events } = given()
    const before = events.length
    done(ledger.limitWorker("w", 3, 0))
    expect(events).toHaveLength(before)
    expectRefusal(ledger.limitWorker("nobody", 1, 0), "UnknownWorker")
  })

  it("has no limit by what is no number", () => {
    const { ledger } = given()
    done(ledger.limitWorker("w", 1, 0))
    done(ledger.limitWorker("w", Number.NaN, 1))
    expect(theWorker(ledger, "w").limit).toBe(3)
  })

  it("may still be one task's alone while it is empty", () => {
    const { ledger } = given()
    done(ledger.limitWorker("w", 1, 0))
    const { epoch } = running(ledger, aTask("a", { requirements: alone() }), "w")
    expect(theWorker(ledger, "w")).toMatchObject({ slots: 3, limit: 1, alone: true })
    expect(audit(ledger)).toEqual([])
    done(ledger.complete("a", epoch, 0, 1))
    expect(theWorker(ledger, "w").slots).toBe(0)
  })

  it("is sent nothing ahead, since its thread would begin it", () => {
    const { ledger } = given(2)
    running(ledger, aTask("a"), "w")
    running(ledger, aTask("b"), "w")
    done(ledger.limitWorker("w", 1, 0))
    done(ledger.accept(aTask("c"), 0))
    expectRefusal(ledger.placeAhead("c", "w", 0), "DoesNotFit")
  })

  it("lets those sent ahead before move up as its limit allows, and all that it allows when it rises", () => {
    const { ledger } = given(2)
    const [first, second] = [running(ledger, aTask("a"), "w"), running(ledger, aTask("b"), "w")]
    for (const id of ["c", "d"]) {
      done(ledger.accept(aTask(id), 0))
      done(ledger.placeAhead(id, "w", 0))
    }
    done(ledger.limitWorker("w", 1, 1))
    done(ledger.complete("a", first.epoch, 0, 2))
    expect(theWorker(ledger, "w").ahead).toHaveLength(2)
    done(ledger.complete("b", second.epoch, 0, 3))
    expect(theWorker(ledger, "w")).toMatchObject({ slots: 1 })
    expect(theWorker(ledger, "w").ahead).toHaveLength(1)
    done(ledger.limitWorker("w", 2, 4))
    expect(theWorker(ledger, "w").ahead).toHaveLength(0)
    expect(audit(ledger)).toEqual([])
  })

  it("has its limit again when the events are applied to an empty ledger", () => {
    const { ledger, events } = given()
    running(ledger, aTask("a"), "w")
    done(ledger.limitWorker("w", 2, 1))
    const again = Ledger.replay(events)
    expect(theWorker(again, "w").limit).toBe(2)
    expect(differences(viewOf(again), viewOf(ledger))).toEqual([])
  })
})
