import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { Actor, type ActorRef, ChildRefused, NameTaken } from "../../../src/actor/index.ts"
import { diary, failureOf, given, watcher } from "../given.ts"
import { child, dynamic, failingAt, statusesOf, supervised } from "./given.ts"

describe("S10: dynamic supervisors", () => {
  it("S10: children are spawned at run time, started when spawn returns, and found by their names", () => {
    const { pool, virtual, statuses } = dynamic()
    const a = pool.spawn(diary(), { name: "a" })
    expect([statuses(), pool.size, a.name]).toEqual([{ a: "running" }, 1, "sup/pool/a"])
    expect(pool.child("a")).toBe(a)
    expect(pool.ref("a", diary())).toBeUndefined()
    expect(() => pool.spawn(diary(), { name: "a" })).toThrow(NameTaken)
    expect(virtual.run(a.ask("Echo", { text: "here" }))).toBe("here")
    const slow = pool.spawn(diary({ startMs: 10 }), { name: "slow" })
    expect(statuses()).toEqual({ a: "running", slow: "starting" })
    expect(virtual.run(slow.ask("Echo", { text: "later" }))).toBe("later")
  })

  it("S10: startChild waits for the start; one that does not start is forgotten and costs no restart", () => {
    const { pool, virtual, statuses } = dynamic({ maxRestarts: 0 })
    virtual.run(pool.startChild(child("a", diary({ startMs: 10 }))))
    expect([statuses(), virtual.now]).toEqual([{ a: "running" }, 10])
    expect(failureOf(virtual, pool.startChild(child("a", diary())))._tag).toBe("NameTaken")
    const failing = child("b", diary({ onStart: failingAt(1) }))
    expect(failureOf(virtual, pool.startChild(failing))).toMatchObject({ _tag: "StartFailed", child: "b" })
    expect(statuses()).toEqual({ a: "running" })
    virtual.run(pool.startChild(failing))
    expect(statuses()).toEqual({ a: "running", b: "running" })
  })

  it("S10: one that is spawned and does not start is stopped and forgotten, and its watchers are told", () => {
    const { pool, system, virtual } = dynamic()
    const noted: Array<string> = []
    const ref = pool.spawn(diary({ onStart: failingAt(1) }), { name: "a", restart: "permanent" })
    system.spawn(watcher(noted)).tell("Watch", { ref })
    virtual.settle()
    expect([noted, pool.size]).toEqual([["sup/pool/a failed: start 1"], 0])
  })

  it("S10: no more than maxChildren, counting those on their way out", () => {
    const { pool, virtual } = dynamic({ dynamic: { maxChildren: 2 } })
    pool.spawn(diary({ stopMs: 10 }), { name: "a" })
    pool.spawn(diary())
    expect(() => pool.spawn(diary())).toThrow("there are 2 children already")
    expect(failureOf(virtual, pool.startChild(child("c", diary())))).toBeInstanceOf(ChildRefused)
    const end = virtual.fork(pool.terminateChild("a"))
    virtual.settle()
    expect(() => pool.spawn(diary())).toThrow(ChildRefused)
    virtual.advance(10)
    expect(end.pollUnsafe()?._tag).toBe("Success")
    pool.spawn(diary())
  })

  it("S1: they share the intensity; giving up stops all at once, and the supervisor above restarts it empty", () => {
    const gaveUp: Array<string> = []
    const { pool, virtual, supervisor } = dynamic(
      { maxRestarts: 2, window: 1_000 },
      { onGiveUp: ({ supervisor: path, cause }) => gaveUp.push(`${path}: ${cause.child}`) }
    )
    const refs = ["a", "b", "c", "d"].map((name) => pool.spawn(diary({ stopMs: 10 }), { name }))
    const [a, b, c] = refs
    for (const ref of [a, b]) ref?.tell("Crash", {})
    virtual.settle()
    expect(statusesOf(pool)).toEqual({ a: "running", b: "running", c: "running", d: "running" })
    c?.tell("Crash", {})
    virtual.advance(10)
    expect([gaveUp, pool.size, statusesOf(supervisor)]).toEqual([["sup/pool: c"], 0, { pool: "running" }])
    expect(refs.every(({ isStopped }) => isStopped)).toBe(true)
    pool.spawn(diary(), { name: "a" })
  })

  it("S1: restarts that are older than the window count no more", () => {
    const { pool, virtual } = dynamic({ maxRestarts: 1, window: 1_000 })
    const refs = ["a", "b"].map((name) => pool.spawn(diary(), { name }))
    for (let count = 0; count < 6; count += 1) {
      refs[count % 2]?.tell("Crash", {})
      virtual.advance(1_001)
    }
    expect(statusesOf(pool)).toEqual({ a: "running", b: "running" })
  })

  it("S5: after a failure, and after a normal end; who has ended for good is forgotten", () => {
    const types = ["permanent", "transient", "temporary"] as const
    for (const [tag, expected] of [
      ["Crash", ["permanent", "transient"]],
      ["Stop", ["permanent"]]
    ] as const) {
      const { pool, virtual } = dynamic()
      for (const restart of types) {
        const ref = pool.spawn(diary(), { name: restart, restart })
        if (tag === "Crash") ref.tell("Crash", {})
        else ref.tell("Stop")
      }
      virtual.settle()
      expect(Object.keys(statusesOf(pool))).toEqual(expected)
    }
  })

  it("S5: a permanent child that somebody else stopped is started again", () => {
    const { pool, system, virtual, statuses } = dynamic()
    const [kept, left] = (["permanent", "transient"] as const).map((restart) =>
      pool.spawn(diary(), { name: restart, restart })
    )
    for (const ref of [kept, left]) if (ref !== undefined) virtual.run(system.stop(ref))
    virtual.settle()
    expect(statuses()).toEqual({ permanent: "running" })
    expect(kept && virtual.run(kept.ask("Echo", { text: "back" }))).toBe("back")
  })

  it("S11: terminateChild forgets it, also a permanent one and one between two lives, and counts as no restart", () => {
    const { pool, virtual, statuses } = dynamic({ maxRestarts: 1 })
    virtual.run(pool.startChild(child("a", diary())))
    const backoff = { base: 100, max: 100, jitter: 0 }
    const b = pool.spawn(diary(), { name: "b", restart: "permanent", backoff })
    b.tell("Crash", {})
    virtual.advance(50)
    expect(statuses()).toEqual({ a: "running", b: "restarting" })
    for (const id of ["a", "b"]) virtual.run(pool.terminateChild(id))
    expect([statuses(), virtual.now, virtual.nextDue]).toEqual([{}, 50, undefined])
    expect(failureOf(virtual, pool.terminateChild("a")).message).toContain("no such child")
    pool.spawn(diary(), { name: "a" })
  })

  it("S11: terminateChild tells who overran; two who terminate the same child are told the same", () => {
    const { pool, virtual } = dynamic({ dynamic: { shutdownTimeout: 50 } })
    pool.spawn(diary({ stopMs: 1_000 }), { name: "a" })
    const ends = [virtual.fork(pool.terminateChild("a")), virtual.fork(pool.terminateChild("a"))]
    virtual.advance(50)
    const report = { overran: ["sup/pool/a"], odd: [] }
    expect(ends.map((fiber) => fiber.pollUnsafe())).toMatchObject([{ value: report }, { value: report }])
  })

  it("S10: stopping it stops all at once, under one limit, and the report names who overran", () => {
    const { pool, top, virtual } = dynamic({ dynamic: { shutdownTimeout: 100 } })
    for (const [name, stopMs] of Object.entries({ quick: 0, fair: 90, slow: 500, slower: 900 })) {
      pool.spawn(diary({ stopMs }), { name })
    }
    expect(virtual.run(top.stop)).toEqual({ overran: ["sup/pool/slow", "sup/pool/slower"], odd: [] })
    expect(virtual.now).toBe(100)
    expect(() => pool.spawn(diary())).toThrow("the supervisor is closing")
    expect(failureOf(virtual, pool.startChild(child("late", diary())))._tag).toBe("ChildRefused")
  })

  it("S10: stopped between two lives of a child, it waits for no backoff; who waits for a start is told", () => {
    const { pool, top, virtual } = dynamic()
    pool.spawn(diary(), { name: "a", backoff: { base: 900, max: 900, jitter: 0 } }).tell("Crash", {})
    const starting = virtual.fork(Effect.flip(pool.startChild(child("b", diary({ startMs: 500 })))))
    virtual.advance(10)
    virtual.run(top.stop)
    expect([virtual.now, virtual.nextDue]).toEqual([10, undefined])
    expect(starting.pollUnsafe()).toMatchObject({ value: { _tag: "ChildRefused" } })
  })

  it("S10: supervisors may be among its children", () => {
    const { pool, top, virtual, statuses } = dynamic()
    const inner = { strategy: "one-for-one", maxRestarts: 0, children: [child("x", diary({ stopMs: 9_000 }))] } as const
    virtual.run(pool.startChild({ id: "inner", supervisor: inner }))
    virtual.run(pool.startChild({ id: "deeper", supervisor: { dynamic: {} } }))
    expect(statuses()).toEqual({ inner: "running", deeper: "running" })
    expect(virtual.run(top.stop)).toEqual({ overran: ["sup/pool/inner/x"], odd: [] })
  })

  it("S12: no child of it is significant", () => {
    const { pool, virtual } = dynamic()
    const spec = child("a", diary(), { restart: "transient", significant: true })
    expect(failureOf(virtual, pool.startChild(spec)).message).toContain("cannot be significant")
  })

  it("S13: a backoff is remembered until a quiet time has passed", () => {
    const delays: Array<number> = []
    const { pool, virtual } = dynamic(
      { maxRestarts: 99, window: 1_000 },
      { onRestart: ({ delay }) => delays.push(delay) }
    )
    const backoff = { base: 100, max: 350, jitter: 0 }
    const ref = pool.spawn(diary(), { name: "a", backoff })
    for (const ms of [400, 400, 400, 3_000, 400]) {
      ref.tell("Crash", {})
      pool.spawn(diary(), { name: `other-${delays.length}` }).tell("Crash", {})
      virtual.advance(ms)
    }
    expect(delays.filter((delay) => delay > 0)).toEqual([100, 200, 350, 350, 100])
  })

  it("S14: escalate: it fails with the child's cause; resume and stop as under any supervisor", () => {
    const causes: Array<unknown> = []
    const { pool, virtual, statuses } = dynamic({}, { onRestart: ({ actor, cause }) => causes.push([actor, cause]) })
    const options = { name: "a", onFailure: (): "resume" => "resume" }
    const resumed = pool.spawn(diary(), options)
    resumed.tell("Say", { text: "kept" })
    resumed.tell("Crash", {})
    expect(virtual.run(resumed.ask("Texts", {}))).toEqual(["kept"])
    virtual.run(pool.startChild(child("b", diary(), { onFailure: () => "stop" })))
    virtual.run(pool.startChild({ id: "c", actor: crashing, onFailure: () => "escalate" }))
    expect(Object.keys(statuses())).toEqual(["a", "b", "c"])
    pool.ref("c", crashing)?.tell("Crash", {})
    virtual.settle()
    expect(causes).toMatchObject([["sup/pool", { message: "up" }]])
    expect(pool.size).toBe(0)
  })

  it("S10: 100,000 children: an event costs as much as there are in trouble, not as many as there are", () => {
    const { pool, virtual, top } = dynamic({ maxRestarts: 1_000 })
    const refs: Array<ActorRef<typeof plain.protocol>> = []
    for (let count = 0; count < 100_000; count += 1) refs.push(pool.spawn(plain))
    for (let count = 0; count < 100_000; count += 100) refs[count]?.tell("Crash", {})
    virtual.settle()
    expect(pool.size).toBe(100_000)
    expect(virtual.run(top.stop)).toEqual({ overran: [], odd: [] })
    expect(pool.size).toBe(0)
  })
})

describe("S10: a dynamic supervisor at the top", () => {
  it("S10: is started, given children, and stopped, with a report", () => {
    const { system, virtual } = given()
    const top = virtual.run(system.supervise({ name: "pool", dynamic: { shutdownTimeout: 50 } }))
    expect(top.supervisor.spawn(diary({ stopMs: 1_000 }), { name: "a" }).name).toBe("pool/a")
    expect(virtual.run(top.stop)).toEqual({ overran: ["pool/a"], odd: [] })
    expect(virtual.now).toBe(50)
  })

  it("S1: that gives up ends with RestartIntensityExceeded", () => {
    const { system, virtual } = given()
    const top = virtual.run(system.supervise({ name: "pool", dynamic: {}, maxRestarts: 0 }))
    top.supervisor.spawn(diary(), { name: "a" }).tell("Crash", {})
    expect(virtual.run(top.ended)).toMatchObject({ cause: { _tag: "RestartIntensityExceeded", child: "a" } })
  })
})

describe("S10: a dynamic supervisor in its group", () => {
  it("S6: restarted with its group, it stops all its children at once and begins empty", () => {
    const { virtual, supervisor, ref } = supervised({
      strategy: "one-for-all",
      children: [child("a", diary()), { id: "pool", supervisor: { dynamic: {} } }]
    })
    const pool = supervisor.dynamic("pool")
    const refs = [1, 2, 3].map(() => pool?.spawn(diary({ stopMs: 10 })))
    ref("a").tell("Crash", {})
    virtual.advance(10)
    expect([statusesOf(supervisor), pool?.size]).toEqual([{ a: "running", pool: "running" }, 0])
    expect(refs.map((one) => one?.isStopped)).toEqual([true, true, true])
    expect(pool?.spawn(diary(), { name: "again" }).isStopped).toBe(false)
  })

  it("S11: one that is terminated refuses children until it is started again", () => {
    const { virtual, supervisor } = supervised({ children: [{ id: "pool", supervisor: { dynamic: {} } }] })
    const pool = supervisor.dynamic("pool")
    virtual.run(supervisor.terminateChild("pool"))
    expect(() => pool?.spawn(diary())).toThrow(ChildRefused)
    virtual.run(supervisor.restartChild("pool"))
    expect(pool?.spawn(diary()).isStopped).toBe(false)
    const { system } = given()
    expect(() => system.spawn(diary())).not.toThrow()
  })
})

const plain = Actor.make("Plain", {
  protocol: { Crash: Actor.message() },
  initial: 0,
  handlers: {
    Crash: () => {
      throw new Error("crash")
    }
  }
})

const crashing = Actor.make("Crashing", {
  protocol: { Crash: Actor.message() },
  initial: 0,
  handlers: {
    Crash: () => {
      throw new Error("up")
    }
  }
})
