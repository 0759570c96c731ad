import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { RestartIntensityExceeded } from "../../../src/actor/index.ts"
import { diary, failureOf, watcher } from "../given.ts"
import { abc, child, life, refOf, supervised } from "./given.ts"

describe("S1: intensity", () => {
  it("allows so many restarts within the window and gives up at the next", () => {
    const log: Array<string> = []
    const { virtual, ref, top } = supervised({ maxRestarts: 2, window: 1_000, children: [child("a", diary({ log }))] })
    for (const _ of [1, 2]) {
      ref("a").tell("Crash", {})
      virtual.advance(100)
    }
    expect(life(log).filter((line) => line === "a started")).toHaveLength(3)
    ref("a").tell("Crash", { text: "third" })
    const reason = virtual.run(top.ended)
    expect(reason).toMatchObject({ _tag: "Failed", cause: { _tag: "RestartIntensityExceeded", child: "a" } })
  })

  it("restarts that are older than the window count no more", () => {
    const { virtual, ref, statuses } = supervised({ maxRestarts: 1, window: 1_000, children: [child("a", diary())] })
    for (let count = 0; count < 5; count += 1) {
      ref("a").tell("Crash", {})
      virtual.advance(1_001)
    }
    expect(statuses()).toEqual({ a: "running" })
    ref("a").tell("Crash", {})
    virtual.advance(1_000)
    ref("a").tell("Crash", {})
    virtual.settle()
    expect(statuses()).toEqual({ a: "down" })
  })

  it("maxRestarts 0 gives up at the first failure; a failure that does not count never does", () => {
    const none = supervised({ maxRestarts: 0, children: [child("a", diary())] })
    none.ref("a").tell("Crash", {})
    none.virtual.settle()
    expect(none.virtual.run(none.top.ended)._tag).toBe("Failed")
    const counts = (cause: unknown): boolean => !(cause instanceof Error && cause.message === "harmless")
    const some = supervised({ maxRestarts: 0, children: [child("a", diary(), { counts })] })
    for (let count = 0; count < 5; count += 1) some.ref("a").tell("Crash", { text: "harmless" })
    some.virtual.settle()
    expect(some.statuses()).toEqual({ a: "running" })
    some.ref("a").tell("Crash", { text: "harmful" })
    some.virtual.settle()
    expect(some.statuses()).toEqual({ a: "down" })
  })

  it("default is 3 in 5 seconds", () => {
    const { virtual, ref, statuses } = supervised({ children: [child("a", diary())] })
    for (let count = 0; count < 3; count += 1) ref("a").tell("Crash", {})
    virtual.settle()
    expect(statuses()).toEqual({ a: "running" })
    virtual.advance(5_000)
    ref("a").tell("Crash", {})
    virtual.settle()
    expect(statuses()).toEqual({ a: "down" })
  })
})

describe("S2: giving up", () => {
  it("stops all children in reverse start order, ends their mail and tells their watchers", () => {
    const log: Array<string> = []
    const { virtual, system, ref, top } = supervised({ maxRestarts: 0, children: abc(log) })
    const noted: Array<string> = []
    const watching = system.spawn(watcher(noted))
    for (const id of ["a", "b", "c"]) watching.tell("Watch", { ref: ref(id) })
    virtual.settle()
    ref("b").tell("Crash", { text: "boom" })
    ref("b").tell("Say", { text: "left behind" })
    virtual.run(top.ended)
    virtual.settle()
    expect(life(log)).toEqual(["a started", "b started", "c started", "c stopping", "a stopping"])
    expect(noted).toEqual(["sup/c was stopped", "sup/b failed: boom", "sup/a was stopped"])
    expect(system.deadLetters.count("stopped")).toBe(1)
  })

  it("is abnormal for the parent, also where the supervisor is a transient child; its children keep their refs", () => {
    const given: Array<string> = []
    const spec = { strategy: "one-for-one", maxRestarts: 0, children: [child("x", diary())] } as const
    const { virtual, supervisor, statuses } = supervised(
      { children: [{ id: "inner", supervisor: spec, restart: "transient" }] },
      { onGiveUp: ({ supervisor, cause }) => given.push(`${supervisor}: ${cause instanceof RestartIntensityExceeded}`) }
    )
    const inner = supervisor.supervisor("inner")
    const before = inner && refOf(inner, "x")
    before?.tell("Crash", {})
    virtual.settle()
    expect(given).toEqual(["sup/inner: true"])
    expect(statuses()).toEqual({ inner: "running" })
    expect(supervisor.supervisor("inner")?.child("x")).toBe(before)
    expect(before?.isStopped).toBe(false)
  })

  it("S2: onGiveUp is told at the decision, and `ended` once all children have stopped", () => {
    const told: Array<string> = []
    const { virtual, ref } = supervised(
      { maxRestarts: 0, children: [child("a", diary({ stopMs: 100 })), child("b", diary())] },
      {
        onGiveUp: ({ ended }) => {
          told.push(`gives up at ${virtual.now}`)
          virtual.fork(
            Effect.andThen(
              ended,
              Effect.sync(() => told.push(`has ended at ${virtual.now}`))
            )
          )
        }
      }
    )
    virtual.advance(10)
    ref("b").tell("Crash", {})
    virtual.advance(1_000)
    expect(told).toEqual(["gives up at 10", "has ended at 110"])
  })

  it("used afterwards, the supervisor refuses instead of waiting for ever", () => {
    const { virtual, ref, supervisor, top } = supervised({ maxRestarts: 0, children: [child("a", diary())] })
    ref("a").tell("Crash", {})
    virtual.run(top.ended)
    expect(failureOf(virtual, supervisor.startChild(child("b", diary())))._tag).toBe("ChildRefused")
    expect(failureOf(virtual, supervisor.restartChild("a"))._tag).toBe("ChildRefused")
    expect(failureOf(virtual, supervisor.deleteChild("a"))._tag).toBe("ChildRefused")
    virtual.run(supervisor.terminateChild("a"))
    expect(virtual.run(top.stop)).toMatchObject({ overran: [] })
  })
})

describe("S3: one crash counts once", () => {
  it("however many siblings are restarted with it", () => {
    const { virtual, ref, statuses } = supervised({ strategy: "rest-for-one", maxRestarts: 1, children: abc([]) })
    ref("a").tell("Crash", {})
    virtual.settle()
    expect(statuses()).toEqual({ a: "running", b: "running", c: "running" })
  })
})
