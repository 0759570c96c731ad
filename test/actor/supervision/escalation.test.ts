import { describe, expect, it } from "vitest"
import { Actor, type SupervisorSpec } from "../../../src/actor/index.ts"
import { diary, given, watcher } from "../given.ts"
import { child, failingAt, life, refOf, supervised } from "./given.ts"

const always =
  <D extends "restart" | "resume" | "stop" | "escalate">(directive: D) =>
  (): D =>
    directive

describe("S14: escalate", () => {
  it("S14: the supervisor stops its children in reverse order and ends with the child's cause", () => {
    const log: Array<string> = []
    const { virtual, ref, top } = supervised({
      children: [
        child("a", diary({ log })),
        child("b", diary({ log }), { onFailure: always("escalate") }),
        child("c", diary({ log }))
      ]
    })
    log.length = 0
    ref("b").tell("Crash", { text: "too much" })
    expect(virtual.run(top.ended)).toMatchObject({ _tag: "Failed", cause: { message: "too much" } })
    expect(life(log)).toEqual(["c stopping", "a stopping"])
  })

  it("S14: a supervisor above decides: it restarts the one below, whose children keep their refs", () => {
    const causes: Array<unknown> = []
    const inner: Omit<SupervisorSpec, "name"> = {
      strategy: "one-for-one",
      children: [child("x", diary(), { onFailure: always("escalate") }), child("y", diary())]
    }
    const { virtual, supervisor, statuses } = supervised(
      { children: [{ id: "inner", supervisor: inner }, child("beside", diary())] },
      { onRestart: ({ actor, cause }) => causes.push(`${actor}: ${cause instanceof Error ? cause.message : ""}`) }
    )
    const below = supervisor.supervisor("inner")
    if (below === undefined) throw new Error("no supervisor below")
    const y = refOf(below, "y")
    refOf(below, "x").tell("Crash", { text: "up" })
    virtual.settle()
    expect(causes).toEqual(["sup/inner: up"])
    expect(statuses()).toEqual({ inner: "running", beside: "running" })
    expect(refOf(below, "y")).toBe(y)
    expect(virtual.run(y.ask("Echo", { text: "here" }))).toBe("here")
  })

  it("S14: through two floors, each of which hands it on", () => {
    const leaf = child("leaf", diary(), { onFailure: always("escalate") })
    const lowest = { strategy: "one-for-one", children: [leaf] } as const
    const { virtual, supervisor, top } = supervised({
      children: [{ id: "inner", supervisor: lowest, onFailure: always("escalate") }]
    })
    const below = supervisor.supervisor("inner")
    if (below !== undefined) refOf(below, "leaf").tell("Crash", { text: "up and up" })
    expect(virtual.run(top.ended)).toMatchObject({ _tag: "Failed", cause: { message: "up and up" } })
  })

  it("S14: a spawned actor whose failure nobody above takes is stopped as failed", () => {
    const { virtual, system } = given()
    const noted: Array<string> = []
    const options = { name: "top", onFailure: always("escalate") }
    const ref = system.spawn(diary(), options)
    system.spawn(watcher(noted)).tell("Watch", { ref })
    ref.tell("Crash", { text: "too much" })
    virtual.settle()
    expect(noted).toEqual(["top failed: too much"])
  })
})

describe("S14: what becomes of a failed child, failure by failure", () => {
  it("S14: resume: the child goes on with the state it has, and nothing is counted", () => {
    const restarts: Array<string> = []
    const { virtual, ref, statuses } = supervised(
      { maxRestarts: 0, children: [child("a", diary(), { onFailure: always("resume") })] },
      { onRestart: ({ actor }) => restarts.push(actor) }
    )
    ref("a").tell("Say", { text: "before" })
    for (let count = 0; count < 5; count += 1) ref("a").tell("Crash", {})
    ref("a").tell("CrashLater", { ms: 5 })
    ref("a").tell("Say", { text: "after" })
    expect(virtual.run(ref("a").ask("Texts", {}))).toEqual(["before", "after"])
    expect([statuses(), restarts]).toEqual([{ a: "running" }, []])
  })

  it("S14: resume of a child supervisor is a restart", () => {
    const inner = { strategy: "one-for-one", maxRestarts: 0, children: [child("x", diary())] } as const
    const { virtual, supervisor, statuses } = supervised({
      children: [{ id: "inner", supervisor: inner, onFailure: always("resume") }]
    })
    const below = supervisor.supervisor("inner")
    if (below !== undefined) refOf(below, "x").tell("Crash", {})
    virtual.settle()
    expect([statuses(), supervisor.children()[0]?.restarts]).toEqual([{ inner: "running" }, 1])
  })

  it("S14: stop: the child stays down, as failed, and may be started by hand; a temporary one is forgotten", () => {
    const noted: Array<string> = []
    const { virtual, system, supervisor, ref, statuses } = supervised({
      maxRestarts: 0,
      children: [
        child("a", diary(), { onFailure: always("stop") }),
        child("t", diary(), { onFailure: always("stop"), restart: "temporary" })
      ]
    })
    system.spawn(watcher(noted)).tell("Watch", { ref: ref("a") })
    virtual.settle()
    ref("a").tell("Crash", { text: "enough" })
    ref("t").tell("Crash", {})
    virtual.settle()
    expect([statuses(), noted]).toEqual([{ a: "down" }, ["sup/a failed: enough"]])
    virtual.run(supervisor.restartChild("a"))
    expect(statuses()).toEqual({ a: "running" })
  })

  it("S14: it may depend on the cause; what it throws is taken as restart", () => {
    const onFailure = (cause: unknown): "resume" => {
      if (cause instanceof Error && cause.message === "odd") throw new Error("cannot decide")
      return "resume"
    }
    const { virtual, ref } = supervised({ children: [child("a", diary(), { onFailure })] })
    ref("a").tell("Say", { text: "first" })
    ref("a").tell("Crash", { text: "even" })
    expect(virtual.run(ref("a").ask("Texts", {}))).toEqual(["first"])
    ref("a").tell("Crash", { text: "odd" })
    expect(virtual.run(ref("a").ask("Texts", {}))).toEqual([])
  })

  it("S4, S14: it decides about failing starts during a restart too", () => {
    const directives = { "start 2": "restart", "start 3": "stop" } as const
    const onFailure = (cause: unknown): "restart" | "stop" =>
      cause instanceof Error && cause.message === "start 3" ? directives["start 3"] : directives["start 2"]
    const actor = diary({ onStart: failingAt(2, 3) })
    const { virtual, ref, statuses } = supervised({ children: [child("a", actor, { onFailure })] })
    ref("a").tell("Crash", {})
    virtual.settle()
    expect(statuses()).toEqual({ a: "down" })
  })

  it("S14: a spawned actor's own directive: resume and stop", () => {
    const { virtual, system } = given()
    const resumed = { name: "resumed", maxRestarts: 0, onFailure: always("resume") }
    const stopped = { name: "stopped", onFailure: always("stop") }
    const refs = [resumed, stopped].map((options) => system.spawn(diary(), options))
    for (const ref of refs) ref.tell("Crash", {})
    virtual.settle()
    expect(refs.map(({ isStopped }) => isStopped)).toEqual([false, true])
  })

  it("S1: a spawned actor that exceeds its own intensity is stopped, and onGiveUp names it", () => {
    const given_: Array<string> = []
    const { virtual, system } = given({
      onGiveUp: ({ supervisor, cause }) => given_.push(`${supervisor}: ${cause.child}`)
    })
    const parent = Actor.make("Parent", {
      protocol: { Begin: Actor.message() },
      initial: 0,
      handlers: {
        Begin: (count, _payload, { spawn }) => {
          spawn(diary(), { name: "frail", maxRestarts: 1 }).tell("Crash", {})
          return count
        }
      }
    })
    system.spawn(parent, { name: "parent" }).tell("Begin")
    virtual.settle()
    const frail = system.spawn(diary(), { name: "frail", maxRestarts: 1 })
    frail.tell("Crash", {})
    frail.tell("Crash", {})
    virtual.settle()
    expect([frail.isStopped, given_]).toEqual([true, ["system: frail"]])
  })
})
