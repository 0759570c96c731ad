import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import {
  Actor,
  type ActorRef,
  type Behaviour,
  type ChildSpec,
  type Supervisor,
  type SupervisorSpec,
  type TopSupervisor
} from "../../../src/actor/index.ts"
import type { VirtualTime } from "../../../src/testing/index.ts"
import { type DiaryOptions, failureOf, given, diary as newDiary, type protocol, watcher } from "../given.ts"

const diaries = new WeakMap<object, Behaviour<typeof protocol>>()

/** A diary whose ref can be had from its supervisor. */
const diary = (options?: DiaryOptions): Behaviour<typeof protocol> => {
  const made = newDiary(options)
  diaries.set(made, made)
  return made
}

/** The ref of a child that keeps a diary. */
const refOf = (supervisor: Supervisor, id: string): ActorRef<typeof protocol> => {
  const spec = supervisor.entries.get(id)?.spec
  const behaviour = spec !== undefined && "actor" in spec ? diaries.get(spec.actor) : undefined
  const ref = behaviour === undefined ? undefined : supervisor.ref(id, behaviour)
  if (ref === undefined) throw new Error(`no child ${id}`)
  return ref
}

/** How the start of a supervisor of these children ends, and what they wrote before. */
const startOf = (
  spec: Partial<SupervisorSpec>,
  log: ReadonlyArray<string>
): readonly [string, ReadonlyArray<string>] => {
  const { virtual, system } = given()
  const whole = { name: "sup", strategy: "one-for-one", children: [], ...spec } as const
  const exit = virtual.run(Effect.exit(Effect.suspend(() => system.supervise(whole))))
  return [exit._tag, log]
}

interface Supervised {
  readonly virtual: VirtualTime
  readonly top: TopSupervisor
  readonly supervisor: Supervisor
  readonly ref: (id: string) => ActorRef<typeof protocol>
  readonly statuses: () => Record<string, string>
}

/** A supervisor whose children all keep a diary. */
const supervised = (spec: Partial<SupervisorSpec>): Supervised & ReturnType<typeof given> => {
  const { virtual, system } = given()
  const top = virtual.run(system.supervise({ name: "sup", strategy: "one-for-one", children: [], ...spec }))
  const { supervisor } = top
  return {
    virtual,
    system,
    top,
    supervisor,
    ref: (id) => refOf(supervisor, id),
    statuses: () => Object.fromEntries(supervisor.children().map(({ id, status }) => [id, status]))
  }
}

/** Throws at these starts. */
const failingAt =
  (...starts: ReadonlyArray<number>) =>
  (start: number): void => {
    if (starts.includes(start)) throw new Error(`start ${start}`)
  }

/** Stops itself in its first hook. */
const brief = () =>
  Actor.make("Brief", {
    protocol: { Say: Actor.message() },
    initial: 0,
    handlers: { Say: (count) => count },
    started: (_count, { stop }) => stop()
  })

describe("S5: restart types", () => {
  it("a temporary child that stops itself as it starts is forgotten, and holds nothing up (S5)", () => {
    const { virtual, statuses } = supervised({
      children: [
        { id: "a", actor: brief(), restart: "temporary" },
        { id: "b", actor: diary(), restart: "temporary" }
      ]
    })
    virtual.settle()
    expect(statuses()).toEqual({ b: "running" })
  })

  it("a temporary child, added by hand, that stops itself as it starts leaves its id free (S5, S11)", () => {
    const { virtual, supervisor, statuses } = supervised({})
    virtual.run(supervisor.startChild({ id: "a", actor: brief(), restart: "temporary" }))
    virtual.settle()
    expect(statuses()).toEqual({})
    virtual.run(supervisor.startChild({ id: "a", actor: diary(), restart: "temporary" }))
    expect(statuses()).toEqual({ a: "running" })
  })

  it("a spec that says nothing: permanent, 5 s to stop; a supervisor below has no limit (S5, S9)", () => {
    const slow: ChildSpec = { id: "slow", actor: diary({ stopMs: 20_000 }) }
    const { virtual, ref, top, statuses } = supervised({ children: [{ id: "a", actor: diary() }, slow] })
    ref("a").tell("Stop")
    virtual.settle()
    expect(statuses()).toEqual({ a: "running", slow: "running" })
    expect([virtual.run(top.stop), virtual.now]).toEqual([{ overran: ["sup/slow"], odd: [] }, 5_000])
    const below = supervised({
      children: [
        {
          id: "inner",
          supervisor: {
            strategy: "one-for-one",
            children: ["x", "y"].map((id) => ({ id, actor: diary({ stopMs: 4_000 }) }))
          }
        }
      ]
    })
    expect([below.virtual.run(below.top.stop), below.virtual.now]).toEqual([{ overran: [], odd: [] }, 8_000])
  })

  it("stopped by somebody else, a permanent child is restarted, a transient one stays down, a temporary one is forgotten (S5)", () => {
    const types = ["permanent", "transient", "temporary"] as const
    const { virtual, system, ref, statuses } = supervised({
      children: types.map((restart) => ({ id: restart, actor: diary(), restart }))
    })
    for (const id of types) virtual.run(system.stop(ref(id)))
    virtual.settle()
    expect(statuses()).toEqual({ permanent: "running", transient: "down" })
    expect(virtual.run(ref("permanent").ask("Echo", { text: "back" }))).toBe("back")
  })

  it("a permanent child that somebody else stopped has not ended for those who watch it: it is restarted (W2)", () => {
    const { virtual, system, ref } = supervised({ children: [{ id: "a", actor: diary() }] })
    const noted: Array<string> = []
    system.spawn(watcher(noted)).tell("Watch", { ref: ref("a") })
    virtual.settle()
    virtual.run(system.stop(ref("a")))
    virtual.settle()
    expect([ref("a").isStopped, noted]).toEqual([false, []])
  })
})

describe("S9: limits of a shutdown", () => {
  it("a child without limit for its shutdown is waited for, and so is a supervisor below (S9)", () => {
    const patient = { actor: diary({ stopMs: 60_000 }), shutdownTimeout: Number.POSITIVE_INFINITY }
    const { virtual, top } = supervised({
      children: [
        { id: "inner", supervisor: { strategy: "one-for-one", children: [{ id: "x", ...patient }] } },
        { id: "worker", ...patient }
      ]
    })
    expect([virtual.run(top.stop), virtual.now]).toEqual([{ overran: [], odd: [] }, 120_000])
  })

  it("a shutdown timeout of 0 interrupts the child at once (S9)", () => {
    const { virtual, ref, top } = supervised({
      children: [
        { id: "gentle", actor: diary({ stopMs: 10 }) },
        { id: "brutal", actor: diary(), shutdownTimeout: 0 }
      ]
    })
    ref("brutal").tell("Slow", { text: "never", ms: 1_000 })
    virtual.settle()
    expect([virtual.run(top.stop), virtual.now]).toEqual([{ overran: ["sup/brutal"], odd: [] }, 10])
  })

  it("a child spec with a limit that is negative or no number is refused before anything starts (S9)", () => {
    for (const shutdownTimeout of [-10, Number.NaN]) {
      const log: Array<string> = []
      const children: ReadonlyArray<ChildSpec> = [
        { id: "a", actor: diary({ log }) },
        { id: "b", actor: diary({ log }), shutdownTimeout }
      ]
      expect([shutdownTimeout, ...startOf({ children }, log)]).toEqual([shutdownTimeout, "Failure", []])
    }
  })
})

describe("S1: what an intensity may be", () => {
  it("an intensity or window that is negative or no number is refused before anything starts (S1)", () => {
    const odd = [{ maxRestarts: -1 }, { maxRestarts: Number.NaN }, { window: -1 }, { window: Number.NaN }]
    for (const limits of odd) {
      const log: Array<string> = []
      const children: ReadonlyArray<ChildSpec> = [{ id: "a", actor: diary({ log }) }]
      expect([limits, ...startOf({ children, ...limits }, log)]).toEqual([limits, "Failure", []])
    }
  })
})

describe("S10: children that end by themselves meanwhile", () => {
  it("children that end by themselves, well or badly, while the supervisor stops: it completes, and restarts none (S10)", () => {
    const types = ["permanent", "transient", "temporary"] as const
    const ends = ["Stop", "CrashLater"] as const
    const log: Array<string> = []
    const racing = types.flatMap((restart) => ends.map((end) => ({ id: `${restart} ${end}`, restart, end })))
    const { virtual, ref, top } = supervised({
      maxRestarts: 0,
      children: [
        { id: "first", actor: diary({ log }) },
        ...racing.map(({ id, restart }) => ({ id, restart, actor: diary() })),
        { id: "last", actor: diary({ log, stopMs: 20 }) }
      ]
    })
    for (const { id, end } of racing) {
      ref(id).tell("Slow", { text: "until the stop has begun", ms: 10 })
      if (end === "Stop") ref(id).tell("Stop")
      else ref(id).tell("CrashLater", { ms: 1 })
    }
    const stop = virtual.fork(top.stop)
    virtual.advance(100)
    expect(stop.pollUnsafe()?._tag).toBe("Success")
    expect(log.filter((line) => line.includes("started"))).toHaveLength(2)
    expect(log.slice(-2)).toEqual(["sup/last stopping: was stopped", "sup/first stopping: was stopped"])
    expect(virtual.nextDue).toBeUndefined()
  })
})

describe("S10: the report of a shutdown", () => {
  it("names those that overran in it, and not those that did at an earlier restart (S10)", () => {
    let isSlow = true
    const Moody = Actor.make("Moody", {
      protocol: { Stop: Actor.message() },
      initial: 0,
      handlers: {
        Stop: (count, _payload, { stop }) => {
          stop()
          return count
        }
      },
      stopping: () => (isSlow ? Effect.sleep(1_000) : undefined)
    })
    const { virtual, supervisor, top, statuses } = supervised({
      children: [{ id: "moody", actor: Moody, shutdownTimeout: 100 }]
    })
    supervisor.ref("moody", Moody)?.tell("Stop")
    virtual.advance(100)
    expect(statuses()).toEqual({ moody: "running" })
    isSlow = false
    expect(virtual.run(top.stop)).toEqual({ overran: [], odd: [] })
  })
})

describe("S11: ids", () => {
  it("a supervisor whose children share an id does not start (S11)", () => {
    const log: Array<string> = []
    const children: ReadonlyArray<ChildSpec> = ["a", "a"].map((id) => ({ id, actor: diary({ log }) }))
    expect(startOf({ children }, log)).toEqual(["Failure", []])
  })

  it("a supervisor that gave up and is restarted has the children of its spec, and none that was added by hand (S2, S11)", () => {
    const inner: SupervisorSpec["children"] = [{ id: "x", actor: diary() }]
    const { virtual, supervisor, statuses } = supervised({
      children: [
        { id: "inner", supervisor: { strategy: "one-for-one", maxRestarts: 0, children: inner } },
        { id: "beside", actor: diary() }
      ]
    })
    const below = (): Supervisor => {
      const found = supervisor.supervisor("inner")
      if (found === undefined) throw new Error("no supervisor below")
      return found
    }
    virtual.run(below().startChild({ id: "added", actor: diary() }))
    const added = refOf(below(), "added")
    refOf(below(), "x").tell("Crash", {})
    virtual.settle()
    expect(statuses()).toEqual({ inner: "running", beside: "running" })
    expect(below().children()).toMatchObject([{ id: "x", status: "running" }])
    expect(added.isStopped).toBe(true)
  })
})

describe("S8: a start far down", () => {
  it("the error of a child two levels down is what the start at the top fails with (S8)", () => {
    const { virtual, system } = given()
    const cause = new Error("no ground")
    const onStart = (): void => {
      throw cause
    }
    const lowest: SupervisorSpec["children"] = [{ id: "leaf", actor: diary({ onStart }) }]
    const middle: SupervisorSpec["children"] = [
      { id: "inner", supervisor: { strategy: "one-for-one", children: lowest } }
    ]
    const children: SupervisorSpec["children"] = [
      { id: "outer", supervisor: { strategy: "one-for-one", children: middle } }
    ]
    const error: unknown = failureOf(virtual, system.supervise({ name: "sup", strategy: "one-for-one", children }))
    const chain: Array<unknown> = []
    for (let link = error; link !== undefined && chain.length < 9; link = causeOf(link)) chain.push(link)
    expect(chain.at(-1)).toBe(cause)
    expect(chain).toContainEqual(expect.objectContaining({ child: expect.stringContaining("leaf") }))
    expect(system.inspect().tree).toEqual([])
  })
})

const causeOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "cause" in error ? error.cause : undefined

describe("rest-for-one", () => {
  it("rest-for-one: a later child that cannot start again uses up the intensity, and all end (S2, S4)", () => {
    const { virtual, ref, top } = supervised({
      strategy: "rest-for-one",
      children: [
        { id: "a", actor: diary() },
        { id: "b", actor: diary({ onStart: failingAt(2, 3, 4, 5, 6) }) }
      ]
    })
    ref("a").tell("Crash", {})
    const reason = virtual.run(top.ended)
    expect(reason).toMatchObject({ _tag: "Failed", cause: { _tag: "RestartIntensityExceeded", child: "b" } })
  })

  it("rest-for-one: a later child that fails to start is tried again, without those before it (S7)", () => {
    const log: Array<string> = []
    const { virtual, ref, statuses } = supervised({
      strategy: "rest-for-one",
      children: [
        { id: "a", actor: diary({ log }) },
        { id: "b", actor: diary({ log, onStart: failingAt(2) }) },
        { id: "c", actor: diary({ log }) }
      ]
    })
    log.length = 0
    ref("a").tell("Crash", {})
    virtual.settle()
    expect(log.filter((line) => line.endsWith(" started"))).toEqual(["a", "b", "c"].map((id) => `sup/${id} started`))
    expect(statuses()).toEqual({ a: "running", b: "running", c: "running" })
  })

  it("rest-for-one: between tries of a child those after it wait, and terminate, queries and stop are obeyed (S4)", () => {
    const failing = (): ReturnType<typeof supervised> => {
      const one = supervised({
        strategy: "rest-for-one",
        maxRestarts: 99,
        children: [
          { id: "a", actor: diary() },
          { id: "b", actor: diary({ onStart: failingAt(2, 3, 4, 5) }), backoff: { base: 100, max: 100, jitter: 0 } },
          { id: "c", actor: diary() }
        ]
      })
      one.ref("b").tell("Crash", {})
      one.virtual.advance(250)
      return one
    }
    const one = failing()
    expect(one.statuses()).toEqual({ a: "running", b: "restarting", c: "restarting" })
    expect(failureOf(one.virtual, one.supervisor.restartChild("b")).message).toContain("it is restarting")
    expect(failureOf(one.virtual, one.supervisor.deleteChild("b")).message).toContain("it is restarting")
    one.virtual.run(one.supervisor.terminateChild("b"))
    one.virtual.settle()
    expect(one.statuses()).toEqual({ a: "running", b: "down", c: "running" })
    const other = failing()
    other.virtual.run(other.top.stop)
    expect([other.virtual.now, other.virtual.nextDue]).toEqual([250, undefined])
  })
})
