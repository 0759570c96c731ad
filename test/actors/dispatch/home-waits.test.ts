import { describe, expect, it } from "vitest"
import type { Millis, TaskSpec, WorkerId } from "../../../src/model/index.ts"
import { consistentHash, type Homing, type Strategy } from "../../../src/placement/index.ts"
import { asking, aTask, aWorker, done } from "../../ledger/given.ts"
import { desk } from "./desk.ts"

const onto = (workerId: string) => asking({}, [], { hostname: workerId })
const slot = (id: string, given: Partial<TaskSpec> = {}) => aTask(id, given)

/** Tasks go to the worker whose id is their sticky key, and wait for it; others to the emptiest. */
const named = (waitMs: Millis, more: Partial<Homing> = {}): Strategy => ({
  id: "named",
  pick: ({ stickyKey }, candidates) => {
    const emptiest = candidates.toSorted((a, b) => a.slots - b.slots)[0]
    return (candidates.find(({ spec }) => spec.id === stickyKey) ?? emptiest)?.spec.id ?? ""
  },
  waitFor: ({ stickyKey }, _view, now, since) =>
    stickyKey === undefined || now >= since + waitMs ? undefined : { workerId: stickyKey, until: since + waitMs },
  ...more
})

/** w1 is full, w2 has two slots free. */
const given = (strategy: Strategy = named(100), slots = 1) => {
  const it = desk({ strategy })
  it.join(
    aWorker("w1", { slots, capabilities: { hostname: "w1" } }),
    aWorker("w2", { slots: 2, capabilities: { hostname: "w2" } })
  )
  it.submit(...Array.from({ length: slots }, (_, index) => aTask(`on${index}`, { requirements: onto("w1") })))
  return it
}

describe("a task that waits for its home", () => {
  it("steps aside by itself: those behind it in its lane go on", () => {
    const { submit, workerOf, ledger } = given()
    submit(slot("a", { stickyKey: "w1" }), slot("b"), slot("c"))
    expect([workerOf("a"), workerOf("b"), workerOf("c")]).toEqual([undefined, "w2", "w2"])
    expect([ledger.isAside("a"), ledger.firstOf(aTask("x").requirements.shape)]).toEqual([true, undefined])
  })

  it("goes there as soon as there is room, before those that came later", () => {
    const { submit, workerOf, complete } = given()
    submit(slot("a", { stickyKey: "w1" }), slot("b", { stickyKey: "w1" }), slot("c"), slot("d"), slot("e"))
    expect(workerOf("e")).toBeUndefined()
    complete("on0")
    expect([workerOf("a"), workerOf("b"), workerOf("e")]).toEqual(["w1", undefined, undefined])
    complete("a")
    expect([workerOf("b"), workerOf("e")]).toEqual(["w1", undefined])
  })

  it("goes to whoever is free once its time is over, and no event but its placing tells of it", () => {
    const { submit, workerOf, at, dispatch, events, task } = given()
    submit(slot("a", { stickyKey: "w1" }))
    expect(dispatch.nextDue).toBe(100)
    at(99)
    expect(workerOf("a")).toBeUndefined()
    at(100)
    expect([workerOf("a"), task("a").requeues]).toEqual(["w2", 0])
    const ofA = events.filter((event) => "taskId" in event && event.taskId === "a").map(({ _tag }) => _tag)
    expect(ofA).toEqual(["TaskPlaced"])
    expect(dispatch.nextDue).toBe(Number.POSITIVE_INFINITY)
  })

  it("says what it waits for, what would wake it and for how long", () => {
    const { submit, explain, at } = given()
    submit(slot("a", { stickyKey: "w1" }))
    at(40)
    expect(explain("a")).toBe(
      "waits for w1, where it is at home, though others could take it; room on w1 would wake it, and in 60 ms it goes to whoever is free"
    )
  })

  it("has its time counted from when it could have been placed, and only once", () => {
    const { submit, workerOf, at, complete, ledger } = given()
    submit(slot("x"), slot("y"))
    submit(slot("a", { stickyKey: "w1" }))
    at(50)
    // Nobody was free until now.
    expect(ledger.isAside("a")).toBe(false)
    complete("x")
    expect(ledger.isAside("a")).toBe(true)
    at(149)
    expect(workerOf("a")).toBeUndefined()
    at(150)
    expect(workerOf("a")).toBe("w2")
  })

  it("waits no longer than it was told first, whatever it is told later", () => {
    const later = named(0, {
      waitFor: ({ stickyKey }, _view, now) =>
        stickyKey === undefined ? undefined : { workerId: stickyKey, until: now + 100 }
    })
    const { submit, workerOf, at, join } = given(later)
    submit(slot("a", { stickyKey: "w1" }))
    at(60)
    // All are looked at again.
    join(aWorker("w3"))
    expect(workerOf("a")).toBeUndefined()
    at(100)
    expect(workerOf("a")).toBeDefined()
  })

  it("does not wait for one that is free, that takes no work any more, or that is not there", () => {
    const free = given()
    free.complete("on0")
    free.submit(slot("a", { stickyKey: "w1" }), slot("b", { stickyKey: "nobody" }))
    expect([free.workerOf("a"), free.workerOf("b")]).not.toContain(undefined)
    const draining = given()
    draining.submit(slot("a", { stickyKey: "w1" }))
    done(draining.ledger.setPhase("w1", "draining", 0))
    draining.settle()
    expect(draining.workerOf("a")).toBe("w2")
  })

  it("goes to another that would do as well, where that has room first", () => {
    const either = named(100, {
      // Wherever it is woken, that is where there is room for it.
      waitFor: ({ stickyKey }, { workers }, _now, since) => {
        const free = workers.some(({ spec, slots }) => spec.id !== "w2" && slots === 0)
        return stickyKey !== "w3" || free ? undefined : { workerId: "w1", others: ["w3"], until: since + 100 }
      }
    })
    const { submit, join, workerOf, complete, explain } = given(either)
    join(aWorker("w3", { slots: 1, capabilities: { hostname: "w3" } }))
    submit(slot("on3", { requirements: onto("w3") }))
    submit(slot("a", { stickyKey: "w3" }))
    expect(explain("a")).toContain("room on w1 or w3 would wake it")
    complete("on3")
    expect(workerOf("a")).toBe("w3")
  })

  it("keeps its turn under a concurrency key", () => {
    const { submit, workerOf, complete } = given()
    const keyed = { concurrencyKey: "k" }
    submit(slot("a", { stickyKey: "w1", ...keyed }), slot("b", keyed))
    expect([workerOf("a"), workerOf("b")]).toEqual([undefined, undefined])
    complete("on0")
    expect([workerOf("a"), workerOf("b")]).toEqual(["w1", undefined])
    complete("a")
    expect(workerOf("b")).toBeDefined()
  })

  it("is forgotten when it ends: cancelled, or in time", () => {
    const { submit, ledger, dispatch, settle, complete, events } = given()
    submit(slot("a", { stickyKey: "w1" }))
    done(ledger.cancel("a", "", 0))
    settle()
    expect([ledger.isAside("a"), dispatch.nextDue]).toEqual([false, Number.POSITIVE_INFINITY])
    complete("on0")
    expect(events.filter(({ _tag }) => _tag === "TaskPlaced")).toHaveLength(1)
  })

  it("has no worker kept free for it, and holds up nobody's", () => {
    const it = desk({ strategy: named(100_000), reserveAfter: 10 })
    it.join(aWorker("w1", { slots: 1 }), aWorker("w2", { slots: 2 }))
    it.submit(aTask("on1"))
    it.submit(slot("a", { stickyKey: it.workerOf("on1") ?? "" }))
    it.at(50)
    it.submit(slot("b"))
    expect(it.of("WorkerHeld")).toEqual([])
    expect(it.workerOf("b")).toBeDefined()
  })

  it("is placed all the same where the strategy is at fault, and that is told", () => {
    const broken = (answer: () => never): Strategy => named(0, { waitFor: answer })
    const { submit, workerOf } = given(
      broken(() => {
        throw new Error("no home")
      })
    )
    submit(slot("a"))
    expect(workerOf("a")).toBe("w2")
    const endless = given(named(0, { waitFor: () => ({ workerId: "w1", until: Number.POSITIVE_INFINITY }) }))
    endless.submit(slot("a"))
    expect(endless.workerOf("a")).toBe("w2")
  })
})

describe("many that wait for one home", () => {
  it("are not all asked again at each end of a run there", () => {
    let asked = 0
    const counting = named(10_000, {
      waitFor: ({ stickyKey }, _view, _now, since) => {
        if (stickyKey === undefined) return undefined
        asked += 1
        return { workerId: stickyKey, until: since + 10_000 }
      }
    })
    const { submit, complete, workerOf } = given(counting)
    submit(...Array.from({ length: 500 }, (_, index) => slot(`a${index}`, { stickyKey: "w1" })))
    expect(asked).toBe(500)
    asked = 0
    let last = "on0"
    for (let index = 0; index < 20; index += 1) {
      complete(last)
      last = `a${index}`
      expect(workerOf(last)).toBe("w1")
    }
    expect(asked).toBeLessThanOrEqual(20)
  })

  it("of a ring: each key goes to its own, and nobody idles beside work for longer than the wait", () => {
    const homes = new Map<string, Set<WorkerId | undefined>>()
    const { join, submit, workerOf, ledger, at, complete, now } = desk({ strategy: consistentHash({ waitMs: 1_000 }) })
    join(...["w1", "w2", "w3"].map((id) => aWorker(id, { slots: 1 })))
    const ids = Array.from({ length: 30 }, (_, index) => `t${index}`)
    submit(...ids.map((id, index) => slot(id, { stickyKey: `k${index % 3}` })))
    for (let round = 0; round < 40; round += 1) {
      const running = [...ledger.tasks.values()].filter(({ status }) => status === "running")
      for (const { spec } of running) {
        const key = spec.stickyKey ?? ""
        homes.set(key, (homes.get(key) ?? new Set()).add(workerOf(spec.id)))
        complete(spec.id)
      }
      at(now + round)
    }
    expect(ledger.counts.completed).toBe(30)
    expect([...homes.values()].map(({ size }) => size)).toEqual([1, 1, 1])
  })
})
