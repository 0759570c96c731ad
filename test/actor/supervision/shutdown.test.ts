import { describe, expect, it } from "vitest"
import type { ActorContext, Behaviour, SupervisorSpec } from "../../../src/actor/index.ts"
import { diary, type protocol } from "../given.ts"
import { child, life, refOf, supervised } from "./given.ts"

describe("S9: stopping one child", () => {
  it("waits its shutdown timeout, then interrupts it, and the report names it", () => {
    const { virtual, ref, top } = supervised({
      children: [child("a", diary(), { shutdownTimeout: 50 }), child("b", diary())]
    })
    ref("a").tell("Slow", { text: "x", ms: 1_000 })
    virtual.settle()
    expect(virtual.run(top.stop)).toEqual({ overran: ["sup/a"], odd: [] })
    expect(virtual.now).toBe(50)
  })

  it("an odd end is reported, never thrown, also from a supervisor below", () => {
    const inner: SupervisorSpec["children"] = [child("x", diary(), { shutdownTimeout: 1_000 })]
    const { virtual, supervisor, top } = supervised({
      children: [{ id: "inner", supervisor: { strategy: "one-for-one", children: inner } }]
    })
    const below = supervisor.supervisor("inner")
    if (below !== undefined) refOf(below, "x").tell("CrashLater", { ms: 10 })
    virtual.settle()
    const report = virtual.run(top.stop)
    expect(report.odd).toMatchObject([{ child: "sup/inner/x", reason: { _tag: "Failed" } }])
  })
})

describe("S10: stopping the supervisor", () => {
  it("is strictly sequential, in reverse start order, and a second stop waits for the same", () => {
    const log: Array<string> = []
    const { virtual, top } = supervised({
      children: ["a", "b", "c"].map((id) => child(id, diary({ log, stopMs: 10 })))
    })
    log.length = 0
    const stops = [virtual.fork(top.stop), virtual.fork(top.stop)]
    virtual.advance(10)
    expect(life(log)).toEqual(["c stopping", "b stopping"])
    virtual.advance(20)
    expect(life(log)).toEqual(["c stopping", "b stopping", "a stopping"])
    expect(stops.map((fiber) => fiber.pollUnsafe()?._tag)).toEqual(["Success", "Success"])
  })
})

describe("S10: the report", () => {
  it("S10: names actors spawned by actors, however deep, and those below supervisors below", () => {
    const nest = (depth: number): Behaviour<typeof protocol> => {
      const inner = diary({ stopMs: depth === 0 ? 1_000 : 0 })
      if (depth === 0) return inner
      const { definition } = inner
      const started = (_state: unknown, context: unknown): void => {
        if (isSpawner(context)) context.spawn(nest(depth - 1), { name: "below", shutdownTimeout: depth * 100 })
      }
      return { ...inner, definition: { ...definition, started } }
    }
    const { virtual, top } = supervised({
      children: [
        child("a", nest(2)),
        { id: "inner", supervisor: { strategy: "one-for-one", children: [child("x", nest(1))] } },
        { id: "pool", supervisor: { dynamic: {} } }
      ]
    })
    top.supervisor.dynamic("pool")?.spawn(nest(1), { name: "p" })
    expect(virtual.run(top.stop)).toEqual({
      overran: ["sup/pool/p/below", "sup/inner/x/below", "sup/a/below/below"],
      odd: []
    })
    expect(virtual.now).toBe(300)
  })

  it("S10: the system's own shutdown reports those at its top, and below", () => {
    const { virtual, system } = supervised({ children: [child("a", diary({ stopMs: 900 }), { shutdownTimeout: 50 })] })
    system.spawn(diary({ stopMs: 900 }), { name: "alone", shutdownTimeout: 50 })
    expect(virtual.run(system.shutdown)).toEqual({ overran: ["alone", "sup/a"], odd: [] })
  })

  it("S9: terminateChild tells who overran, and the report of the supervisor's shutdown does not again", () => {
    const { virtual, supervisor, top } = supervised({
      children: [child("a", diary({ stopMs: 1_000 }), { shutdownTimeout: 50 })]
    })
    expect(virtual.run(supervisor.terminateChild("a"))).toEqual({ overran: ["sup/a"], odd: [] })
    expect(virtual.run(supervisor.terminateChild("a"))).toEqual({ overran: [], odd: [] })
    expect(virtual.run(top.stop)).toEqual({ overran: [], odd: [] })
  })
})

const isSpawner = (context: unknown): context is Pick<ActorContext<typeof protocol>, "spawn"> =>
  typeof context === "object" && context !== null && "spawn" in context
