import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { Actor, type ActorRef, type AskError } from "../../src/actor/index.ts"
import { failureOf, given } from "./given.ts"

/** What an actor does with the question that it handles, and to whom: `ask b`. */
type Hop = `${"ask" | "answer-then-ask" | "answer-later-and-ask" | "forward" | "fork-ask" | "tell"} ${string}`

const protocol = {
  /** Goes along the route; the reply names who asked whom. */
  Go: Actor.ask<{ route: ReadonlyArray<Hop> }, ReadonlyArray<string>>(),
  /** Asks along several routes at the same time. */
  GoAll: Actor.ask<{ routes: ReadonlyArray<ReadonlyArray<Hop>> }, ReadonlyArray<string>>(),
  /** Answers the question that was put off. */
  Release: Actor.message()
}

type Node = ActorRef<typeof protocol>

const keyOf = (name: string) => Actor.key<typeof protocol>(name)

const node = (log: Array<unknown>) => {
  let release: (reply: ReadonlyArray<string>) => void = () => {}
  return Actor.make("Node", {
    protocol,
    initial: undefined,
    handlers: {
      Go: (state, { route: [hop = "ask ", ...route] }, { system, name, reply, replier, forward, fork }) => {
        const [how, to = ""] = hop.split(" ")
        const ref = system.registry.find(keyOf(to))
        if (ref === undefined) {
          reply([name])
          return state
        }
        const asked = Effect.suspend(() => ref.ask("Go", { route }, { timeout: 1_000 }))
        const passed = Effect.map(asked, (names) => [name, ...names])
        const noted = Effect.match(passed, {
          onFailure: (error) => log.push(error._tag),
          onSuccess: (names) => log.push(names)
        })
        if (how === "ask") {
          return Effect.map(passed, (names) => {
            reply(names)
            return state
          })
        }
        if (how === "answer-then-ask") {
          reply([name])
          return Effect.as(noted, state)
        }
        if (how === "answer-later-and-ask") {
          release = replier()
          return Effect.as(noted, state)
        }
        if (how === "fork-ask") {
          const later = replier()
          fork(Effect.map(passed, later))
        }
        if (how === "forward") forward(ref, "Go", { route })
        if (how === "tell") {
          ref.tell("Go", { route })
          reply([name])
        }
        return state
      },
      GoAll: (state, { routes }, { self, system, name, reply }) => {
        const asks = routes.map(([first = "ask ", ...route]): Effect.Effect<ReadonlyArray<string>, AskError> => {
          const ref = system.registry.find(keyOf(first.split(" ")[1] ?? "")) ?? self
          return ref.ask("Go", { route }, { timeout: 1_000 })
        })
        return Effect.map(Effect.all(asks, { concurrency: "unbounded" }), (all) => {
          reply([name, ...all.flat()])
          return state
        })
      },
      Release: (state) => {
        release(["released"])
        return state
      }
    }
  })
}

const givenNodes = () => {
  const { virtual, system } = given()
  const log: Array<unknown> = []
  const spawn = (name: string): Node => system.spawn(node(log), { name, as: keyOf(name), maxRestarts: 100 })
  return { virtual, system, log, a: spawn("a"), b: spawn("b"), c: spawn("c") }
}

/** The cycle at the root of a failed ask: each asker on the way failed by the failure of the next. */
const cycleIn = (error: unknown): unknown => {
  if (typeof error !== "object" || error === null) return undefined
  if ("_tag" in error && error._tag === "AskCycle" && "actors" in error) return error.actors
  if ("reason" in error) return cycleIn(error.reason)
  return "cause" in error ? cycleIn(error.cause) : undefined
}

describe("A5: a cycle of asks fails with AskCycle at once, and names the actors", () => {
  it("of one actor that asks itself", () => {
    const { virtual, a } = givenNodes()
    expect(cycleIn(failureOf(virtual, a.ask("Go", { route: ["ask a"] })))).toEqual(["a", "a"])
    expect(virtual.now).toBe(0)
  })

  it("of two", () => {
    const { virtual, a } = givenNodes()
    expect(cycleIn(failureOf(virtual, a.ask("Go", { route: ["ask b", "ask a"] })))).toEqual(["b", "a", "b"])
    expect(virtual.now).toBe(0)
  })

  it("of three", () => {
    const { virtual, a } = givenNodes()
    const error = failureOf(virtual, a.ask("Go", { route: ["ask b", "ask c", "ask a"] }))
    expect(cycleIn(error)).toEqual(["c", "a", "b", "c"])
    expect(virtual.now).toBe(0)
  })

  it("of some of those on the way", () => {
    const { virtual, a } = givenNodes()
    const error = failureOf(virtual, a.ask("Go", { route: ["ask b", "ask c", "ask b"] }))
    expect(cycleIn(error)).toEqual(["c", "b", "c"])
  })

  it("through one of several asks that are open at the same time", () => {
    const { virtual, a } = givenNodes()
    const error = failureOf(virtual, a.ask("GoAll", { routes: [["ask b"], ["ask c", "ask a"]] }))
    expect(cycleIn(error)).toEqual(["c", "a", "c"])
  })

  it("through a question that was forwarded: whoever has it now is waited for", () => {
    const { virtual, a } = givenNodes()
    const error = failureOf(virtual, a.ask("Go", { route: ["ask b", "forward c", "ask a"] }))
    expect(cycleIn(error)).toEqual(["c", "a", "c"])
  })

  it("through a question that is still in the mailbox", () => {
    const { virtual, a, b } = givenNodes()
    const answered = virtual.fork(b.ask("Go", { route: ["ask a"] }))
    expect(cycleIn(failureOf(virtual, a.ask("Go", { route: ["ask b"] })))).toEqual(["a", "b", "a"])
    expect([answered.pollUnsafe(), virtual.now]).toMatchObject([{ value: ["b", "a"] }, 0])
  })

  it("whose actors are free again afterwards, and have failed on their own account", () => {
    const { virtual, a, b } = givenNodes()
    failureOf(virtual, a.ask("Go", { route: ["ask b", "ask a"] }))
    expect(virtual.run(a.ask("Go", { route: ["ask b"] }))).toEqual(["a", "b"])
    expect([a.cell.restarts, b.cell.restarts]).toEqual([1, 1])
  })
})

describe("A5: no false alarm", () => {
  it("over a chain, or two who ask the same", () => {
    const { virtual, a, b } = givenNodes()
    const both = Effect.all([a.ask("Go", { route: ["ask c"] }), b.ask("Go", { route: ["ask c"] })], {
      concurrency: "unbounded"
    })
    expect(virtual.run(both)).toEqual([
      ["a", "c"],
      ["b", "c"]
    ])
    expect(virtual.run(a.ask("Go", { route: ["ask b", "ask c"] }))).toEqual(["a", "b", "c"])
  })

  it("after the reply: whoever was answered may be asked back", () => {
    const { virtual, log, a } = givenNodes()
    expect(virtual.run(a.ask("Go", { route: ["ask b", "answer-then-ask a"] }))).toEqual(["a", "b"])
    virtual.settle()
    expect(log).toEqual([["b", "a"]])
  })

  it("while the asker has gone on: an answer that was put off with replier, asked for from beside the mailbox", () => {
    const { virtual, log, a, b } = givenNodes()
    const asked = virtual.fork(a.ask("Go", { route: ["fork-ask b", "answer-later-and-ask a"] }))
    virtual.settle()
    expect([log, asked.pollUnsafe()]).toEqual([[["b", "a"]], undefined])
    b.tell("Release")
    virtual.settle()
    expect(asked.pollUnsafe()).toMatchObject({ value: ["a", "released"] })
  })

  it("where the asker handed its own question on, and waits for nobody", () => {
    const { virtual, a } = givenNodes()
    expect(virtual.run(a.ask("Go", { route: ["forward b", "ask a"] }))).toEqual(["b", "a"])
  })

  it("where the asker asks in context.fork, and comes to its mail meanwhile", () => {
    const { virtual, a } = givenNodes()
    expect(virtual.run(a.ask("Go", { route: ["fork-ask b", "ask a"] }))).toEqual(["a", "b", "a"])
  })

  it("where one of them is told, and not asked", () => {
    const { virtual, a } = givenNodes()
    expect(virtual.run(a.ask("Go", { route: ["ask b", "tell a"] }))).toEqual(["a", "b"])
  })
})

describe("A5: the waits-for graph in inspect", () => {
  it("has an edge for each open question of a handler, and none for what is beside the mailbox", () => {
    const { virtual, system, a, b, c } = givenNodes()
    const blocked = system.spawn(
      Actor.make("Blocked", {
        protocol,
        initial: undefined,
        handlers: {
          Go: (state) => Effect.as(Effect.sleep(100), state),
          GoAll: (state) => state,
          Release: (state) => state
        }
      }),
      { name: "blocked", as: keyOf("blocked") }
    )
    virtual.fork(Effect.ignore(a.ask("Go", { route: ["ask b", "ask blocked"] }, { timeout: 50 })))
    virtual.fork(Effect.ignore(c.ask("Go", { route: ["fork-ask blocked"] })))
    virtual.advance(20)
    expect(system.inspect().waitsFor).toEqual([
      { asker: "a", asked: "b", tag: "Go", age: 20 },
      { asker: "b", asked: "blocked", tag: "Go", age: 20 }
    ])
    virtual.advance(30)
    expect(system.inspect().waitsFor).toEqual([])
    expect([a, b, blocked].map(({ cell }) => cell.restarts)).toEqual([0, 0, 0])
  })
})
