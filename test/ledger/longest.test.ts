import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Ledger, longest } from "../../src/ledger/index.ts"
import { type Millis, type Priority, priorities, priorityRank } from "../../src/model/index.ts"
import { asking, aTask, aWorker, done } from "./given.ts"

const ageing: Millis = 30_000
const minute: Millis = 60_000

interface Given {
  readonly ms?: Millis
  readonly priority?: Priority
  readonly at?: Millis
}

/** A pool of so many slots, and what is submitted one after the other; in the order in which it would be placed. */
const orderOf = (slots: number, given: ReadonlyArray<Given>): ReadonlyArray<number> => {
  const ledger = new Ledger({ ageing, order: longest })
  done(ledger.addWorker(aWorker("w", { slots, resources: { cpu: 1_000 * slots } }), 0))
  for (const [index, { ms, priority = "normal", at = 0 }] of given.entries()) {
    const said = { priority, requirements: asking({}), ...(ms !== undefined && { expectedDuration: ms }) }
    done(ledger.accept(aTask(String(index), said), at))
  }
  const order: Array<number> = []
  for (let next = ledger.first; next !== undefined; next = ledger.first) {
    order.push(Number(next.spec.id))
    done(ledger.cancel(next.spec.id, "", 1e9))
  }
  return order
}

describe("longest first", () => {
  it("orders a burst by what its tasks declare, be it milliseconds, minutes or hours", () => {
    const declared = [3 * 60 * minute, 20, 5, 7 * minute, 90 * minute, 40, 3 * minute]
    expect(
      orderOf(
        4,
        declared.map((ms) => ({ ms }))
      )
    ).toEqual([0, 4, 3, 6, 5, 1, 2])
  })

  it("puts what declares nothing behind what decides when the last one ends, and before all others", () => {
    const burst = [{ ms: minute }, {}, { ms: 100 * minute }, { ms: 10 * minute }, {}, { ms: 2 * minute }]
    expect(orderOf(2, burst)).toEqual([2, 0, 1, 4, 3, 5])
  })

  it("measures a burst by the one before it, where that was more", () => {
    const ledger = new Ledger({ ageing, order: longest })
    done(ledger.addWorker(aWorker("w", { slots: 2 }), 0))
    const submit = (id: string, ms: Millis | undefined, at: Millis) =>
      done(ledger.accept(aTask(id, ms === undefined ? {} : { expectedDuration: ms }), at))
    for (const id of ["a", "b", "c"]) submit(id, 60 * minute, 0)
    for (const id of ["a", "b", "c"]) done(ledger.cancel(id, "", 1))
    submit("first of the second burst", minute, 100 * minute)
    submit("unknown", undefined, 100 * minute)
    expect(ledger.first?.spec.id).toBe("unknown")
  })

  it("is first come, first served where nobody declares anything", () => {
    expect(orderOf(2, [{ at: 0 }, { at: 0 }, { at: 3 }, { at: 5 }])).toEqual([0, 1, 2, 3])
  })

  it("whatever is declared: none is passed by what comes an ageing span later, or is less urgent and came no sooner", () => {
    const anyTask = fc.record({
      ms: fc.option(fc.double({ min: 0, max: 1e10, noNaN: true }), { nil: undefined }),
      priority: fc.constantFrom(...priorities),
      after: fc.integer({ min: 0, max: 20_000 })
    })
    fc.assert(
      fc.property(
        fc.array(anyTask, { minLength: 2, maxLength: 30 }),
        fc.integer({ min: 1, max: 8 }),
        (tasks, slots) => {
          let at = 0
          const given = tasks.map(({ ms, priority, after }) => {
            at += after
            return { priority, at, ...(ms !== undefined && { ms }) }
          })
          const order = orderOf(slots, given)
          for (const [place, index] of order.entries()) {
            const passed = given[index]
            for (const earlier of order.slice(0, place)) {
              const passing = given[earlier]
              if (passed === undefined || passing === undefined) throw new Error("there is no such task")
              const steps = priorityRank[passed.priority] - priorityRank[passing.priority]
              expect(passing.at - passed.at).toBeLessThanOrEqual((steps + 1) * ageing)
            }
          }
        }
      )
    )
  })
})
