import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import { describe, expect, it } from "vitest"
import { Actor, type ActorEvent, ActorSystem, formatInspection, type Inspection } from "../../src/actor/index.ts"
import { VirtualTime } from "../../src/testing/index.ts"
import { diary, given, type protocol, watcher } from "./given.ts"

const backoff = { base: 100, max: 100, jitter: 0 }

const asker = Actor.make("Asker", {
  protocol: {
    Ask: Actor.message<{ ms: number }>(),
    Stash: Actor.message(),
    Owe: Actor.ask<Record<never, never>, void>()
  },
  initial: Actor.key<typeof protocol>("asked"),
  handlers: {
    Ask: (key, { ms }, { system }) => {
      const ref = system.registry.find(key)
      return ref === undefined ? key : ref.ask("Echo", { text: "x", ms }).pipe(Effect.as(key))
    },
    Stash: (key, _payload, { stash }) => {
      stash()
      return key
    },
    Owe: (key, _payload, { replier }) => {
      replier()
      return key
    }
  }
})

/** A system with something to see of everything. */
const busy = (): { virtual: VirtualTime; inspection: Inspection } => {
  const { virtual, system } = given({ name: "shop" })
  virtual.run(
    system.supervise({
      name: "top",
      strategy: "rest-for-one",
      maxRestarts: 10,
      children: [
        { id: "first", actor: diary(), backoff },
        { id: "below", supervisor: { strategy: "one-for-all", children: [{ id: "leaf", actor: diary() }] } }
      ]
    })
  )
  const slow = system.spawn(diary(), { name: "slow", as: Actor.key<typeof protocol>("asked") })
  const asks = system.spawn(asker, { name: "asks" })
  const sees = system.spawn(watcher([]), { name: "sees" })
  sees.tell("Watch", { ref: slow })
  asks.tell("Stash")
  virtual.fork(asks.ask("Owe", {}))
  virtual.settle()
  slow.tell("Slow", { text: "x", ms: 50 })
  virtual.settle()
  asks.tell("Ask", { ms: 30 })
  virtual.advance(20)
  slow.tell("Say", { text: "waits" })
  system.find("top/first")?.cell.ref.tell("Crash", { text: "boom" })
  slow.tell("Say", { text: "waits too" })
  virtual.advance(10)
  return { virtual, inspection: system.inspect() }
}

describe("inspect: everything in one plain object", () => {
  it("the tree, with mail and its age, what is put aside and owed, watchers and restarts", () => {
    const { tree, name, at } = busy().inspection
    expect([name, at]).toEqual(["shop", 30])
    const actor = {
      kind: "actor",
      depth: 0,
      oldest: 0,
      stashed: 0,
      openAsks: 0,
      restarts: 0,
      watchers: 0,
      children: []
    }
    const running = { ...actor, status: "running" }
    expect(tree).toEqual([
      {
        name: "top",
        kind: "supervisor",
        strategy: "rest-for-one",
        status: "running",
        restarts: 0,
        children: [
          { ...actor, name: "top/first", behaviour: "Diary", status: "restarting", restarts: 1 },
          {
            name: "top/below",
            kind: "supervisor",
            strategy: "one-for-all",
            status: "restarting",
            restarts: 0,
            children: [{ ...actor, name: "top/below/leaf", behaviour: "Diary", status: "down" }]
          }
        ]
      },
      { ...running, name: "slow", behaviour: "Diary", depth: 3, oldest: 30, watchers: 1 },
      { ...running, name: "asks", behaviour: "Asker", stashed: 1, openAsks: 1 },
      { ...running, name: "sees", behaviour: "Watcher" }
    ])
  })

  it("who waits for whom, for which question, and since when", () => {
    expect(busy().inspection.waitsFor).toEqual([{ asker: "asks", asked: "slow", tag: "Echo", age: 30 }])
  })

  it("the restarts, with cause, attempt and delay", () => {
    expect(busy().inspection.restarts).toEqual([{ actor: "top/first", cause: "boom", attempt: 1, delay: 100, at: 20 }])
  })

  it("survives JSON as it is", () => {
    const { inspection } = busy()
    expect(JSON.parse(JSON.stringify(inspection))).toEqual(inspection)
  })

  it("how long the handlers of each behaviour take: all that effects handle, as a histogram", () => {
    const { virtual, system } = given()
    const [a, b] = [system.spawn(diary()), system.spawn(diary())]
    for (let count = 0; count < 9; count += 1) a.tell("Slow", { text: "x", ms: 3 })
    b.tell("Slow", { text: "x", ms: 100 })
    virtual.advance(200)
    const [diaries] = system.inspect().handling
    expect(diaries).toMatchObject({ behaviour: "Diary", timed: 10, max: 100 })
    expect(diaries?.histogram.map(({ count }) => count)).toEqual([9, 1])
    expect(diaries?.p50).toBeGreaterThanOrEqual(3)
    expect(diaries?.p50).toBeLessThan(6)
    expect(diaries?.p99).toBe(100)
  })

  it("dead letters are counted by reason", () => {
    const { virtual, system } = given()
    const ref = system.spawn(diary(), { restart: "temporary" })
    ref.tell("Crash", {})
    ref.tell("Say", { text: "x" })
    virtual.settle()
    ref.tell("Say", { text: "x" })
    ref.tell("Say", { text: "x" })
    expect(system.inspect().deadLetters).toEqual({ total: 4, byReason: { failed: 1, stopped: 1, refused: 2 } })
  })

  it("the latest 256 restarts are kept", () => {
    const { virtual, system } = given()
    const ref = system.spawn(diary(), { maxRestarts: 1_000 })
    for (let count = 1; count <= 300; count += 1) ref.tell("Crash", { text: `${count}` })
    virtual.settle()
    const { restarts } = system.inspect()
    expect([restarts.length, restarts[0]?.cause, restarts.at(-1)?.cause]).toEqual([256, "45", "300"])
  })
})

describe("find: an actor by its path", () => {
  it("wherever it is: spawned, under supervisors, under actors; also where names have slashes", () => {
    const { virtual, system } = given()
    const parent = Actor.make("Parent", {
      protocol: {},
      initial: undefined,
      handlers: {},
      started: (_state, { spawn }) => {
        spawn(diary(), { name: "b/c" })
      }
    })
    virtual.run(
      system.supervise({
        name: "top",
        strategy: "one-for-one",
        children: [
          { id: "leaf", actor: diary() },
          { id: "below", supervisor: { strategy: "one-for-one", children: [{ id: "parent", actor: parent }] } }
        ]
      })
    )
    for (const name of ["a", "a/b", "top"]) system.spawn(parent, { name })
    const paths = ["a", "a/b", "a/b/c", "a/b/b/c", "top", "top/b/c", "top/leaf", "top/below/parent/b/c"]
    expect(paths.map((path) => system.find(path)?.name)).toEqual(paths)
    expect(["b", "a/c", "top/below", "a/", ""].map((path) => system.find(path))).toEqual(Array(5).fill(undefined))
  })
})

describe("formatInspection: a tree for the terminal", () => {
  it("aligns what lives, and tells who waits for whom, what is slow and what was not handled", () => {
    const { inspection } = busy()
    const text = formatInspection({
      ...inspection,
      handling: [
        { behaviour: "Diary", timed: 12, p50: 0.5, p99: 1_500, max: 61_000, histogram: [] },
        { behaviour: "Asker", timed: 3, p50: 0.001, p99: 0.002, max: 0.002, histogram: [] }
      ],
      deadLetters: { total: 3, byReason: { failed: 1, refused: 2 } }
    })
    expect(text.split("\n")).toEqual([
      "shop",
      "├─ top         rest-for-one  running",
      "│  ├─ first    Diary         restarting                           restarted 1×: boom",
      "│  └─ below    one-for-all   restarting",
      "│     └─ leaf  Diary         down",
      "├─ slow        Diary         running     3 waiting, oldest 30 ms",
      "├─ asks        Asker         running     1 stashed, 1 unanswered",
      "└─ sees        Watcher       running",
      "",
      "waits for",
      "  asks  → slow  Echo  30 ms",
      "",
      "slow",
      "  Diary  p50 500 µs  p99 1.5 s  max 1 min  12 timed",
      "",
      "dead letters: 3 (1 failed, 2 refused)"
    ])
  })

  it("of a system at rest is its name", () => {
    expect(formatInspection(given({ name: "empty" }).system.inspect())).toBe("empty")
  })
})

describe("events have fixed names", () => {
  const told = (): { events: Array<ActorEvent>; virtual: VirtualTime; system: ActorSystem } => {
    const { virtual, system } = given()
    const events: Array<ActorEvent> = []
    system.events.subscribe((event) => events.push(event))
    return { events, virtual, system }
  }

  it("started, failed, restarting, started again, stopped", () => {
    const { events, virtual, system } = told()
    const ref = system.spawn(diary(), { name: "a", backoff })
    ref.tell("Crash", { text: "boom" })
    virtual.advance(100)
    virtual.run(system.stop(ref))
    const cause = new Error("boom")
    expect(events).toEqual([
      { event: "actor.started", actor: "a", at: 0, behaviour: "Diary", restarts: 0 },
      { event: "dead_letter", actor: "a", at: 0, tag: "Crash", reason: "failed" },
      { event: "actor.failed", actor: "a", at: 0, cause },
      { event: "actor.restarting", actor: "a", at: 0, cause, attempt: 1, delay: 100 },
      { event: "actor.started", actor: "a", at: 100, behaviour: "Diary", restarts: 1 },
      { event: "actor.stopped", actor: "a", at: 100, reason: { _tag: "Shutdown" } }
    ])
  })

  it("overran, with the time it was given", () => {
    const { events, virtual, system } = told()
    const ref = system.spawn(diary({ stopMs: 1_000 }), { name: "a", shutdownTimeout: 50 })
    virtual.settle()
    virtual.run(system.stop(ref))
    expect(events.slice(1)).toEqual([
      { event: "actor.overran", actor: "a", at: 50, timeout: 50 },
      { event: "actor.stopped", actor: "a", at: 50, reason: { _tag: "Shutdown" } }
    ])
  })

  it("a supervisor that gave up, and dead letters", () => {
    const { events, virtual, system } = told()
    virtual.run(
      system.supervise({
        name: "top",
        strategy: "one-for-one",
        maxRestarts: 0,
        children: [{ id: "a", actor: diary() }]
      })
    )
    system.find("top/a")?.cell.ref.tell("Crash", {})
    virtual.settle()
    const names = events.map(({ event, actor }) => `${event} ${actor}`)
    expect(names).toContain("supervisor.gave_up top")
    expect(names).toContain("dead_letter top/a")
    expect(events.find(({ event }) => event === "supervisor.gave_up")).toMatchObject({
      cause: { _tag: "RestartIntensityExceeded", child: "a" }
    })
  })

  it("a listener that throws stops neither actors nor other listeners; one that left hears nothing more", () => {
    const { virtual, system } = given()
    const heard: Array<string> = []
    system.events.subscribe(() => {
      throw new Error("listener")
    })
    const leave = system.events.subscribe(({ event }) => heard.push(event))
    const ref = system.spawn(diary())
    leave()
    virtual.run(system.stop(ref))
    expect([heard, ref.isStopped]).toEqual([["actor.started"], true])
  })

  it("are written to Effect's log where the system is told so, the cause and what belongs to it with them", () => {
    const lines: Array<{ message: unknown; level: string; annotations: unknown }> = []
    const logger = Logger.make(({ message, logLevel, fiber }) => {
      lines.push({ message, level: logLevel, annotations: fiber.getRef(References.CurrentLogAnnotations) })
    })
    const virtual = new VirtualTime()
    const context = virtual.context.pipe(
      Context.add(References.MinimumLogLevel, "All"),
      Context.add(Logger.CurrentLoggers, new Set([logger]))
    )
    const system = new ActorSystem(context, { log: true })
    const ref = system.spawn(diary(), { name: "a" })
    ref.tell("Crash", { text: "boom" })
    virtual.settle()
    virtual.run(system.stop(ref))
    const cause = new Error("boom")
    const of = { actor: "a", at: 0 }
    expect(lines).toEqual([
      { message: ["actor.started"], level: "Debug", annotations: { ...of, behaviour: "Diary", restarts: 0 } },
      { message: ["dead_letter"], level: "Debug", annotations: { ...of, tag: "Crash", reason: "failed" } },
      { message: ["actor.failed", cause], level: "Warn", annotations: of },
      { message: ["actor.restarting", cause], level: "Warn", annotations: { ...of, attempt: 1, delay: 0 } },
      { message: ["actor.started"], level: "Debug", annotations: { ...of, behaviour: "Diary", restarts: 1 } },
      { message: ["actor.stopped"], level: "Debug", annotations: { ...of, reason: "was stopped" } }
    ])
  })
})
