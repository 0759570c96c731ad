import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { Actor, type ActorRef, type ActorSystem, type AskError } from "../../src/actor/index.ts"
import { failureOf, given } from "./given.ts"

/** Names of those to be asked, one after the other; the last one answers with all names on the way. */
type Route = ReadonlyArray<string>

const protocol = {
  /** Asks the next on the route while it handles this. */
  Through: Actor.ask<{ route: Route }, Route>(),
  /** The same, but it answers first. */
  AnswerFirst: Actor.ask<{ route: Route; log: Array<unknown> }, Route>(),
  /** Hands the question on to the next. */
  Forward: Actor.ask<{ route: Route }, Route>(),
  /** Answers later, from what it asked beside its mailbox. */
  Beside: Actor.ask<{ route: Route }, Route>(),
  /** Tells the next, who asks back. */
  Tell: Actor.message<{ route: Route; log: Array<unknown> }>(),
  /** Asks the next of two at the same time. */
  Both: Actor.ask<{ routes: ReadonlyArray<Route> }, ReadonlyArray<Route>>()
}

type Node = ActorRef<typeof protocol>

const keyOf = (name: string) => Actor.key<typeof protocol>(name)

const node = Actor.make("Node", {
  protocol,
  initial: undefined,
  handlers: {
    Through: (state, { route }, { system, reply, name }) =>
      through(system, route).pipe(
        Effect.map((names) => {
          reply([name, ...names])
          return state
        })
      ),
    AnswerFirst: (state, { route, log }, { system, reply, name }) => {
      reply([name])
      return through(system, route).pipe(
        Effect.match({ onFailure: (error) => log.push(error), onSuccess: (names) => log.push(names) }),
        Effect.as(state)
      )
    },
    Forward: (state, { route: [next = "", ...rest] }, { system, forward }) => {
      const ref = system.registry.find(keyOf(next))
      if (ref !== undefined) forward(ref, "Through", { route: rest })
      return state
    },
    Beside: (state, { route }, { system, fork, replier, name }) => {
      const reply = replier()
      fork(Effect.map(through(system, route), (names) => reply([name, ...names])))
      return state
    },
    Tell: (state, { route: [next = "", ...rest], log }, { system }) => {
      const ref = system.registry.find(keyOf(next))
      if (ref === undefined) return state
      if (rest.length > 0) {
        ref.tell("Tell", { route: rest, log })
        return state
      }
      return through(system, [next]).pipe(
        Effect.map((names) => {
          log.push(names)
          return state
        })
      )
    },
    Both: (state, { routes }, { system, reply }) =>
      Effect.all(
        routes.map((route) => through(system, route)),
        { concurrency: "unbounded" }
      ).pipe(
        Effect.map((all) => {
          reply(all)
          return state
        })
      )
  }
})

const through = (system: ActorSystem, [next, ...route]: Route): Effect.Effect<Route, AskError> => {
  const ref = next === undefined ? undefined : system.registry.find(keyOf(next))
  return ref === undefined ? Effect.succeed([]) : ref.ask("Through", { route }, { timeout: 1_000 })
}

const givenNodes = () => {
  const { virtual, system } = given()
  const spawn = (name: string): Node => system.spawn(node, { name, as: keyOf(name), restart: "transient", maxRestarts: 100 })
  const [a, b, c] = [spawn("a"), spawn("b"), spawn("c")]
  return { virtual, system, a, b, c }
}

/** The cycle at the root of a failed ask, whose askers failed one by one. */
const cycleIn = (error: unknown): unknown => {
  if (typeof error !== "object" || error === null) return undefined
  if ("_tag" in error && error._tag === "AskCycle" && "actors" in error) return error.actors
  const { reason } = { reason: undefined, ...error }
  return typeof reason === "object" && reason !== null && "cause" in reason ? cycleIn(reason.cause) : undefined
}

describe("A5: a cycle of asks fails with AskCycle, at once", () => {
  it("of an actor that asks itself", () => {
    const { virtual, a } = givenNodes()
    expect(cycleIn(failureOf(virtual, a.ask("Through", { route: ["a"] })))).toEqual(["a", "a"])
    expect(virtual.now).toBe(0)
  })

  it("of two", () => {
    const { virtual, a } = givenNodes()
    expect(cycleIn(failureOf(virtual, a.ask("Through", { route: ["b", "a"] })))).toEqual(["b", "a", "b"])
    expect(virtual.now).toBe(0)
  })

  it("of three", () => {
    const { virtual, b } = givenNodes()
    expect(cycleIn(failureOf(virtual, b.ask("Through", { route: ["c", "a", "b"] })))).toEqual(["a", "b", "c", "a"])
    expect(virtual.now).toBe(0)
  })

  it("through one of several asks that are open at the same time", () => {
    const { virtual, a } = givenNodes()
    const error = failureOf(virtual, a.ask("Both", { routes: [["b"], ["c", "a"]] }))
    expect(cycleIn(error)).toEqual(["c", "a", "c"])
  })

  it("through a forwarded question: whoever has it now is waited for", () => {
    const { virtual, system, a } = givenNodes()
    const asks = Actor.make("Asks", {
      protocol: { Go: Actor.ask<Record<never, never>, Route>() },
      initial: undefined,
      handlers: {
        Go: (state, _payload, { reply }) =>
          Effect.map(a.ask("Forward", { route: ["b", "x"] }), (route) => {
            reply(route)
            return state
          }),
      }
    })
    const asker = system.spawn(asks, { name: "x", restart: "temporary" })
    const asksBack = Actor.make("AsksBack", {
      protocol,
      initial: undefined,
      handlers: {
        ...refusing,
        Through: (state, _payload, { reply }) =>
          Effect.map(asker.ask("Go", {}), (route) => {
            reply(route)
            return state
          })
      }
    })
    const back = system.spawn(asksBack, { name: "back", as: keyOf("back"), restart: "temporary" })
    system.registry.unregister(keyOf("b"), a)
    const asking = failureOf(
      virtual,
      system.spawn(
        Actor.make("First", {
          protocol: { Go: Actor.ask<Record<never, never>, Route>() },
          initial: undefined,
          handlers: { Go: (state, _payload, { forward }) => (forward(back, "Through", { route: [] }), state) }
        })
      ).ask("Go", {})
    )
    expect(cycleIn(asking)).toBeUndefined()
  })

  it("the actors of the cycle are free again, and their failure is their own", () => {
    const { virtual, a, b } = givenNodes()
    failureOf(virtual, a.ask("Through", { route: ["b", "a"] }))
    expect(virtual.run(a.ask("Through", { route: ["b"] }))).toEqual(["a", "b"])
    expect([a.cell.restarts, b.cell.restarts]).toEqual([1, 1])
  })
})

const refusing = {}

describe("A5: no false alarm", () => {
  it("a chain is no cycle, and neither are two askers of one actor", () => {
    const { virtual, a, b } = givenNodes()
    const both = Effect.all([a.ask("Through", { route: ["c"] }), b.ask("Through", { route: ["c"] })], {
      concurrency: "unbounded"
    })
    expect(virtual.run(both)).toEqual([
      ["a", "c"],
      ["b", "c"]
    ])
    expect(virtual.run(a.ask("Through", { route: ["b", "c"] }))).toEqual(["a", "b", "c"])
  })
})
