import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import {
  type ActorRef,
  type ActorSystem,
  type Behaviour,
  type ChildSpec,
  RestartIntensityExceeded,
  type Supervisor,
  type SupervisorSpec,
  type SystemOptions,
  type TopSupervisor
} from "../../src/actor/index.ts"
import type { VirtualTime } from "../../src/testing/index.ts"
import { diary, failureOf, given, type protocol, watcher } from "./given.ts"

type Diary = ActorRef<typeof protocol>

interface Supervised {
  readonly virtual: VirtualTime
  readonly system: ActorSystem
  readonly top: TopSupervisor
  readonly supervisor: Supervisor
  readonly ref: (id: string) => Diary
  readonly statuses: () => Record<string, string>
}

const supervised = (spec: Partial<SupervisorSpec>, options?: SystemOptions): Supervised => {
  const { virtual, system } = given(options)
  const top = virtual.run(system.supervise({ name: "sup", strategy: "one-for-one", children: [], ...spec }))
  const { supervisor } = top
  return {
    virtual,
    system,
    top,
    supervisor,
    ref: (id) => {
      const spec = supervisor.entries.get(id)?.spec
      const ref = spec !== undefined && "actor" in spec ? supervisor.ref(id, diaries.get(spec) ?? diary()) : undefined
      if (ref === undefined) throw new Error(`no child ${id}`)
      return ref
    },
    statuses: () => Object.fromEntries(supervisor.children().map(({ id, status }) => [id, status]))
  }
}

const diaries = new WeakMap<ChildSpec, Behaviour<typeof protocol>>()

const child = (
  id: string,
  actor: Behaviour<typeof protocol>,
  options: Omit<Extract<ChildSpec, { actor: unknown }>, "id" | "actor"> = {}
): ChildSpec => {
  const spec = { id, actor, ...options }
  diaries.set(spec, actor)
  return spec
}

const abc = (log: Array<string>, options?: Parameters<typeof child>[2]): ReadonlyArray<ChildSpec> =>
  ["a", "b", "c"].map((id) => child(id, diary({ log }), options))

/** Hooks of starts and stops alone, without the supervisor's name. */
const life = (log: ReadonlyArray<string>): ReadonlyArray<string> =>
  log.filter((line) => !line.includes("restart")).map((line) => line.replace("sup/", "").replace(/: .*/, ""))

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
    const inner = { strategy: "one-for-one", maxRestarts: 0, children: [child("x", diary())] } as const
    const { virtual, supervisor, statuses } = supervised(
      { children: [{ id: "inner", supervisor: inner, restart: "transient" }] },
      { onGiveUp: ({ supervisor, cause }) => given.push(`${supervisor}: ${cause instanceof RestartIntensityExceeded}`) }
    )
    const before = supervisor.supervisor("inner")?.child("x")
    const cell = before?.cell
    cell?.offer({ tag: "Crash", payload: {}, asking: undefined })
    virtual.settle()
    expect(given).toEqual(["sup/inner: true"])
    expect(statuses()).toEqual({ inner: "running" })
    expect(supervisor.supervisor("inner")?.child("x")).toBe(before)
    expect(before?.isStopped).toBe(false)
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

describe("S4: a start that fails during a restart", () => {
  const failing = (from: number, to: number) => (start: number) => {
    if (start >= from && start <= to) throw new Error(`start ${start}`)
  }

  it("counts as another restart and is tried again", () => {
    const restarts: Array<string> = []
    const { virtual, ref, statuses } = supervised(
      { maxRestarts: 3, children: [child("a", diary({ onStart: failing(2, 3) }))] },
      { onRestart: ({ cause }) => restarts.push(cause instanceof Error ? cause.message : "") }
    )
    ref("a").tell("Crash", {})
    virtual.settle()
    expect(restarts).toEqual(["crash", "start 2", "start 3"])
    expect(statuses()).toEqual({ a: "running" })
    ref("a").tell("Crash", {})
    virtual.settle()
    expect(statuses()).toEqual({ a: "down" })
  })

  it("between tries it reads as restarting, and stop, terminate and queries are obeyed", () => {
    const children = [child("a", diary({ onStart: failing(2, 99) }), { backoff: { base: 100, max: 100, jitter: 0 } })]
    const spec = { maxRestarts: 99, children }
    const one = supervised(spec)
    one.ref("a").tell("Crash", {})
    one.ref("a").tell("Say", { text: "waits" })
    one.virtual.advance(250)
    expect(one.statuses()).toEqual({ a: "restarting" })
    expect(failureOf(one.virtual, one.supervisor.restartChild("a")).message).toContain("it is restarting")
    expect(failureOf(one.virtual, one.supervisor.deleteChild("a")).message).toContain("it is restarting")
    one.virtual.run(one.supervisor.terminateChild("a"))
    expect([one.statuses(), one.virtual.nextDue]).toEqual([{ a: "down" }, undefined])
    expect([one.ref("a").isStopped, one.system.deadLetters.count("stopped")]).toEqual([true, 1])
    const other = supervised({
      maxRestarts: 99,
      children: [child("a", diary(), { backoff: { base: 100, max: 100, jitter: 0 } })]
    })
    other.ref("a").tell("Crash", {})
    other.virtual.advance(50)
    other.virtual.run(other.top.stop)
    expect([other.virtual.now, other.virtual.nextDue]).toEqual([50, undefined])
  })

  it("a long series of failing starts neither piles up on the stack nor blocks others", () => {
    const { virtual, ref, statuses } = supervised({
      maxRestarts: 20_000,
      children: [child("a", diary({ onStart: failing(2, 10_000) }))]
    })
    ref("a").tell("Crash", {})
    virtual.step()
    expect(statuses()).toEqual({ a: "starting" })
    virtual.settle()
    expect(statuses()).toEqual({ a: "running" })
  })
})

describe("S5: permanent, transient, temporary", () => {
  it("after a failure, and after a normal end", () => {
    for (const [tag, expected] of [
      ["Crash", { permanent: "running", transient: "running" }],
      ["Stop", { permanent: "running", transient: "down" }]
    ] as const) {
      const types = ["permanent", "transient", "temporary"] as const
      const { virtual, ref, statuses } = supervised({
        children: types.map((restart) => child(restart, diary(), { restart }))
      })
      for (const id of types) {
        if (tag === "Crash") ref(id).tell("Crash", {})
        else ref(id).tell("Stop")
      }
      virtual.settle()
      expect(statuses()).toEqual(expected)
    }
  })

  it("a permanent child that ends normally keeps its mail; its watchers hear nothing; it counts", () => {
    const { virtual, system, ref, statuses } = supervised({ maxRestarts: 1, children: [child("a", diary())] })
    const noted: Array<string> = []
    system.spawn(watcher(noted)).tell("Watch", { ref: ref("a") })
    ref("a").tell("Stop")
    ref("a").tell("Say", { text: "kept" })
    expect(virtual.run(ref("a").ask("Texts", {}))).toEqual(["kept"])
    expect(noted).toEqual([])
    ref("a").tell("Stop")
    virtual.settle()
    expect(statuses()).toEqual({ a: "down" })
    expect(noted).toEqual(["sup/a was stopped"])
  })

  it("a temporary one is forgotten, also when a sibling's failure took it down", () => {
    const log: Array<string> = []
    const [a, b, c] = [
      child("a", diary({ log })),
      child("b", diary({ log }), { restart: "temporary" }),
      child("c", diary({ log }))
    ]
    const { virtual, ref, statuses } = supervised({ strategy: "rest-for-one", children: [a, b, c] })
    ref("a").tell("Crash", {})
    virtual.settle()
    expect(statuses()).toEqual({ a: "running", c: "running" })
  })
})

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

describe("S8: starting up", () => {
  it("children start in order, each awaited", () => {
    const log: Array<string> = []
    const { virtual } = supervised({ children: ["a", "b"].map((id) => child(id, diary({ log, startMs: 10 }))) })
    expect([life(log), virtual.now]).toEqual([["a started", "b started"], 20])
  })

  it("if one fails, those started are stopped in reverse order, and the start names the child and why", () => {
    const log: Array<string> = []
    const { virtual, system } = given()
    const onStart = (): void => {
      throw new Error("no")
    }
    const children = [
      child("a", diary({ log })),
      child("b", diary({ log })),
      child("c", diary({ onStart })),
      child("d", diary({ log }))
    ]
    const error = failureOf(virtual, system.supervise({ name: "sup", strategy: "one-for-one", children }))
    expect(error.message).toBe("sup/c could not be started: no")
    expect(life(log)).toEqual(["a started", "b started", "b stopping", "a stopping"])
    expect(system.inspect()).toEqual([])
    virtual.run(system.supervise({ name: "sup", strategy: "one-for-one", children: [] }))
  })

  it("a shutdown in the middle of a start ends it, and whoever waits for it is told", () => {
    const { virtual, system } = given()
    const children = [child("a", diary()), child("b", diary({ startMs: 1_000 }))]
    const starting = virtual.fork(system.supervise({ name: "sup", strategy: "one-for-one", children }))
    virtual.advance(10)
    virtual.run(system.shutdown)
    expect([starting.pollUnsafe()?._tag, virtual.now]).toEqual(["Failure", 10])
    expect(failureOf(virtual, system.supervise({ name: "late", strategy: "one-for-one", children }))._tag).toBe(
      "StartFailed"
    )
  })

  it("a transient child that ends by itself while the others start holds nothing up", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const children = [child("a", diary({ log }), { restart: "transient" }), child("b", diary({ startMs: 10 }))]
    const starting = virtual.fork(system.supervise({ name: "sup", strategy: "one-for-one", children }))
    const a = system.inspect()[0]?.children[0]
    expect(a?.status).toBe("running")
    virtual.run(Effect.sleep(20))
    expect(starting.pollUnsafe()?._tag).toBe("Success")
  })
})

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
    supervisor
      .supervisor("inner")
      ?.child("x")
      ?.cell.offer({ tag: "CrashLater", payload: { ms: 10 }, asking: undefined })
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

describe("S11: children by hand", () => {
  it("terminateChild keeps the spec, is idempotent, counts as no restart; restartChild brings it back with its ref", () => {
    const { virtual, supervisor, ref, statuses } = supervised({ maxRestarts: 0, children: [child("a", diary())] })
    const before = ref("a")
    for (let count = 0; count < 3; count += 1) {
      virtual.run(supervisor.terminateChild("a"))
      virtual.run(supervisor.terminateChild("a"))
      expect(statuses()).toEqual({ a: "down" })
      expect(before.tell("Say", { text: "x" })).toBe(false)
      virtual.run(supervisor.restartChild("a"))
      expect(statuses()).toEqual({ a: "running" })
    }
    expect(ref("a")).toBe(before)
    expect(virtual.run(before.ask("Echo", { text: "back" }))).toBe("back")
  })

  it("restartChild and deleteChild are refused while it runs; deleteChild forgets", () => {
    const { virtual, supervisor, statuses } = supervised({ children: [child("a", diary())] })
    expect(failureOf(virtual, supervisor.restartChild("a")).message).toContain("it is running")
    expect(failureOf(virtual, supervisor.deleteChild("a")).message).toContain("it is running")
    expect(failureOf(virtual, supervisor.restartChild("z")).message).toContain("no such child")
    virtual.run(supervisor.terminateChild("a"))
    virtual.run(supervisor.deleteChild("a"))
    expect(statuses()).toEqual({})
    expect(supervisor.child("a")).toBeUndefined()
  })

  it("a temporary child is forgotten when it is terminated", () => {
    const { virtual, supervisor, statuses } = supervised({ children: [child("a", diary(), { restart: "temporary" })] })
    virtual.run(supervisor.terminateChild("a"))
    expect(statuses()).toEqual({})
  })

  it("startChild adds one; a duplicate id is refused; one that does not start is forgotten and costs no restart", () => {
    const { virtual, supervisor, statuses } = supervised({ maxRestarts: 0 })
    virtual.run(supervisor.startChild(child("a", diary({ startMs: 10 }))))
    expect([statuses(), virtual.now]).toEqual([{ a: "running" }, 10])
    expect(failureOf(virtual, supervisor.startChild(child("a", diary())))._tag).toBe("NameTaken")
    const onStart = (): void => {
      throw new Error("no")
    }
    expect(failureOf(virtual, supervisor.startChild(child("b", diary({ onStart }))))).toMatchObject({
      _tag: "StartFailed",
      child: "b",
      cause: { message: "no" }
    })
    expect(statuses()).toEqual({ a: "running" })
    virtual.run(supervisor.startChild(child("b", diary())))
    expect(statuses()).toEqual({ a: "running", b: "running" })
  })

  it("restartChild that fails to start tells why, and the child stays down", () => {
    const onStart = (start: number): void => {
      if (start === 2) throw new Error("not again")
    }
    const { virtual, supervisor, statuses } = supervised({ maxRestarts: 0, children: [child("a", diary({ onStart }))] })
    virtual.run(supervisor.terminateChild("a"))
    expect(failureOf(virtual, supervisor.restartChild("a"))).toMatchObject({ _tag: "StartFailed" })
    expect(statuses()).toEqual({ a: "down" })
    virtual.run(supervisor.restartChild("a"))
    expect(statuses()).toEqual({ a: "running" })
  })

  it("whoever waits for a start is told when the child is terminated, or the supervisor stopped, meanwhile", () => {
    const { virtual, supervisor, top } = supervised({})
    const first = virtual.fork(Effect.flip(supervisor.startChild(child("a", diary({ startMs: 100 })))))
    virtual.advance(10)
    virtual.run(supervisor.terminateChild("a"))
    expect(first.pollUnsafe()).toMatchObject({ value: { _tag: "ChildRefused" } })
    const second = virtual.fork(Effect.flip(supervisor.startChild(child("b", diary({ startMs: 100 })))))
    virtual.advance(10)
    virtual.run(top.stop)
    expect(second.pollUnsafe()).toMatchObject({ value: { _tag: "ChildRefused" } })
  })
})

describe("S13: backoff", () => {
  it("doubles up to its maximum, and starts over after a quiet time", () => {
    const delays: Array<number> = []
    const { virtual, ref } = supervised(
      {
        maxRestarts: 99,
        window: 1_000,
        children: [child("a", diary(), { backoff: { base: 100, max: 350, jitter: 0 } })]
      },
      { onRestart: ({ delay }) => delays.push(delay) }
    )
    const crashAndWait = (ms: number): void => {
      ref("a").tell("Crash", {})
      virtual.advance(ms)
    }
    for (let count = 0; count < 4; count += 1) crashAndWait(400)
    crashAndWait(3_000)
    crashAndWait(400)
    expect(delays).toEqual([100, 200, 350, 350, 350, 100])
  })

  it("failing starts are no quiet time, however far apart", () => {
    const delays: Array<number> = []
    const onStart = (start: number): void => {
      if (start > 1) throw new Error("no")
    }
    const backoff = { base: 1_000, max: 8_000, jitter: 0 }
    const { virtual, ref } = supervised(
      { maxRestarts: 99, window: 500, children: [child("a", diary({ onStart }), { backoff })] },
      { onRestart: ({ delay }) => delays.push(delay) }
    )
    ref("a").tell("Crash", {})
    virtual.advance(10_000)
    expect(delays).toEqual([1_000, 2_000, 4_000, 8_000])
  })

  it("a backoff of a life that was ended by hand does not shorten that of the next", () => {
    const backoff = { base: 100, max: 100, jitter: 0 }
    const { virtual, supervisor, ref, statuses } = supervised({ children: [child("a", diary(), { backoff })] })
    ref("a").tell("Crash", {})
    virtual.advance(50)
    virtual.run(supervisor.terminateChild("a"))
    virtual.run(supervisor.restartChild("a"))
    ref("a").tell("Crash", {})
    virtual.advance(99)
    expect(statuses()).toEqual({ a: "restarting" })
    virtual.advance(1)
    expect(statuses()).toEqual({ a: "running" })
  })
})
