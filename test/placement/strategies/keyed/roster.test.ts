import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { OpenLoad } from "../../../../src/placement/strategies/keyed/open-load.ts"
import { Roster } from "../../../../src/placement/strategies/keyed/roster.ts"
import { viewOf, workerSpec } from "../../pool.ts"
import { anyPools, Desk, keyed, open, pooled } from "./keyed.ts"

describe("a roster", () => {
  it("says who came and who went, and is always the pool as it is", () => {
    fc.assert(
      fc.property(anyPools, fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), (pools, copies) => {
        const roster = new Roster()
        const present = new Map<string, number>()
        pools.forEach((pool, turn) => {
          const workers = copies[turn] === true ? pool.map((worker) => ({ ...worker })) : pool
          const { joined = [], left = [] } = roster.meet(workers) ?? {}
          for (const { name } of left) expect(present.delete(name)).toBe(true)
          for (const { name, weight } of joined) {
            expect(present.has(name)).toBe(false)
            present.set(name, weight)
          }
          expect(present).toEqual(new Map(workers.map(({ spec }) => [spec.id, spec.weight])))
          expect(roster.seats.map(({ worker }) => worker)).toEqual(workers)
          let before = 0
          roster.seats.forEach((seat, index) => {
            expect(seat.worker).toBe(workers[index])
            expect(seat.before).toBeCloseTo(before)
            before += seat.weight
          })
          expect(roster.meet(workers)).toBeUndefined()
        })
      }),
      { numRuns: 300 }
    )
  })

  it("lets a worker that comes back with another weight leave and join", () => {
    const desk = new Desk({ id: "none", pick: () => "a" }, [workerSpec("a"), workerSpec("b")])
    const roster = new Roster()
    roster.meet(desk.view.workers)
    desk.ledger.removeWorker("a", 0)
    desk.ledger.addWorker(workerSpec("a", { weight: 2 }), 0)
    desk.meet()
    const change = roster.meet(desk.view.workers)
    expect(change?.left.map(({ name, weight }) => [name, weight])).toEqual([["a", 1]])
    expect(change?.joined.map(({ name, weight }) => [name, weight])).toEqual([["a", 2]])
  })
})

describe("the sums over workers that take work", () => {
  it("are the same whether followed or worked out anew", () => {
    const step = fc.oneof(
      fc.record({ _tag: fc.constant("submit" as const), at: fc.nat(20) }),
      fc.record({ _tag: fc.constant("end" as const), at: fc.nat(20) }),
      fc.record({ _tag: fc.constant("phase" as const), at: fc.nat(20), up: fc.boolean() }),
      fc.record({ _tag: fc.constant("join" as const), at: fc.nat(20) }),
      fc.record({ _tag: fc.constant("leave" as const), at: fc.nat(20) })
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const specs = Array.from({ length: 4 }, (_, index) => workerSpec(`w${index}`, { weight: 0.1 * (index + 1) }))
        const desk = new Desk({ id: "first", pick: (_task, [first]) => first?.spec.id ?? "" }, specs)
        const load = new OpenLoad()
        let tasks = 0
        for (const { _tag, ...step } of steps) {
          const workers = desk.view.workers
          const worker = workers[step.at % Math.max(1, workers.length)]
          const running = [...desk.ledger.workers.values()].flatMap(({ running: runs }) => [...runs.values()])
          const run = running[step.at % Math.max(1, running.length)]
          if (_tag === "submit") desk.submit(keyed(`t${tasks++}`))
          if (_tag === "end" && run !== undefined) desk.end(run.taskId)
          if (_tag === "phase" && worker !== undefined) {
            desk.ledger.setPhase(worker.spec.id, "up" in step && step.up ? "up" : "draining", 0)
          }
          if (_tag === "join") desk.ledger.addWorker(workerSpec(`w${step.at}`, { weight: step.at / 10 + 0.1 }), 0)
          if (_tag === "leave" && worker !== undefined) desk.ledger.removeWorker(worker.spec.id, 0)
          desk.meet()
          const { slots, weight } = load.of(desk.view)
          const those = open(desk.view.workers)
          expect(slots).toBe(those.reduce((sum, each) => sum + each.slots, 0))
          expect(weight).toBeCloseTo(
            those.reduce((sum, { spec }) => sum + spec.weight, 0),
            9
          )
          expect(new OpenLoad().of(viewOf(desk.view.workers))).toEqual({ slots, weight })
          // Another pool of the same workers, and then the first again.
          expect(load.of(pooled(viewOf(desk.view.workers)))).toEqual({ slots, weight })
          expect(load.of(pooled(viewOf([])))).toEqual({ slots: 0, weight: 0 })
        }
      })
    )
  })
})
