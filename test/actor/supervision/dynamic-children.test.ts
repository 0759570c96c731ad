import { describe, expect, it } from "vitest"
import { Actor } from "../../../src/actor/index.ts"
import { diary } from "../given.ts"
import { child, dynamic, failingAt, statusesOf } from "./given.ts"

const restartTypes = ["permanent", "transient", "temporary"] as const

/** Stops itself in its first hook. */
const brief = Actor.make("Brief", {
  protocol: { Say: Actor.message() },
  initial: 0,
  handlers: { Say: (count) => count },
  started: (_count, { stop }) => stop()
})

describe("S1, S6: restarts of dynamic children", () => {
  it("a dynamic child that fails is restarted alone, and counts toward the intensity of its supervisor (S1, S6)", () => {
    const log: Array<string> = []
    const { pool, virtual, supervisor, statuses } = dynamic({ maxRestarts: 1 })
    const [a, b] = ["a", "b"].map((name) => pool.spawn(diary({ log }), { name }))
    log.length = 0
    a?.tell("Crash", {})
    virtual.settle()
    expect(log).toEqual(["sup/pool/a before restart: crash", "sup/pool/a started", "sup/pool/a after restart"])
    expect(statuses()).toEqual({ a: "running", b: "running" })
    b?.tell("Crash", {})
    virtual.settle()
    expect([statuses(), supervisor.children()]).toEqual([{}, [{ id: "pool", status: "running", restarts: 1 }]])
  })

  it("a dynamic child that cannot start again uses up the intensity, and all end (S2, S4)", () => {
    const gaveUp: Array<string> = []
    const { pool, virtual } = dynamic(
      { maxRestarts: 3 },
      {
        onGiveUp: ({ cause: { child: id, cause } }) => gaveUp.push(`${id}: ${cause instanceof Error && cause.message}`)
      }
    )
    const failing = pool.spawn(diary({ onStart: failingAt(2, 3, 4, 5) }), { name: "failing" })
    const beside = pool.spawn(diary(), { name: "beside" })
    failing.tell("Crash", {})
    virtual.settle()
    expect(gaveUp).toEqual(["failing: start 4"])
    expect([failing.isStopped, beside.isStopped, pool.size]).toEqual([true, true, 0])
  })

  it("a dynamic child between tries reads as restarting, and can be terminated (S4)", () => {
    const onStart = (start: number): void => {
      if (start > 1) throw new Error(`start ${start}`)
    }
    const { pool, virtual, statuses } = dynamic({ maxRestarts: 99 })
    const backoff = { base: 100, max: 100, jitter: 0 }
    const ref = pool.spawn(diary({ onStart }), { name: "a", backoff })
    ref.tell("Crash", {})
    virtual.advance(250)
    expect([statuses(), pool.size]).toEqual([{ a: "restarting" }, 1])
    expect(virtual.run(pool.terminateChild("a"))).toEqual({
      overran: [],
      odd: [{ child: "sup/pool/a", reason: expect.anything() }]
    })
    expect([pool.size, ref.isStopped, virtual.now, virtual.nextDue]).toEqual([0, true, 250, undefined])
  })
})

describe("S5, S11: dynamic children that have ended", () => {
  it("a temporary dynamic child that stops itself as it starts is forgotten (S5)", () => {
    const { pool, virtual, statuses } = dynamic()
    pool.spawn(brief, { name: "a", restart: "temporary" })
    virtual.run(pool.startChild({ id: "b", actor: brief, restart: "temporary" }))
    virtual.settle()
    expect([statuses(), pool.size]).toEqual([{}, 0])
    virtual.run(pool.startChild(child("b", diary())))
    expect(statuses()).toEqual({ b: "running" })
  })

  it("a temporary dynamic child that has ended leaves nothing behind in its supervisor (S5)", () => {
    const { pool, virtual } = dynamic({ maxRestarts: 0 })
    for (let round = 0; round < 3; round += 1) {
      const refs = ["a", "b", "c"].map((name) => pool.spawn(diary(), { name, restart: "temporary" }))
      expect([pool.size, pool.entries.size]).toEqual([3, 3])
      refs[0]?.tell("Crash", {})
      refs[1]?.tell("Stop")
      virtual.run(pool.terminateChild("c"))
      virtual.settle()
      expect([pool.size, pool.entries.size, pool.children()]).toEqual([0, 0, []])
    }
  })

  it("children() of a dynamic supervisor lists those that live, in any number, and none that has ended (S11)", () => {
    const { pool, virtual } = dynamic({ maxRestarts: 9_999 })
    const refs = Array.from({ length: 3_000 }, (_, index) => pool.spawn(diary(), { name: `${index}` }))
    expect(Object.entries(statusesOf(pool))).toHaveLength(3_000)
    for (const [index, ref] of refs.entries()) {
      if (index % 3 === 0) ref.tell("Stop")
      if (index % 3 === 1) ref.tell("Crash", {})
    }
    virtual.settle()
    const living = pool.children()
    expect(living).toHaveLength(2_000)
    expect(
      living.map(({ id, restarts }) => Number(id) % 3 === restarts || (Number(id) % 3 === 2 && restarts === 0))
    ).not.toContain(false)
    for (const { id } of living) virtual.run(pool.terminateChild(id))
    expect([pool.children(), pool.size]).toEqual([[], 0])
  })
})

describe("S9, S10: dynamic children that are stopped", () => {
  it("a shutdown timeout of 0 interrupts all dynamic children at once (S9, S10)", () => {
    const { pool, virtual, top } = dynamic({ dynamic: { shutdownTimeout: 0 } })
    const names = ["a", "b", "c"]
    for (const name of names) pool.spawn(diary(), { name }).tell("Slow", { text: "never", ms: 1_000 })
    virtual.settle()
    const report = virtual.run(top.stop)
    expect([...report.overran].sort()).toEqual(names.map((name) => `sup/pool/${name}`))
    expect([report.odd, virtual.now]).toEqual([[], 0])
  })

  it("dynamic children that end otherwise than asked are reported, and the supervisor still stops in order (S9, S10)", () => {
    const clumsy = Actor.make("Clumsy", {
      protocol: { Say: Actor.message() },
      initial: 0,
      handlers: { Say: (count) => count },
      stopping: () => {
        throw new Error("clumsy")
      }
    })
    const { pool, virtual, top } = dynamic()
    for (const restart of restartTypes) pool.spawn(clumsy, { name: restart, restart })
    pool.spawn(diary(), { name: "fine" })
    const report = virtual.run(top.stop)
    expect(report.overran).toEqual([])
    expect(report.odd).toMatchObject(
      restartTypes.map((type) => ({
        child: `sup/pool/${type}`,
        reason: { _tag: "Failed", cause: { message: "clumsy" } }
      }))
    )
    expect(virtual.run(top.ended)).toEqual({ _tag: "Shutdown" })
    expect(pool.size).toBe(0)
  })
})
