import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { describe, expect, it } from "vitest"
import { Actor, type ActorRef } from "../../src/actor/index.ts"
import { diary, failureOf, given } from "./given.ts"

const protocol = {
  /** Takes so long, then adds. */
  Add: Actor.message<{ n: number; ms?: number }>(),
  AddAsked: Actor.ask<{ n: number; ms?: number; interrupted?: Array<string> }, number>(),
  Get: Actor.ask<Record<never, never>, number>(),
  /** What is left for this message, at once or within an Effect. */
  Left: Actor.ask<{ inEffect: boolean }, number>(),
  LeftTold: Actor.message<{ to: Array<number> }>()
}

const counter = Actor.make("Counter", {
  protocol,
  initial: 0,
  handlers: {
    Add: (count, { n, ms }) => (ms === undefined ? count + n : Effect.as(Effect.sleep(ms), count + n)),
    AddAsked: (count, { n, ms = 0, interrupted = [] }, { reply, name }) =>
      Effect.sleep(ms).pipe(
        Effect.map(() => {
          reply(count + n)
          return count + n
        }),
        Effect.onInterrupt(() => Effect.sync(() => interrupted.push(name)))
      ),
    Get: (count, _payload, { reply }) => {
      reply(count)
      return count
    },
    Left: (count, { inEffect }, { reply, remaining }) => {
      if (!inEffect) reply(remaining())
      return inEffect
        ? Effect.sleep(10).pipe(
            Effect.map(() => {
              reply(remaining())
              return count
            })
          )
        : count
    },
    LeftTold: (count, { to }, { remaining }) => {
      to.push(remaining())
      return count
    }
  }
})

const asks = {
  /** Asks the other in its turn, within an Effect. */
  Ask: Actor.ask<{ other: ActorRef<typeof protocol>; before?: number; timeout?: number }, number>(),
  /** The same from a synchronous handler, which goes on; the answer comes to the log. */
  AskAndGoOn: Actor.ask<{ other: ActorRef<typeof protocol>; log: Array<unknown> }, void>(),
  AskInFork: Actor.ask<{ other: ActorRef<typeof protocol>; log: Array<unknown> }, void>()
}

const asker = Actor.make("Asker", {
  protocol: asks,
  initial: undefined,
  handlers: {
    Ask: (state, { other, before = 0, timeout }, { reply }) =>
      Effect.sleep(before).pipe(
        Effect.andThen(other.ask("AddAsked", { n: 1, ms: 1_000 }, timeout === undefined ? {} : { timeout })),
        Effect.map((count) => {
          reply(count)
          return state
        })
      ),
    AskAndGoOn: (state, { other, log }, { reply }) => {
      other.askPromise("AddAsked", { n: 1, ms: 1_000 }).catch((error: unknown) => log.push(error))
      reply()
      return state
    },
    AskInFork: (state, { other, log }, { reply, fork }) => {
      fork(
        other.ask("AddAsked", { n: 1, ms: 1_000 }).pipe(Effect.tapError((error) => Effect.sync(() => log.push(error))))
      )
      reply()
      return state
    }
  }
})

describe("M7: mail with a deadline", () => {
  it("is handled while there is time, and passed over as a dead letter, expired, when its turn comes too late", () => {
    const { virtual, system } = given()
    const ref = system.spawn(counter, { name: "c" })
    ref.tell("Add", { n: 100, ms: 10 })
    expect(ref.send("Add", { n: 1 }, { within: 11 })).toBe(true)
    expect(ref.send("Add", { n: 10 }, { within: 10 })).toBe(true)
    virtual.advance(20)
    expect(virtual.run(ref.ask("Get", {}))).toBe(101)
    expect(system.deadLetters.list()).toMatchObject([
      { actor: "c", tag: "Add", payload: { n: 10 }, reason: "expired", at: 10 }
    ])
  })

  it("the mail behind it does not wait for it", () => {
    const { virtual, system } = given()
    const ref = system.spawn(counter)
    ref.tell("Add", { n: 100, ms: 10 })
    ref.send("Add", { n: 10, ms: 1_000 }, { within: 5 })
    ref.tell("Add", { n: 1 })
    virtual.advance(10)
    expect(virtual.run(ref.ask("Get", {}))).toBe(101)
    expect(virtual.now).toBe(10)
  })

  it("a message that nobody waits for is handled to its end, though its time is over meanwhile", () => {
    const { virtual, system } = given()
    const ref = system.spawn(counter)
    ref.send("Add", { n: 1, ms: 50 }, { within: 10 })
    virtual.advance(100)
    expect(virtual.run(ref.ask("Get", {}))).toBe(1)
  })

  it("the handler is told what is left: finite for a question and for mail with a limit, infinite else", () => {
    const { virtual, system } = given()
    const ref = system.spawn(counter)
    const left: Array<number> = []
    ref.tell("LeftTold", { to: left })
    ref.send("LeftTold", { to: left }, { within: 30 })
    expect(virtual.run(ref.ask("Left", { inEffect: false }, { timeout: 40 }))).toBe(40)
    expect(virtual.run(ref.ask("Left", { inEffect: true }, { timeout: 40 }))).toBe(30)
    expect(virtual.run(ref.ask("Left", { inEffect: false }))).toBe(5_000)
    expect(left).toEqual([Number.POSITIVE_INFINITY, 30])
  })

  it("a message that is forwarded, or stashed, takes its deadline along", () => {
    const { virtual, system } = given()
    const left: Array<number> = []
    const target = system.spawn(counter, { name: "target" })
    const hands = Actor.make("Hands", {
      protocol: { Stash: Actor.message(), Open: Actor.message() },
      initial: undefined,
      handlers: {
        Stash: (state, _payload, { stash }) => {
          stash()
          return state
        },
        Open: (state, _payload, { become, unstashAll }) => {
          become({
            Stash: (same, _nothing, { forward }) => {
              forward(target, "LeftTold", { to: left })
              return same
            }
          })
          unstashAll()
          return state
        }
      }
    })
    const ref = system.spawn(hands, { name: "hands" })
    ref.send("Stash", {}, { within: 30 })
    virtual.advance(10)
    ref.tell("Open")
    virtual.settle()
    expect(left).toEqual([20])
    const late = system.spawn(hands, { name: "late" })
    late.send("Stash", {}, { within: 30 })
    virtual.advance(30)
    late.tell("Open")
    virtual.settle()
    expect(system.deadLetters.list()).toMatchObject([{ actor: "late", tag: "Stash", reason: "expired" }])
  })
})

describe("M7: an asker that gives up", () => {
  it("interrupts the handler: the actor lives on with the state it had, and comes to the mail behind", () => {
    const { virtual, system } = given()
    const ref = system.spawn(counter, { name: "c" })
    ref.tell("Add", { n: 5 })
    const interrupted: Array<string> = []
    const error = failureOf(virtual, ref.ask("AddAsked", { n: 1, ms: 1_000, interrupted }, { timeout: 10 }))
    expect(error).toMatchObject({ _tag: "AskTimeout", actor: "c", timeout: 10 })
    expect(virtual.run(ref.ask("Get", {}))).toBe(5)
    expect([virtual.now, interrupted, ref.cell.restarts]).toEqual([10, ["c"], 0])
    expect(system.deadLetters.count()).toBe(0)
  })

  it("also when it is interrupted itself", () => {
    const { virtual, system } = given()
    const ref = system.spawn(counter, { name: "c" })
    const interrupted: Array<string> = []
    const fiber = virtual.fork(ref.ask("AddAsked", { n: 1, ms: 1_000, interrupted }))
    virtual.advance(5)
    fiber.interruptUnsafe()
    virtual.settle()
    expect([interrupted, virtual.run(ref.ask("Get", {})), virtual.now]).toEqual([["c"], 0, 5])
  })

  it("through a chain: each one along it is released, and lives on", () => {
    const { virtual, system } = given()
    const other = system.spawn(counter, { name: "other" })
    const first = system.spawn(asker, { name: "first" })
    expect(failureOf(virtual, first.ask("Ask", { other }, { timeout: 10 }))).toMatchObject({ _tag: "AskTimeout" })
    expect(virtual.run(other.ask("Get", {}))).toBe(0)
    expect([virtual.now, first.cell.restarts, other.cell.restarts, first.cell.handling]).toEqual([10, 0, 0, undefined])
  })

  it("whose question was forwarded releases whoever has it now", () => {
    const { virtual, system } = given()
    const target = system.spawn(counter, { name: "target" })
    const interrupted: Array<string> = []
    const relay = system.spawn(
      Actor.make("Relay", {
        protocol: { Go: Actor.ask<Record<never, never>, number>() },
        initial: undefined,
        handlers: {
          Go: (state, _payload, { forward }) => {
            forward(target, "AddAsked", { n: 1, ms: 1_000, interrupted })
            return state
          }
        }
      })
    )
    const error = failureOf(virtual, relay.ask("Go", {}, { timeout: 10 }))
    expect(error).toMatchObject({ _tag: "AskTimeout" })
    expect([interrupted, virtual.run(target.ask("Get", {}))]).toEqual([["target"], 0])
  })

  it("a handler that cannot be interrupted goes on, and its late reply is a dead letter (A3)", () => {
    const { virtual, system } = given()
    const ref = system.spawn(diary(), { name: "d" })
    failureOf(virtual, ref.ask("Echo", { text: "x", ms: 50, stubborn: true }, { timeout: 10 }))
    expect(virtual.run(ref.ask("Echo", { text: "y" }))).toBe("y")
    expect([virtual.now, system.deadLetters.count("late-reply")]).toEqual([50, 1])
  })
})

describe("M7: asks made while handling inherit what is left", () => {
  it("within an Effect: no more than the question being handled has", () => {
    const { virtual, system } = given()
    const other = system.spawn(counter, { name: "other" })
    const first = system.spawn(asker, { name: "first" })
    const inner: Array<number> = []
    const spy = virtual.fork(first.ask("Ask", { other, before: 30 }, { timeout: 100 }))
    virtual.advance(30)
    for (const { timeout } of first.cell.handling?.asks ?? []) inner.push(timeout)
    spy.interruptUnsafe()
    expect(inner).toEqual([70])
  })

  it("within an Effect: a shorter limit of their own stays, and they fail by it alone", () => {
    const { virtual, system } = given()
    const other = system.spawn(counter, { name: "other" })
    const first = system.spawn(asker, { name: "first" })
    const error = failureOf(virtual, first.ask("Ask", { other, timeout: 20 }, { timeout: 100 }))
    expect(error).toMatchObject({ _tag: "ActorStopped", reason: { cause: { _tag: "AskTimeout", timeout: 20 } } })
    expect(virtual.now).toBe(20)
  })

  it("from a synchronous handler, though it goes on", async () => {
    const { virtual, system } = given()
    const other = system.spawn(counter, { name: "other" })
    const first = system.spawn(asker, { name: "first" })
    const log: Array<unknown> = []
    virtual.run(first.ask("AskAndGoOn", { other, log }, { timeout: 40 }))
    virtual.advance(40)
    await Promise.resolve()
    expect(log).toMatchObject([{ _tag: "AskTimeout", actor: "other", timeout: 40 }])
  })

  it.each([true, false])(
    "but not once it has been answered: nobody waits any more (within an Effect: %s)",
    (inEffect) => {
      const { virtual, system } = given()
      const other = system.spawn(diary())
      const log: Array<unknown> = []
      const answering = Actor.make("Answering", {
        protocol: { Go: Actor.ask() },
        initial: undefined,
        handlers: {
          Go: (state, _payload, { reply, remaining }) => {
            reply()
            log.push(remaining())
            const asked = Effect.exit(other.ask("Echo", { text: "later", ms: 20 }, { timeout: 100 }))
            const noted = Effect.map(asked, (exit) => {
              log.push(exit)
              return state
            })
            if (inEffect) return noted
            virtual.fork(noted)
            return state
          }
        }
      })
      virtual.run(system.spawn(answering).ask("Go", {}, { timeout: 10 }))
      virtual.advance(50)
      expect(log).toEqual([Number.POSITIVE_INFINITY, Exit.succeed("later")])
    }
  )

  it("but not in context.fork once its message has been handled: that is beside the mailbox", () => {
    const { virtual, system } = given()
    const other = system.spawn(counter, { name: "other" })
    const first = system.spawn(asker, { name: "first" })
    const log: Array<unknown> = []
    virtual.run(first.ask("AskInFork", { other, log }, { timeout: 40 }))
    virtual.advance(999)
    expect(log).toEqual([])
    virtual.advance(1)
    expect(virtual.run(other.ask("Get", {}))).toBe(1)
  })

  it("mail with a limit of its own gives it to the asks too", () => {
    const { virtual, system } = given()
    const other = system.spawn(counter, { name: "other" })
    const first = system.spawn(asker, { name: "first", restart: "temporary" })
    first.send("Ask", { other }, { within: 25 })
    virtual.advance(25)
    expect(first.isStopped).toBe(true)
    expect(first.cell.exitReason).toMatchObject({ cause: { _tag: "AskTimeout", timeout: 25 } })
  })
})
