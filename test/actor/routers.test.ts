import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Actor, type ActorRef, type ActorSystem, type RoutedTo, type Routing } from "../../src/actor/index.ts"
import { broadcast } from "../../src/actor/routing/broadcast.ts"
import { consistentHash } from "../../src/actor/routing/consistent-hash.ts"
import { random } from "../../src/actor/routing/random.ts"
import { roundRobin } from "../../src/actor/routing/round-robin.ts"
import { smallestMailbox } from "../../src/actor/routing/smallest-mailbox.ts"
import type { Routee, RoutingStrategy } from "../../src/actor/routing/strategy.ts"
import { failureOf, given } from "./given.ts"

const protocol = {
  Say: Actor.message<{ text: string }>(),
  Slow: Actor.message<{ ms: number }>(),
  Crash: Actor.message(),
  Stop: Actor.message(),
  /** The name of whoever answers, after so many milliseconds. */
  Who: Actor.ask<{ ms?: number; key?: string }, string>(),
  /** Fails whoever is asked. */
  Fail: Actor.ask<Record<never, never>, string>()
}

const worker = (log: Array<string> = []) =>
  Actor.make("Worker", {
    protocol,
    initial: undefined,
    handlers: {
      Say: (state, { text }, { name }) => {
        log.push(`${name}: ${text}`)
        return state
      },
      Slow: (state, { ms }) => Effect.as(Effect.sleep(ms), state),
      Crash: () => {
        throw new Error("crash")
      },
      Stop: (state, _payload, { stop }) => {
        stop()
        return state
      },
      Who: (state, { ms }, { name, reply }) => {
        if (ms === undefined) {
          reply(name)
          return state
        }
        return Effect.sleep(ms).pipe(
          Effect.map(() => {
            log.push(`${name} was asked`)
            reply(name)
            return state
          })
        )
      },
      Fail: () => {
        throw new Error("failed")
      }
    }
  })

type Worker = ActorRef<typeof protocol>

const spawnWorkers = (
  system: ActorSystem,
  names: ReadonlyArray<string>,
  log?: Array<string>
): ReadonlyArray<Worker> => {
  const behaviour = worker(log)
  return names.map((name) => system.spawn(behaviour, { name }))
}

const spawnRouter = (system: ActorSystem, strategy: Routing<typeof protocol>, to: RoutedTo<typeof protocol>): Worker =>
  system.spawn(Actor.router({ protocol, to, strategy }), { name: "router" })

const names = ["a", "b", "c"]

describe("R1: routers hand messages on", () => {
  it("round robin: each gets its turn (R1)", () => {
    const { virtual, system } = given()
    const router = spawnRouter(system, "round-robin", { refs: spawnWorkers(system, names) })
    const answers = Array.from({ length: 5 }, () => virtual.run(router.ask("Who", {})))
    expect(answers).toEqual(["a", "b", "c", "a", "b"])
  })

  it("random reaches every routee in time, in the same order for the same seed (R1, K4)", () => {
    const drawn = (): ReadonlyArray<string> => {
      const { virtual, system } = given()
      const router = spawnRouter(system, "random", { refs: spawnWorkers(system, names) })
      return Array.from({ length: 60 }, () => virtual.run(router.ask("Who", {})))
    }
    const answers = drawn()
    expect(new Set(answers)).toEqual(new Set(names))
    expect(drawn()).toEqual(answers)
  })

  it("smallest mailbox: not who has mail, nor who is at a message", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const refs = spawnWorkers(system, names, log)
    const router = spawnRouter(system, "smallest-mailbox", { refs })
    refs[0]?.tell("Slow", { ms: 10 })
    refs[1]?.tell("Slow", { ms: 10 })
    refs[1]?.tell("Say", { text: "waits" })
    virtual.settle()
    expect(virtual.run(router.ask("Who", {}))).toBe("c")
    for (const text of ["1", "2"]) {
      router.tell("Say", { text })
      virtual.settle()
    }
    expect(log).toEqual(["c: 1", "c: 2"])
  })

  it("consistent hash: one key goes to one routee (R1)", () => {
    const { virtual, system } = given()
    const router = spawnRouter(
      system,
      { hash: (tag, payload) => (tag === "Who" ? (payload.key ?? "") : 0) },
      { refs: spawnWorkers(system, names) }
    )
    const ask = (key: string): string => virtual.run(router.ask("Who", { key }))
    const keys = Array.from({ length: 30 }, (_, index) => `key ${index}`)
    const first = keys.map(ask)
    expect(keys.map(ask)).toEqual(first)
    expect(new Set(first)).toEqual(new Set(names))
  })

  it("broadcast reaches each routee once (R1)", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const router = spawnRouter(system, "broadcast", { refs: spawnWorkers(system, names, log) })
    for (const text of ["1", "2"]) router.tell("Say", { text })
    virtual.settle()
    expect(log).toEqual(["a: 1", "a: 2", "b: 1", "b: 2", "c: 1", "c: 2"])
  })

  it("broadcast: each routee counts its own retries (M3)", () => {
    const { virtual, system } = given()
    const retried = { Try: Actor.message({ retries: 1 }) }
    let handled = 0
    const fails = Actor.make("Fails", {
      protocol: retried,
      initial: undefined,
      handlers: {
        Try: () => {
          handled += 1
          throw new Error("no")
        }
      }
    })
    const to = { pool: { behaviour: fails, size: 3 } }
    const router = system.spawn(Actor.router({ protocol: retried, to, strategy: "broadcast" }))
    router.send("Try", {}, { within: 1_000 })
    virtual.settle()
    expect(handled).toBe(6)
    expect(system.deadLetters.list().map(({ history }) => history.length)).toEqual([2, 2, 2])
  })

  it("one's own strategy", () => {
    const { virtual, system } = given()
    const last: RoutingStrategy = (routees) => () => routees.slice(-1)
    const router = spawnRouter(system, last, { refs: spawnWorkers(system, names) })
    expect(virtual.run(router.ask("Who", {}))).toBe("c")
  })

  it("M1: what one sender sends to one routee arrives in order, also where its mailbox is full", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(worker(log), {
      name: "a",
      mailbox: { kind: "bounded", capacity: 1, overflow: "backpressure" }
    })
    const router = spawnRouter(system, "round-robin", { refs: [ref] })
    router.tell("Slow", { ms: 10 })
    for (const text of ["1", "2", "3", "4"]) router.tell("Say", { text })
    virtual.advance(10)
    expect(log).toEqual(["a: 1", "a: 2", "a: 3", "a: 4"])
  })

  it("what a routee rejects for want of room is a dead letter where it was told, and MailboxFull where it was asked", () => {
    const { virtual, system } = given()
    const ref = system.spawn(worker(), { name: "a", mailbox: { kind: "bounded", capacity: 1, overflow: "reject" } })
    const router = spawnRouter(system, "round-robin", { refs: [ref] })
    ref.tell("Slow", { ms: 10 })
    virtual.settle()
    for (const text of ["1", "2"]) router.tell("Say", { text })
    expect(failureOf(virtual, router.ask("Who", {}))).toMatchObject({ _tag: "MailboxFull", actor: "a" })
    expect(system.deadLetters.list()).toMatchObject([{ actor: "a", payload: { text: "2" }, reason: "dropped" }])
  })

  it("a routee that is full does not hold up the others", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const refs = names.map((name) =>
      system.spawn(worker(log), { name, mailbox: { kind: "bounded", capacity: 1, overflow: "backpressure" } })
    )
    const router = spawnRouter(system, "round-robin", { refs })
    refs[0]?.tell("Slow", { ms: 10 })
    virtual.settle()
    for (const text of ["1", "2", "3", "4", "5", "6"]) router.tell("Say", { text })
    virtual.settle()
    expect(log).toEqual(["b: 2", "b: 5", "c: 3", "c: 6"])
    virtual.advance(10)
    expect(log.slice(4)).toEqual(["a: 1", "a: 4"])
  })
})

describe("R1: questions", () => {
  it("the routee answers the asker itself: the router goes on meanwhile, and may even stop", () => {
    const { virtual, system } = given()
    const router = spawnRouter(system, "round-robin", { refs: spawnWorkers(system, names) })
    const slow = virtual.fork(router.ask("Who", { ms: 10 }))
    expect(virtual.run(router.ask("Who", {}))).toBe("b")
    virtual.run(system.stop(router))
    expect(slow.pollUnsafe()).toBeUndefined()
    virtual.advance(10)
    expect(slow.pollUnsafe()).toEqual(Exit.succeed("a"))
  })

  it("a routee that fails the question fails it at once, named as itself (A2)", () => {
    const { virtual, system } = given()
    const router = spawnRouter(system, "round-robin", { refs: spawnWorkers(system, names) })
    expect(failureOf(virtual, router.ask("Fail", {}))).toMatchObject({ _tag: "ActorStopped", actor: "a" })
    expect(virtual.now).toBe(0)
  })

  it("broadcast: the first reply is the answer; the others handle the question to its end, and no letter is dead", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const refs = spawnWorkers(system, names, log)
    refs[0]?.tell("Slow", { ms: 5 })
    const router = spawnRouter(system, "broadcast", { refs })
    virtual.settle()
    expect(virtual.run(router.ask("Who", { ms: 10 }))).toBe("b")
    virtual.advance(10)
    expect(log).toEqual(["b was asked", "c was asked", "a was asked"])
    expect(system.deadLetters.count()).toBe(0)
  })

  it("broadcast: one that fails leaves the question to the others; when all fail, it fails", () => {
    const { virtual, system } = given()
    const [a, ...others] = spawnWorkers(system, names)
    const router = spawnRouter(system, "broadcast", { refs: [...(a === undefined ? [] : [a]), ...others] })
    const asked = virtual.fork(router.ask("Who", { ms: 10 }))
    virtual.settle()
    if (a !== undefined) virtual.fork(system.stop(a))
    virtual.advance(10)
    expect(asked.pollUnsafe()).toMatchObject({ _tag: "Success" })
    expect(failureOf(virtual, router.ask("Fail", {}))).toMatchObject({ _tag: "ActorStopped", actor: "c" })
  })

  it("broadcast: an asker that gives up releases all of them", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const router = spawnRouter(system, "broadcast", { refs: spawnWorkers(system, names, log) })
    const error = failureOf(virtual, router.ask("Who", { ms: 10 }, { timeout: 5 }))
    expect(error).toMatchObject({ _tag: "AskTimeout" })
    virtual.advance(20)
    expect(log).toEqual([])
    expect(virtual.run(router.ask("Who", {}))).toBe("a")
  })
})

describe("R1: a dead routee is skipped", () => {
  it("from the moment on at which it is asked to stop", () => {
    const { virtual, system } = given()
    const refs = spawnWorkers(system, names)
    const router = spawnRouter(system, "round-robin", { refs })
    refs[0]?.tell("Slow", { ms: 100 })
    virtual.settle()
    if (refs[0] !== undefined) virtual.fork(system.stop(refs[0]))
    expect(virtual.run(router.ask("Who", {}))).toBe("b")
    expect(virtual.run(router.ask("Who", {}))).toBe("c")
    expect(virtual.run(router.ask("Who", {}))).toBe("b")
    expect(virtual.now).toBe(0)
  })

  it("a routee that has ended is skipped, and no message is lost to it (R1)", () => {
    const strategies: ReadonlyArray<Routing<typeof protocol>> = [
      "round-robin",
      "random",
      "smallest-mailbox",
      "broadcast",
      { hash: () => "same" }
    ]
    for (const strategy of strategies) {
      const { virtual, system } = given()
      const log: Array<string> = []
      const refs = spawnWorkers(system, names, log)
      const router = spawnRouter(system, strategy, { refs })
      refs[0]?.tell("Stop")
      refs[2]?.tell("Stop")
      virtual.settle()
      for (const text of ["1", "2", "3"]) router.tell("Say", { text })
      virtual.settle()
      expect(log).toEqual(["b: 1", "b: 2", "b: 3"])
      expect(system.deadLetters.count()).toBe(0)
    }
  })

  it("without a routee a message is a dead letter, and a question fails at once (R1)", () => {
    const { virtual, system } = given()
    const refs = spawnWorkers(system, ["a"])
    const router = spawnRouter(system, "round-robin", { refs })
    refs[0]?.tell("Stop")
    virtual.settle()
    router.tell("Say", { text: "nobody" })
    expect(failureOf(virtual, router.ask("Who", {}))).toMatchObject({ _tag: "NoRoutee", router: "router", tag: "Who" })
    expect(system.deadLetters.list()).toMatchObject([
      { actor: "router", tag: "Say", payload: { text: "nobody" }, reason: "no-routee" }
    ])
  })

  it("a router over nobody has no routee either", () => {
    const { virtual, system } = given()
    const strategies: ReadonlyArray<Routing<typeof protocol>> = ["broadcast", "random", { hash: () => 1 }]
    for (const strategy of strategies) {
      const router = system.spawn(Actor.router({ protocol, to: { refs: [] }, strategy }))
      expect(failureOf(virtual, router.ask("Who", {}))).toMatchObject({ _tag: "NoRoutee" })
    }
  })

  it("one that is restarted keeps its place and its mail", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const refs = spawnWorkers(system, ["a"], log)
    const router = spawnRouter(system, "round-robin", { refs })
    router.tell("Crash")
    router.tell("Say", { text: "after" })
    virtual.settle()
    expect(log).toEqual(["a: after"])
  })
})

describe("R1: pools", () => {
  it("a pool spawns its routees and reaches each in turn (R1)", () => {
    const { virtual, system } = given()
    const router = spawnRouter(system, "round-robin", { pool: { behaviour: worker(), size: 2 } })
    expect([1, 2, 3].map(() => virtual.run(router.ask("Who", {})))).toEqual([
      "router/Worker-1",
      "router/Worker-2",
      "router/Worker-1"
    ])
  })

  it("routees are children of the router: restarted by their own policy, stopped with it", () => {
    const { virtual, system } = given()
    const router = spawnRouter(system, "round-robin", { pool: { behaviour: worker(), size: 2 } })
    router.tell("Crash")
    virtual.settle()
    expect([1, 2].map(() => virtual.run(router.ask("Who", {})))).toEqual(["router/Worker-2", "router/Worker-1"])
    const first = system.find("router/Worker-1")
    virtual.run(system.stop(router))
    expect(first?.isStopped).toBe(true)
  })

  it("a pool whose routees have all ended has no routee (R1)", () => {
    const { virtual, system } = given()
    const to = { pool: { behaviour: worker(), size: 2, options: { name: "w", restart: "temporary" } } } as const
    const router = spawnRouter(system, "round-robin", to)
    router.tell("Crash")
    virtual.settle()
    expect([1, 2].map(() => virtual.run(router.ask("Who", {})))).toEqual(["router/w-2", "router/w-2"])
    router.tell("Stop")
    virtual.settle()
    expect(failureOf(virtual, router.ask("Who", {}))).toMatchObject({ _tag: "NoRoutee" })
  })

  it("a router that fails, here by its hash, starts with a new pool", () => {
    const { virtual, system } = given()
    const hash = (): string => {
      throw new Error("hash")
    }
    const router = system.spawn(
      Actor.router({ protocol, to: { pool: { behaviour: worker(), size: 1 } }, strategy: { hash } }),
      { name: "router" }
    )
    expect(failureOf(virtual, router.ask("Who", {}))).toMatchObject({ _tag: "ActorStopped", actor: "router" })
    virtual.settle()
    expect(system.find("router/Worker-1")?.isStopped).toBe(false)
  })

  it("a pool of nobody is refused", () => {
    expect(() =>
      Actor.router({ protocol, to: { pool: { behaviour: worker(), size: 0 } }, strategy: "random" })
    ).toThrow(RangeError)
  })
})

describe("R1: groups", () => {
  const key = Actor.key<typeof protocol>("workers")

  it("a group routes to the members of its key (R1)", () => {
    const { virtual, system } = given()
    for (const ref of spawnWorkers(system, names)) system.registry.join(key, ref)
    system.registry.join(Actor.key<typeof protocol>("others"), system.spawn(worker(), { name: "d" }))
    const router = spawnRouter(system, "round-robin", { group: key })
    expect([1, 2, 3, 4].map(() => virtual.run(router.ask("Who", {})))).toEqual(["a", "b", "c", "a"])
  })

  it("a group follows members that come and go (R1)", () => {
    const { virtual, system } = given()
    const router = spawnRouter(system, "round-robin", { group: key })
    expect(failureOf(virtual, router.ask("Who", {}))).toMatchObject({ _tag: "NoRoutee" })
    const [a, b] = spawnWorkers(system, names)
    if (a === undefined || b === undefined) throw new Error("no workers")
    system.registry.join(key, a)
    system.registry.join(key, b)
    expect([1, 2, 3].map(() => virtual.run(router.ask("Who", {})))).toEqual(["a", "b", "a"])
    virtual.run(system.stop(b))
    expect([1, 2].map(() => virtual.run(router.ask("Who", {})))).toEqual(["a", "a"])
    system.registry.leave(key, a)
    expect(failureOf(virtual, router.ask("Who", {}))).toMatchObject({ _tag: "NoRoutee" })
  })
})

describe("M6: each message through a router ends once", () => {
  it("handled, returned to its asker or a dead letter, whoever crashes or stops", () => {
    const strategy = fc.constantFrom<Routing<typeof protocol>>("round-robin", "random", "smallest-mailbox", {
      hash: (tag, payload) => (tag === "Say" ? payload.text : tag)
    })
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom("say", "ask", "slow") },
      fc.constantFrom("crash 0", "crash 1", "stop 2", "stop 1", "stop 0", "advance")
    )
    fc.assert(
      fc.property(strategy, fc.array(step, { maxLength: 30 }), (routing, steps) => {
        const { virtual, system } = given()
        const log: Array<string> = []
        const ended: Array<string> = []
        const overflows = ["backpressure", "reject", "dropOldest"] as const
        const behaviour = worker(log)
        const refs = overflows.map((overflow) =>
          system.spawn(behaviour, { mailbox: { kind: "bounded", capacity: 2, overflow }, maxRestarts: 100 })
        )
        const router = spawnRouter(system, routing, { refs })
        system.deadLetters.subscribe(({ tag, payload }) => {
          if (tag === "Say" && typeof payload === "object" && payload !== null && "text" in payload) {
            ended.push(String(payload.text))
          }
        })
        let sent = 0
        for (const what of steps) {
          const [verb, index = "0"] = what.split(" ")
          const text = `${sent}`
          if (verb === "say") router.tell("Say", { text })
          if (verb === "ask")
            virtual.fork(Effect.onExit(router.ask("Who", { ms: 1 }), () => Effect.sync(() => ended.push(text))))
          if (verb === "say" || verb === "ask") sent += 1
          if (verb === "slow") router.tell("Slow", { ms: 3 })
          if (verb === "crash") refs[Number(index)]?.tell("Crash")
          if (verb === "stop") refs[Number(index)]?.tell("Stop")
          if (verb === "advance") virtual.advance(2)
        }
        virtual.advance(10_000)
        for (const line of log) if (!line.endsWith("was asked")) ended.push(line.split(": ")[1] ?? "")
        expect(ended.toSorted((a, b) => Number(a) - Number(b))).toEqual(
          Array.from({ length: sent }, (_, index) => `${index}`)
        )
      }),
      { numRuns: 200 }
    )
  })
})

describe("the strategies as functions", () => {
  const routees = (...serials: ReadonlyArray<number>): ReadonlyArray<Routee> =>
    serials.map((serial) => ({ name: `routee ${serial}`, serial, load: 0 }))
  const message = { tag: "Say", payload: undefined, last: -1, random: () => 0 }
  const serials = (chosen: ReadonlyArray<Routee>): ReadonlyArray<number> => chosen.map(({ serial }) => serial)

  const turn = (last: number, ...left: ReadonlyArray<number>): ReadonlyArray<number> =>
    serials(roundRobin(routees(...left))({ ...message, last }))

  it("round robin: when routees leave, the turn goes to the next one that is left (R1)", () => {
    expect(turn(0, 0, 2, 3)).toEqual([2])
    expect(turn(2, 0, 5, 6)).toEqual([5])
    expect(turn(1, 0, 2)).toEqual([2])
  })

  it("round robin: when the last in the row leaves, the turn goes to the first (R1)", () => {
    expect(turn(2, 0, 1)).toEqual([0])
    expect(turn(1, 0, 1)).toEqual([0])
  })

  it("round robin: with all routees exchanged, the turn goes to the first (R1)", () => {
    expect(turn(2, 3, 4)).toEqual([3])
  })

  it("random reaches the first and the last", () => {
    expect(serials(random(routees(0, 1, 2))({ ...message, random: () => 0 }))).toEqual([0])
    expect(serials(random(routees(0, 1, 2))({ ...message, random: () => 0.999_999 }))).toEqual([2])
  })

  it("smallest mailbox: among equals in turn", () => {
    const loaded = [3, 1, 1, 2].map((load, serial) => ({ name: `${serial}`, serial, load }))
    expect(serials(smallestMailbox(loaded)({ ...message, last: 1 }))).toEqual([2])
    expect(serials(smallestMailbox(loaded)({ ...message, last: 2 }))).toEqual([1])
  })

  it("broadcast is all of them", () => {
    expect(serials(broadcast(routees(0, 1))())).toEqual([0, 1])
  })

  const keys = Array.from({ length: 2_000 }, (_, key) => key)
  const owners = (all: ReadonlyArray<Routee>): ReadonlyArray<string> => {
    const choose = consistentHash((_tag: string, payload: unknown) => String(payload))(all)
    return keys.map((payload) => choose({ ...message, payload })[0]?.name ?? "none")
  }

  it("consistent hash: when routees come or go, only keys of those move (R1)", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), fc.nat(), (count, pick) => {
        const all = routees(...Array.from({ length: count }).keys())
        const gone = all[pick % count]
        const before = owners(all)
        const then = owners(all.filter((routee) => routee !== gone))
        const moved = keys.filter((key) => before[key] !== then[key])
        expect(moved.every((key) => before[key] === gone?.name)).toBe(true)
        // About 1/n of them.
        expect(moved.length / keys.length).toBeGreaterThan(0.5 / count)
        expect(moved.length / keys.length).toBeLessThan(1.6 / count)
      }),
      { numRuns: 30 }
    )
  })

  it("consistent hash: where a key goes does not depend on the order in which routees came", () => {
    const all = [2, 0, 1].map((name, serial) => ({ name: `routee ${name}`, serial, load: 0 }))
    expect(owners(all)).toEqual(owners(routees(0, 1, 2)))
  })
})
