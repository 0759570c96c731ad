import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import type { SupervisorSpec } from "../../../src/actor/index.ts"
import { diary, failureOf, given } from "../given.ts"
import { child, life, refOf, statusesOf, supervised } from "./given.ts"

const significant = (id: string, log: Array<string> = [], restart: "transient" | "temporary" = "transient") =>
  child(id, diary({ log }), { restart, significant: true })

describe("S12: significant children", () => {
  it("S12: any: the first that ends by itself stops the supervisor, in reverse start order, with reason normal", () => {
    const log: Array<string> = []
    const { virtual, top, ref } = supervised({
      autoShutdown: "any",
      children: [child("a", diary({ log })), significant("b", log), significant("c", log)]
    })
    log.length = 0
    ref("b").tell("Stop")
    expect(virtual.run(top.ended)).toEqual({ _tag: "Normal" })
    expect(life(log)).toEqual(["b stopping", "c stopping", "a stopping"])
  })

  it("S12: all: the last of them does", () => {
    const { virtual, top, ref, statuses } = supervised({
      autoShutdown: "all",
      children: [child("a", diary()), significant("b"), significant("c", [], "temporary")]
    })
    ref("c").tell("Stop")
    virtual.settle()
    expect(statuses()).toEqual({ a: "running", b: "running" })
    ref("b").tell("Stop")
    expect(virtual.run(top.ended)).toEqual({ _tag: "Normal" })
  })

  it("S12: never is the default: their ends stop nothing, and neither do those of other children", () => {
    const other = child("b", diary(), { restart: "transient" })
    const { virtual, ref, statuses } = supervised({ autoShutdown: "any", children: [significant("a"), other] })
    ref("b").tell("Stop")
    virtual.settle()
    expect(statuses()).toEqual({ a: "running", b: "down" })
  })

  it("S12: a transient one that fails is restarted; a temporary one that fails has ended by itself", () => {
    const spec = { autoShutdown: "any", children: [significant("a"), significant("b", [], "temporary")] } as const
    const { virtual, top, ref, statuses } = supervised(spec)
    ref("a").tell("Crash", {})
    virtual.settle()
    expect(statuses()).toEqual({ a: "running", b: "running" })
    ref("b").tell("Crash", {})
    expect(virtual.run(top.ended)).toEqual({ _tag: "Normal" })
  })

  it("S12: terminated by hand, or taken down with its group, it has not ended by itself", () => {
    const { virtual, supervisor, ref, statuses } = supervised({
      strategy: "one-for-all",
      autoShutdown: "any",
      children: [child("a", diary()), significant("b"), significant("c", [], "temporary")]
    })
    ref("a").tell("Crash", {})
    virtual.settle()
    expect(statuses()).toEqual({ a: "running", b: "running" })
    virtual.run(supervisor.terminateChild("b"))
    expect(statuses()).toEqual({ a: "running", b: "down" })
  })

  it("S12: all: one that was terminated by hand is not waited for", () => {
    const { virtual, supervisor, top, ref } = supervised({
      autoShutdown: "all",
      children: [significant("a"), significant("b")]
    })
    virtual.run(supervisor.terminateChild("a"))
    ref("b").tell("Stop")
    expect(virtual.run(top.ended)).toEqual({ _tag: "Normal" })
  })

  it("S12: its supervisor's own parent sees a normal end: a transient one stays down, a permanent one is restarted", () => {
    for (const [restart, status] of [
      ["transient", "down"],
      ["permanent", "running"]
    ] as const) {
      const inner: Omit<SupervisorSpec, "name"> = {
        strategy: "one-for-one",
        autoShutdown: "any",
        children: [significant("x")]
      }
      const { virtual, supervisor } = supervised({ children: [{ id: "inner", supervisor: inner, restart }] })
      const below = supervisor.supervisor("inner")
      if (below === undefined) throw new Error("no supervisor below")
      const x = refOf(below, "x")
      x.tell("Stop")
      virtual.settle()
      expect(statusesOf(supervisor)).toEqual({ inner: status })
      expect([restart, x.isStopped]).toEqual([restart, status === "down"])
    }
  })

  it("S12: a significant one below a significant one ends the whole branch", () => {
    const inner = { strategy: "one-for-one", autoShutdown: "any", children: [significant("x")] } as const
    const { virtual, supervisor, top } = supervised({
      autoShutdown: "any",
      children: [child("a", diary()), { id: "inner", supervisor: inner, restart: "temporary", significant: true }]
    })
    const below = supervisor.supervisor("inner")
    if (below !== undefined) refOf(below, "x").tell("Stop")
    expect(virtual.run(top.ended)).toEqual({ _tag: "Normal" })
  })

  it("S12: a permanent significant child is refused, and so is one where autoShutdown is never", () => {
    const { virtual, system } = given()
    const permanent = child("a", diary(), { significant: true })
    const spec = { name: "sup", strategy: "one-for-one" } as const
    const refused = (children: SupervisorSpec["children"], autoShutdown: "any" | "never") =>
      failureOf(virtual, system.supervise({ ...spec, children, autoShutdown })).message
    expect(refused([permanent], "any")).toContain("a permanent child cannot be significant")
    expect(refused([significant("a")], "never")).toContain("autoShutdown is never")
    const top = virtual.run(system.supervise({ ...spec, children: [] }))
    const adding = top.supervisor.startChild(significant("a"))
    expect(virtual.run(Effect.flip(adding))).toMatchObject({ _tag: "ChildRefused", child: "a" })
    expect(top.supervisor.children()).toEqual([])
  })
})

describe("S12: whose end counts", () => {
  it("the end of a child that is not significant stops no supervisor, whatever its restart type (S12)", () => {
    for (const autoShutdown of ["any", "all"] as const) {
      for (const restart of ["transient", "temporary"] as const) {
        for (const end of ["Stop", "Crash"] as const) {
          const others = ["a", "b"].map((id) => child(id, diary(), { restart }))
          const { virtual, ref, statuses } = supervised({ autoShutdown, children: [...others, significant("kept")] })
          for (const id of ["a", "b"]) {
            if (end === "Stop") ref(id).tell("Stop")
            else ref(id).tell("Crash", {})
          }
          virtual.settle()
          const restarted = { a: "running", b: "running", kept: "running" }
          const down = restart === "transient" ? { a: "down", b: "down", kept: "running" } : { kept: "running" }
          const expected = end === "Crash" && restart === "transient" ? restarted : down
          expect([autoShutdown, restart, end, statuses()]).toEqual([autoShutdown, restart, end, expected])
        }
      }
    }
  })

  it("a temporary significant child that ends by itself, well or badly, stops the supervisor: the first, or the last of all (S12)", () => {
    for (const end of ["Stop", "Crash"] as const) {
      for (const [autoShutdown, needed] of [
        ["any", 1],
        ["all", 2]
      ] as const) {
        const children = ["a", "b", "by hand"].map((id) => significant(id, [], "temporary"))
        const { virtual, supervisor, top, ref, statuses } = supervised({ autoShutdown, children })
        const ended = virtual.fork(top.ended)
        virtual.run(supervisor.terminateChild("by hand"))
        expect(statuses()).toEqual({ a: "running", b: "running" })
        for (const id of ["a", "b"].slice(0, needed)) {
          expect([id, end, ended.pollUnsafe()]).toEqual([id, end, undefined])
          if (end === "Stop") ref(id).tell("Stop")
          else ref(id).tell("Crash", {})
          virtual.settle()
        }
        expect(ended.pollUnsafe()).toMatchObject({ value: { _tag: "Normal" } })
      }
    }
  })
})
