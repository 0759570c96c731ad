import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Ledger, loadOf, outranks, ShedOrder } from "../../src/ledger/index.ts"
import { type LedgerEvent, type Priority, priorities, priorityRank } from "../../src/model/index.ts"
import { aTask, aWorker, done, fails, running, theTask, withWorkers } from "./given.ts"

/** A ledger in which tasks of these priorities wait, accepted in this order: `t0`, `t1` and so on. */
const waitingOf = (...given: ReadonlyArray<Priority>) => {
  const ledger = new Ledger()
  for (const [index, priority] of given.entries()) done(ledger.accept(aTask(`t${index}`, { priority }), index))
  return { ledger, order: new ShedOrder(ledger.tasks.values()) }
}

describe("load", () => {
  it("is 1 where every slot and every place in the queue is taken", () => {
    expect(loadOf({ running: 4, waiting: 16, slots: 4, maxQueue: 16 })).toBe(1)
    expect(loadOf({ running: 4, waiting: 15, slots: 4, maxQueue: 16 })).toBe(0.95)
    expect(loadOf({ running: 0, waiting: 0, slots: 0, maxQueue: 1 })).toBe(0)
  })
})

describe("the order of shedding", () => {
  it("takes the lowest priority first, and within it the latest accepted", () => {
    const { ledger, order } = waitingOf("low", "minimal", "normal", "minimal", "low")
    const shed: Array<string> = []
    for (let victim = order.victimFor("critical"); victim !== undefined; victim = order.victimFor("critical")) {
      shed.push(victim.spec.id)
      done(ledger.shed(victim.spec.id, 1, 9))
    }
    expect(shed).toEqual(["t3", "t1", "t4", "t0", "t2"])
  })

  it("never takes what is critical, nor what is as urgent as the one that comes", () => {
    const { order } = waitingOf("critical", "normal", "high")
    expect(order.victimFor("normal")).toBeUndefined()
    expect(order.victimFor("minimal")).toBeUndefined()
    expect(order.victimFor("high")?.spec.id).toBe("t1")
    expect(waitingOf("critical", "critical").order.victimFor("critical")).toBeUndefined()
  })

  it("takes nothing that has begun to run, whatever became of that", () => {
    const ledger = new Ledger()
    withWorkers(ledger, aWorker("w", { slots: 3 }))
    const order = new ShedOrder()
    const low = { priority: "low" as const, retries: 1 }
    for (const id of ["runs", "retried", "back"])
      order.add(theTask(ledger, running(ledger, aTask(id, low), "w").taskId))
    const epochOf = (id: string) => {
      const epoch = theTask(ledger, id).assignment?.epoch
      if (epoch === undefined) throw new Error(`${id} does not run`)
      return epoch
    }
    done(fails(ledger, "retried", epochOf("retried"), 10, 1))
    done(ledger.requeue("back", epochOf("back"), "yielded", 1))
    expect(order.victimFor("critical")).toBeUndefined()
    ledger.due(20)
    expect(theTask(ledger, "retried").status).toBe("queued")
    expect(new ShedOrder(ledger.tasks.values()).victimFor("critical")).toBeUndefined()
  })

  it("takes what was called back before it began at its old place", () => {
    const { ledger, order } = waitingOf("low", "low", "low")
    const [first, second, third] = ["t0", "t1", "t2"].map((id) => theTask(ledger, id))
    if (first === undefined || second === undefined || third === undefined) throw new Error("three were accepted")
    const again = new ShedOrder([third, first, second, first])
    expect(again.size).toBe(3)
    done(ledger.shed("t2", 1, 9))
    expect([order, again].map((each) => each.victimFor("high")?.spec.id)).toEqual(["t1", "t1"])
    done(ledger.shed("t1", 1, 9))
    expect([order, again].map((each) => each.victimFor("high")?.spec.id)).toEqual(["t0", "t0"])
  })

  it("agrees with a search through all tasks, whatever comes and goes", () => {
    const naive = (ledger: Ledger, priority: Priority): string | undefined =>
      [...ledger.tasks.values()]
        .filter(({ spec, status, attempts }) => status === "queued" && attempts === 0 && spec.priority !== "critical")
        .filter(({ spec }) => outranks(priority, spec.priority))
        .sort((a, b) => priorityRank[b.spec.priority] - priorityRank[a.spec.priority] || b.seq - a.seq)[0]?.spec.id
    const steps = fc.array(
      fc.record({
        what: fc.constantFrom("accept", "accept", "cancel", "shed"),
        priority: fc.constantFrom(...priorities)
      }),
      { maxLength: 300, size: "max" }
    )
    fc.assert(
      fc.property(steps, (script) => {
        const { ledger, order } = waitingOf()
        for (const [index, { what, priority }] of script.entries()) {
          if (what === "accept") order.add(done(ledger.accept(aTask(`t${index}`, { priority }), index)))
          if (what === "cancel") ledger.cancel(`t${Math.floor(index / 2)}`, "not wanted", index)
          const victim = order.victimFor(priority)?.spec.id
          expect(victim).toBe(naive(ledger, priority))
          if (what === "shed" && victim !== undefined) done(ledger.shed(victim, 1, index))
        }
      }),
      { numRuns: 100 }
    )
  })

  it("keeps no more than twice as many entries as tasks wait, however many have passed through", () => {
    const { ledger, order } = waitingOf()
    for (let index = 0; index < 20_000; index++) {
      order.add(done(ledger.accept(aTask(`t${index}`, { priority: "low" }), index)))
      if (index >= 100) done(ledger.cancel(`t${index - 100}`, "first in, first out", index))
    }
    expect(ledger.queued).toBe(100)
    expect(order.size).toBeLessThanOrEqual(2 * 101 + 1)
  })
})

describe("a shed task", () => {
  it("ends with the load and what it made room for, and stays so through a replay", () => {
    const events: Array<LedgerEvent> = []
    const ledger = new Ledger({ onEvent: (event) => events.push(event) })
    done(ledger.accept(aTask("low", { priority: "low" }), 0))
    done(ledger.shed("low", 0.97, 1, { taskId: "urgent", priority: "high" }))
    const outcome = { _tag: "shed", load: 0.97, madeRoomFor: { taskId: "urgent", priority: "high" } }
    expect(theTask(ledger, "low")).toMatchObject({ status: "shed", outcome })
    expect(theTask(Ledger.replay(events), "low").outcome).toEqual(outcome)
  })
})
