import { describe, expect, it } from "vitest"
import { audit, Ledger } from "../../src/ledger/index.ts"
import { asking, aTask, aWorker, done, expectRefusal, running, withWorkers } from "./given.ts"

const keyed = (id: string, limit = 1) => aTask(id, { concurrencyKey: "k", concurrencyLimit: limit })

const nextOf = (ledger: Ledger): string | undefined => ledger.next(new Set())?.spec.id

describe("the order of waiting", () => {
  it("tasks of equal priority, fit and expected duration are first come, first served, within one millisecond too", () => {
    const ledger = new Ledger()
    withWorkers(ledger, aWorker("w"))
    for (const id of ["a", "b", "c"]) done(ledger.accept(aTask(id), 5))
    expectRefusal(ledger.place("b", "w", 5), "NotFirst")
    expect(nextOf(ledger)).toBe("a")
    done(ledger.place("a", "w", 5))
    expect(nextOf(ledger)).toBe("b")
  })

  it("the more urgent goes first, until the other has waited long enough", () => {
    const ledger = new Ledger({ ageing: 100 })
    withWorkers(ledger, aWorker("w"))
    done(ledger.accept(aTask("low", { priority: "low" }), 0))
    done(ledger.accept(aTask("critical", { priority: "critical" }), 299))
    expect(nextOf(ledger)).toBe("critical")
    done(ledger.place("critical", "w", 299))
    done(ledger.accept(aTask("too late", { priority: "critical" }), 300))
    expect(nextOf(ledger)).toBe("low")
  })

  it("of one burst the task declared to take longest goes first", () => {
    const ledger = new Ledger()
    withWorkers(ledger, aWorker("w"))
    done(ledger.accept(aTask("unknown"), 0))
    done(ledger.accept(aTask("short", { expectedDuration: 10 }), 1))
    done(ledger.accept(aTask("long", { expectedDuration: 2_000 }), 5))
    const order: Array<string | undefined> = []
    for (let next = nextOf(ledger); next !== undefined; next = nextOf(ledger)) {
      order.push(next)
      done(ledger.giveUp(next, "unschedulable", { name: "Error", message: "" }, 6))
    }
    expect(order).toEqual(["long", "short", "unknown"])
  })

  it("however long it takes, a task goes past none of higher priority, and past none that has waited longer", () => {
    const ledger = new Ledger({ ageing: 100 })
    withWorkers(ledger, aWorker("w"))
    done(ledger.accept(aTask("first"), 0))
    done(ledger.accept(aTask("endless", { expectedDuration: 1e9 }), 51))
    expect(nextOf(ledger)).toBe("first")
    done(ledger.accept(aTask("urgent", { priority: "high" }), 51))
    expect(nextOf(ledger)).toBe("urgent")
  })

  it("hours go before minutes, though none has a head start of more than half an ageing span", () => {
    const ledger = new Ledger({ ageing: 30_000 })
    withWorkers(ledger, aWorker("w"))
    const minutes = [3, 240, 12, 60, 6]
    for (const each of minutes) done(ledger.accept(aTask(`${each}`, { expectedDuration: each * 60_000 }), 0))
    const { shape } = aTask("any").requirements
    expect(ledger.upcoming(shape, 5).map(({ spec }) => spec.id)).toEqual(["240", "60", "12", "6", "3"])
    for (const { rank } of ledger.upcoming(shape, 5)) expect(rank).toBeGreaterThanOrEqual(3 * 30_000 - 15_000)
  })

  it("counts what waits: declared time, and tasks that declare none", () => {
    const ledger = new Ledger()
    withWorkers(ledger, aWorker("w"))
    for (const id of ["a", "b"]) done(ledger.accept(aTask(id, { expectedDuration: 0.1 }), 0))
    done(ledger.accept(aTask("c", { expectedDuration: 0.2 }), 0))
    done(ledger.accept(aTask("d"), 0))
    expect(ledger.waitingWork.undeclared).toBe(1)
    expect(ledger.waitingWork.declaredMs).toBeCloseTo(0.4)
    const { epoch } = done(ledger.place("c", "w", 0))
    for (const id of ["a", "b"]) done(ledger.cancel(id, "", 0))
    expect(ledger.waitingWork).toEqual({ declaredMs: 0, undeclared: 1 })
    done(ledger.requeue("c", epoch, "yielded", 1))
    expect(ledger.waitingWork.declaredMs).toBeCloseTo(0.2)
  })

  it("a task that went back to the queue has its old place", () => {
    const ledger = new Ledger()
    withWorkers(ledger, aWorker("w"))
    const { epoch } = running(ledger, aTask("a"), "w")
    done(ledger.accept(aTask("b"), 1))
    done(ledger.requeue("a", epoch, "yielded", 2))
    expect(nextOf(ledger)).toBe("a")
  })

  it("what fits nowhere does not stand in the way of other shapes", () => {
    const ledger = new Ledger()
    withWorkers(ledger, aWorker("w"))
    done(ledger.accept(aTask("huge", { requirements: asking({ cpu: 9_000 }) }), 0))
    done(ledger.accept(aTask("small"), 1))
    expectRefusal(ledger.place("huge", "w", 1), "DoesNotFit")
    expect(nextOf(ledger)).toBe("huge")
    expect(ledger.next(new Set([asking({ cpu: 9_000 }).shape]))?.spec.id).toBe("small")
    expect([...ledger.heads()].map(({ spec }) => spec.id)).toEqual(["huge", "small"])
    done(ledger.place("small", "w", 1))
  })
})

describe("a concurrency key", () => {
  it("lets one task run at a time, first come, first served", () => {
    const ledger = new Ledger()
    withWorkers(ledger, aWorker("w"))
    const first = running(ledger, keyed("a"), "w")
    done(ledger.accept(keyed("b"), 1))
    done(ledger.accept(keyed("c"), 2))
    expectRefusal(ledger.place("b", "w", 2), "KeyHeld")
    expect(nextOf(ledger)).toBeUndefined()
    done(ledger.complete("a", first.epoch, 1, 3))
    expect(nextOf(ledger)).toBe("b")
    expectRefusal(ledger.place("c", "w", 3), "KeyHeld")
    done(ledger.place("b", "w", 3))
  })

  it("does not keep tasks of other keys, or of none, from running", () => {
    const ledger = new Ledger()
    withWorkers(ledger, aWorker("w", { slots: 3 }))
    running(ledger, keyed("a"), "w")
    done(ledger.accept(keyed("b"), 1))
    running(ledger, aTask("other", { concurrencyKey: "other" }), "w", 2)
    running(ledger, aTask("free"), "w", 3)
    expect(ledger.counts.running).toBe(3)
  })

  it("lets as many run as its limit says, and the smallest limit in use binds", () => {
    const ledger = new Ledger()
    withWorkers(ledger, aWorker("w", { slots: 9 }))
    const a = running(ledger, keyed("a", 3), "w")
    running(ledger, keyed("b", 3), "w")
    done(ledger.accept(keyed("c", 1), 1))
    done(ledger.accept(keyed("d", 3), 2))
    expectRefusal(ledger.place("c", "w", 3), "KeyHeld")
    done(ledger.complete("a", a.epoch, 1, 4))
    expectRefusal(ledger.place("c", "w", 4), "KeyHeld")
    expect(audit(ledger)).toEqual([])
  })

  it("lets the more urgent of two waiting tasks go first", () => {
    const ledger = new Ledger()
    withWorkers(ledger, aWorker("w"))
    done(ledger.accept(keyed("a"), 0))
    done(ledger.accept(aTask("urgent", { concurrencyKey: "k", priority: "critical" }), 1))
    expect(nextOf(ledger)).toBe("urgent")
    expectRefusal(ledger.place("a", "w", 1), "KeyHeld")
    done(ledger.place("urgent", "w", 1))
  })

  it("is forgotten when nothing holds it or waits for it", () => {
    const ledger = new Ledger()
    withWorkers(ledger, aWorker("w"))
    const { epoch } = running(ledger, keyed("a"), "w")
    done(ledger.accept(keyed("b"), 0))
    done(ledger.cancel("b", "not wanted", 1))
    done(ledger.complete("a", epoch, 1, 2))
    expect([...ledger.state.waiting.keys()]).toEqual([])
    expect([...ledger.state.waiting.lanes.keys()]).toEqual([])
  })

  it("is held by a cancelled run until its worker has let go", () => {
    const ledger = new Ledger()
    withWorkers(ledger, aWorker("w"))
    const { epoch } = running(ledger, keyed("a"), "w")
    done(ledger.accept(keyed("b"), 1))
    done(ledger.cancel("a", "not wanted", 2))
    expectRefusal(ledger.place("b", "w", 3), "KeyHeld")
    expect(ledger.released("w", epoch, 4)).toBe(true)
    done(ledger.place("b", "w", 4))
  })
})

describe("a task that steps aside", () => {
  it("lets the next of its lane go, and has its old place when it steps back", () => {
    const ledger = new Ledger()
    withWorkers(ledger, aWorker("w", { slots: 4 }))
    for (const id of ["a", "b", "c"]) done(ledger.accept(aTask(id), 0))
    ledger.stepAside("a")
    expect([ledger.isAside("a"), ledger.isReady("a"), nextOf(ledger)]).toEqual([true, false, "b"])
    expectRefusal(ledger.place("a", "w", 0), "NotFirst")
    expect([audit(ledger), ledger.counts.queued]).toEqual([[], 3])
    done(ledger.place("b", "w", 0))
    ledger.stepBack("a")
    expect([ledger.isAside("a"), nextOf(ledger), audit(ledger)]).toEqual([false, "a", []])
    done(ledger.place("a", "w", 0))
  })

  it("may end there, alone in its lane or not, and steps neither aside nor back where it does not wait", () => {
    const ledger = new Ledger()
    withWorkers(ledger, aWorker("w"))
    done(ledger.accept(aTask("a", { queueTimeout: 10 }), 0))
    ledger.stepAside("a")
    ledger.stepAside("a")
    expect(nextOf(ledger)).toBeUndefined()
    ledger.expire(10)
    ledger.stepBack("a")
    ledger.stepBack("nobody")
    running(ledger, aTask("b"), "w")
    ledger.stepAside("b")
    expect([ledger.counts.expired, ledger.isAside("a"), ledger.isAside("b"), audit(ledger)]).toEqual([
      1,
      false,
      false,
      []
    ])
  })

  it("keeps its turn under its key, but for one that goes before it there", () => {
    const ledger = new Ledger()
    withWorkers(ledger, aWorker("w"))
    for (const id of ["a", "b"]) done(ledger.accept(keyed(id), 0))
    ledger.stepAside("a")
    expect([nextOf(ledger), audit(ledger)]).toEqual([undefined, []])
    done(ledger.accept(aTask("urgent", { concurrencyKey: "k", priority: "critical" }), 1))
    expect([ledger.isAside("a"), nextOf(ledger), audit(ledger)]).toEqual([false, "urgent", []])
    ledger.stepBack("a")
    done(ledger.cancel("urgent", "", 2))
    expect([nextOf(ledger), audit(ledger)]).toEqual(["a", []])
  })
})
