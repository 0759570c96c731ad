import { describe, expect, it } from "vitest"
import type { ChildSpec } from "../../../src/actor/index.ts"
import { diary, watcher } from "../given.ts"
import { abc, child, failingAt, life, supervised } from "./given.ts"

describe("S6: strategies", () => {
  it("one-for-one restarts the failed one alone", () => {
    const log: Array<string> = []
    const { virtual, ref } = supervised({ children: abc(log) })
    log.length = 0
    ref("b").tell("Crash", {})
    virtual.settle()
    expect(life(log)).toEqual(["b started"])
  })

  it("rest-for-one: those started after it stop in reverse order, then all start in order; mail and watchers stay", () => {
    const log: Array<string> = []
    const { virtual, system, ref } = supervised({ strategy: "rest-for-one", children: abc(log) })
    const noted: Array<string> = []
    system.spawn(watcher(noted)).tell("Watch", { ref: ref("c") })
    virtual.settle()
    log.length = 0
    ref("b").tell("CrashLater", { ms: 5 })
    ref("c").tell("Slow", { text: "finished first", ms: 10 })
    ref("c").tell("Say", { text: "kept" })
    virtual.advance(7)
    expect(ref("c").tell("Say", { text: "while it stops" })).toBe(true)
    virtual.advance(10)
    expect(life(log)).toEqual(["c", "c stopping", "b started", "c started", "c", "c"])
    expect(log.slice(-2)).toEqual(["sup/c: kept", "sup/c: while it stops"])
    expect(noted).toEqual([])
  })

  it("rest-for-one: no start before a temporary sibling has stopped too", () => {
    const log: Array<string> = []
    const slow = child("t", diary({ log, stopMs: 10 }), { restart: "temporary" })
    const { virtual, ref } = supervised({
      strategy: "rest-for-one",
      children: [child("a", diary({ log })), slow, child("c", diary({ log }))]
    })
    log.length = 0
    ref("a").tell("Crash", {})
    virtual.advance(9)
    expect(life(log)).toEqual(["c stopping", "t stopping"])
    virtual.advance(1)
    expect(life(log)).toEqual(["c stopping", "t stopping", "a started", "c started"])
  })

  it("a child terminated while its group restarts stays down, and its mail ends", () => {
    const { virtual, system, supervisor, ref, statuses } = supervised({
      strategy: "rest-for-one",
      children: [child("a", diary()), child("b", diary({ stopMs: 10 }))]
    })
    const b = ref("b")
    ref("a").tell("Crash", {})
    virtual.advance(5)
    b.tell("Say", { text: "lost" })
    virtual.run(supervisor.terminateChild("b"))
    virtual.settle()
    expect(statuses()).toEqual({ a: "running", b: "down" })
    expect([b.isStopped, system.deadLetters.count("stopped")]).toEqual([true, 1])
  })
})

describe("S6: one-for-all", () => {
  it("S6: all others stop in reverse start order, then all but temporary ones start in order, with their mail", () => {
    const log: Array<string> = []
    const { virtual, ref, statuses } = supervised({
      strategy: "one-for-all",
      children: [
        child("a", diary({ log })),
        child("b", diary({ log })),
        child("t", diary({ log }), { restart: "temporary" }),
        child("c", diary({ log }), { restart: "transient" })
      ]
    })
    log.length = 0
    ref("a").tell("Slow", { text: "finished first", ms: 5 })
    ref("b").tell("Crash", {})
    ref("a").tell("Say", { text: "kept" })
    virtual.advance(10)
    const hooks = ["c stopping", "t stopping", "a stopping", "a started", "b started", "c started"]
    expect(life(log).filter((line) => line.includes(" "))).toEqual(hooks)
    expect(log.filter((line) => line.startsWith("sup/a: "))).toEqual(["sup/a: finished first", "sup/a: kept"])
    expect(statuses()).toEqual({ a: "running", b: "running", c: "running" })
  })

  it("S6: a child that was terminated, or has ended by itself, stays down", () => {
    const { virtual, supervisor, ref, statuses } = supervised({
      strategy: "one-for-all",
      children: [child("a", diary()), child("b", diary(), { restart: "transient" }), child("c", diary())]
    })
    ref("b").tell("Stop")
    virtual.run(supervisor.terminateChild("a"))
    ref("c").tell("Crash", {})
    virtual.settle()
    expect(statuses()).toEqual({ a: "down", b: "down", c: "running" })
  })

  it("S13: the group starts together once the failed child's backoff is over", () => {
    const log: Array<string> = []
    const { virtual, ref } = supervised({
      strategy: "one-for-all",
      children: abc(log, { backoff: { base: 100, max: 100, jitter: 0 } })
    })
    log.length = 0
    ref("b").tell("Crash", {})
    virtual.advance(99)
    expect(life(log)).toEqual(["c stopping", "a stopping"])
    virtual.advance(1)
    expect(life(log).slice(2)).toEqual(["a started", "b started", "c started"])
  })

  it("S3: one crash counts once, however many are restarted with it; two at once count once", () => {
    const { virtual, ref, statuses } = supervised({ strategy: "one-for-all", maxRestarts: 1, children: abc([]) })
    ref("a").tell("Crash", {})
    ref("b").tell("Crash", {})
    virtual.settle()
    expect(statuses()).toEqual({ a: "running", b: "running", c: "running" })
  })
})

describe("S7: another child fails to start in a group restart", () => {
  const failingOnce = (log: Array<string>): ReadonlyArray<ChildSpec> => [
    child("a", diary({ log })),
    child("b", diary({ log, onStart: failingAt(2) })),
    child("c", diary({ log }))
  ]

  it("S7: one-for-all starts the whole group over", () => {
    const log: Array<string> = []
    const { virtual, ref, statuses } = supervised({ strategy: "one-for-all", children: failingOnce(log) })
    log.length = 0
    ref("c").tell("Crash", {})
    virtual.settle()
    expect(life(log)).toEqual([
      "b stopping",
      "a stopping",
      "a started",
      "a stopping",
      "a started",
      "b started",
      "c started"
    ])
    expect(statuses()).toEqual({ a: "running", b: "running", c: "running" })
  })

  it("S7: rest-for-one goes on from the failed child", () => {
    const log: Array<string> = []
    const { virtual, ref } = supervised({ strategy: "rest-for-one", children: failingOnce(log) })
    log.length = 0
    ref("a").tell("Crash", {})
    virtual.settle()
    expect(life(log)).toEqual(["c stopping", "b stopping", "a started", "b started", "c started"])
  })

  it("S7: each try counts, and too many of them make the supervisor give up", () => {
    for (const strategy of ["one-for-all", "rest-for-one"] as const) {
      const children = [child("a", diary()), child("b", diary({ onStart: failingAt(2, 3, 4) }))]
      const { virtual, ref, top } = supervised({ strategy, maxRestarts: 3, children })
      ref("a").tell("Crash", {})
      expect(virtual.run(top.ended)).toMatchObject({ cause: { _tag: "RestartIntensityExceeded", child: "b" } })
    }
  })
})
