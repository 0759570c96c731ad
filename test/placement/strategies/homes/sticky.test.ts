import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { TaskSpec } from "../../../../src/model/index.ts"
import { type PickStrategy, Placement, roundRobin } from "../../../../src/placement/index.ts"
import { Bindings } from "../../../../src/placement/strategies/homes/bindings.ts"
import { sticky, stickyDefaults } from "../../../../src/placement/strategies/homes/sticky.ts"
import { taskSpec, workerSpec } from "../../pool.ts"
import { choiceOf, Desk, fitting, keyed } from "../keyed/keyed.ts"

const hour = 3_600_000

const specs = (count: number, slots = 4) =>
  Array.from({ length: count }, (_, index) => workerSpec(`w${index}`, { slots, cuda: index === 0 ? 4 : 0 }))

const of = (id: string, key = "k"): TaskSpec => keyed(id, { stickyKey: key })

/** The last that fits: so that whatever goes elsewhere goes by a binding. */
const last: PickStrategy = { id: "last", pick: (_task, candidates) => candidates.at(-1)?.spec.id ?? "" }

describe("sticky", () => {
  it("does as a table of keys kept plainly does, while workers come, go and fall ill", () => {
    const step = fc.oneof(
      {
        weight: 8,
        arbitrary: fc.record({ _tag: fc.constant("submit" as const), key: fc.constantFrom("a", "b", "c", "") })
      },
      { weight: 3, arbitrary: fc.record({ _tag: fc.constant("end" as const), at: fc.nat(30) }) },
      { weight: 2, arbitrary: fc.record({ _tag: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 130 }) }) },
      { weight: 1, arbitrary: fc.record({ _tag: fc.constant("phase" as const), at: fc.nat(4), up: fc.boolean() }) },
      { weight: 1, arbitrary: fc.record({ _tag: fc.constant("sick" as const), at: fc.nat(4), sick: fc.boolean() }) },
      { weight: 1, arbitrary: fc.record({ _tag: fc.constant("leave" as const), at: fc.nat(4) }) },
      { weight: 1, arbitrary: fc.record({ _tag: fc.constant("join" as const), at: fc.nat(4) }) }
    )
    const reached = { home: 0, moved: 0, expired: 0 }
    fc.assert(
      fc.property(fc.array(step, { minLength: 30, maxLength: 80 }), fc.boolean(), (steps, renewed) => {
        const desk = new Desk(sticky({ inner: last, expiresAfter: 100, renewed }), specs(4, 2))
        const table = new Map<string, { id: string; since: number; used: number }>()
        const sick = new Set<string>()
        let tasks = 0
        for (const each of steps) {
          const { workers } = desk.view
          if (each._tag === "wait") desk.now += each.ms
          if (each._tag === "end") {
            const runs = workers.flatMap(({ running }) => [...running.values()])
            const run = runs[each.at % Math.max(1, runs.length)]
            if (run !== undefined) desk.end(run.taskId)
          }
          if (each._tag === "phase") desk.ledger.setPhase(`w${each.at}`, each.up ? "up" : "draining", desk.now)
          if (each._tag === "sick") each.sick ? sick.add(`w${each.at}`) : sick.delete(`w${each.at}`)
          if (each._tag === "leave") desk.ledger.removeWorker(`w${each.at}`, desk.now)
          if (each._tag === "join") {
            desk.ledger.addWorker(workerSpec(`w${each.at}`, { slots: 2 }), desk.now)
            desk.ledger.setPhase(`w${each.at}`, "up", desk.now)
          }
          desk.meet({ health: { of: (id) => (sick.has(id) ? 0 : 1) } })
          if (each._tag !== "submit") continue
          const task = each.key === "" ? keyed(`t${tasks++}`) : of(`t${tasks++}`, each.key)
          const able = fitting(task, desk.view.workers).map(({ spec }) => spec.id)
          const entry = table.get(each.key)
          const expired = entry !== undefined && desk.now - (renewed ? entry.used : entry.since) >= 100
          const bound = entry !== undefined && !expired && !sick.has(entry.id) && able.includes(entry.id)
          const expected = bound ? entry.id : able.at(-1)
          expect(desk.submit(task)).toBe(expected)
          reached.home += bound ? 1 : 0
          reached.expired += expired ? 1 : 0
          reached.moved += entry !== undefined && !expired && !bound ? 1 : 0
          if (each.key === "" || expected === undefined) continue
          const stays = entry !== undefined && !expired && entry.id === expected
          table.set(each.key, { id: expected, since: stays ? entry.since : desk.now, used: desk.now })
        }
      }),
      { numRuns: 800 }
    )
    expect(Math.min(reached.home, reached.moved, reached.expired)).toBeGreaterThan(100)
  })

  it("stays for an hour from the last use, and with `renewed: false` from the first", () => {
    for (const renewed of [true, false]) {
      const desk = new Desk(sticky({ inner: roundRobin(), renewed }), specs(3))
      const submitAt = (now: number): string | undefined => {
        desk.now = now
        return desk.submit(of(`at ${now}`))
      }
      const first = submitAt(0)
      expect(submitAt(hour - 1)).toBe(first)
      expect(submitAt(hour) === first).toBe(renewed)
    }
    expect(stickyDefaults.expiresAfter).toBe(hour)
  })

  it("moves a key once as its worker leaves, and does not take it back when it returns", () => {
    const desk = new Desk(sticky({ inner: last }), specs(3))
    expect(desk.submit(of("t1"))).toBe("w2")
    desk.ledger.setPhase("w2", "failed", 0)
    desk.meet()
    expect([desk.submit(of("t2")), desk.submit(of("t3"))]).toEqual(["w1", "w1"])
    desk.ledger.setPhase("w2", "up", 0)
    desk.meet()
    expect([desk.submit(of("t4")), desk.submit(keyed("other"))]).toEqual(["w1", "w2"])
  })

  it("leaves a key where it is for a task that its worker could not run at all", () => {
    const desk = new Desk(sticky({ inner: last }), specs(3))
    expect(desk.submit(of("t1"))).toBe("w2")
    expect(desk.submit({ ...taskSpec("gpu", { cuda: 1 }), stickyKey: "k" })).toBe("w0")
    expect(desk.submit(of("t2"))).toBe("w2")
  })

  it("asks the inner strategy where its worker is refused in the course of a decision, and tells it so", () => {
    const told: Array<string> = []
    const inner: PickStrategy = { ...last, proposed: (task, worker) => told.push(`${task.id} ${worker.spec.id}`) }
    const placement = new Placement({ strategy: sticky({ inner }) })
    const desk = new Desk(last, specs(3))
    const place = (id: string, refused?: string) =>
      placement.place(
        of(id),
        desk.view,
        (workerId) => (workerId === refused ? { _tag: "HeldForAnother", workerId, taskId: "x" } : undefined),
        0
      )
    expect(place("t1")).toMatchObject({ workerId: "w2" })
    expect(place("t2")).toMatchObject({ workerId: "w2" })
    expect(place("t3", "w2")).toMatchObject({ workerId: "w1" })
    expect(place("t4")).toMatchObject({ workerId: "w1" })
    expect(told).toEqual(["t1 w2", "t3 w1"])
  })

  it("says why a task is where it is, and remembers nothing of having been asked", () => {
    const desk = new Desk(sticky({ inner: last }), specs(2))
    const { strategy, view } = desk
    const because = (task: TaskSpec) => ("because" in strategy ? strategy.because?.(task, view, 0) : undefined)
    expect(because(keyed("t"))).toBe("it has no sticky key")
    expect(because(of("t"))).toBe("no worker is bound to k")
    expect(choiceOf(strategy, of("t"), view)).toBe("w1")
    expect(because(of("t"))).toBe("no worker is bound to k")
    desk.submit(of("t1"))
    expect(because(of("t"))).toBe("k is bound to w1")
    for (const id of ["t2", "t3", "t4"]) desk.submit(of(id))
    expect(because(of("t"))).toBe("w1 has no room for k")
  })

  it("waits for its worker no longer than it may", () => {
    const strategy = sticky({ inner: last, waitMs: 10 })
    const desk = new Desk(strategy, specs(2, 1))
    desk.submit(of("t1"))
    expect(strategy.waitFor(of("t2"), desk.view, 9, 0)).toEqual({ workerId: "w1", until: 10 })
    expect(strategy.waitFor(of("t2"), desk.view, 10, 0)).toBeUndefined()
    expect(strategy.waitFor(keyed("t2"), desk.view, 0, 0)).toBeUndefined()
    desk.end("t1")
    expect(strategy.waitFor(of("t2"), desk.view, 0, 0)).toBeUndefined()
  })

  it("keeps no more keys than it may", () => {
    const bindings = new Bindings({ maxKeys: 100, expiresAfter: hour, renewed: true })
    for (let key = 0; key < 10_000; key += 1) {
      bindings.bind(`${key}`, "w", key)
      bindings.bind("in use", "w", key)
      expect(bindings.size).toBeLessThanOrEqual(100)
    }
    expect(bindings.of("in use", 10_000)?.since).toBe(0)
    expect(bindings.of("9999", 10_000)).toBeDefined()
    expect(bindings.of("5", 10_000)).toBeUndefined()
  })
})
