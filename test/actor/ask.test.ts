import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { describe, expect, it } from "vitest"
import { Actor, type ActorRef } from "../../src/actor/index.ts"
import { diary, failureOf, given, type protocol } from "./given.ts"

const deferring = Actor.make("Deferring", {
  protocol: {
    Wait: Actor.ask<{ text: string }, string>(),
    Release: Actor.message(),
    Twice: Actor.ask<Record<never, never>, string>(),
    Silent: Actor.ask<Record<never, never>, string>(),
    Crash: Actor.message()
  },
  initial: (): ReadonlyArray<() => void> => [],
  handlers: {
    Wait: (held, { text }, context) => {
      const reply = context.replier()
      return [...held, () => reply(text)]
    },
    Release: (held) => {
      for (const release of held) release()
      return held
    },
    Twice: (held, _payload, { reply }) => {
      reply("first")
      reply("second")
      return held
    },
    Silent: (held) => held,
    Crash: () => {
      throw new Error("crash")
    }
  }
})

describe("A1: a dead target", () => {
  it("fails at once, with the reason of its end", () => {
    const { virtual, system } = given()
    const ref = system.spawn(diary(), { name: "d", restart: "temporary" })
    ref.tell("Crash", { text: "boom" })
    virtual.settle()
    const error = failureOf(virtual, ref.ask("Texts", {}))
    expect(error).toMatchObject({ _tag: "ActorStopped", actor: "d" })
    expect(error.message).toBe("d failed: boom")
    expect(virtual.now).toBe(0)
  })

  it("one that did not even start fails those who asked it before", () => {
    const { virtual, system } = given()
    const onStart = (): void => {
      throw new Error("no start")
    }
    const ref = system.spawn(diary({ startMs: 5, onStart }), { name: "d" })
    expect(failureOf(virtual, ref.ask("Texts", {})).message).toBe("d failed: no start")
    expect(virtual.now).toBe(5)
  })
})

describe("A2: a target that dies or restarts while it works", () => {
  it("fails at once with that reason, when the handler of the question itself fails", () => {
    const { virtual, system } = given()
    const Fails = Actor.make("Fails", {
      protocol: { Try: Actor.ask<Record<never, never>, string>() },
      initial: 0,
      handlers: { Try: () => Effect.andThen(Effect.sleep(5), Effect.fail(new Error("tried"))) }
    })
    const ref = system.spawn(Fails, { name: "f" })
    expect(failureOf(virtual, ref.ask("Try", {})).message).toBe("f failed: tried")
    expect(virtual.now).toBe(5)
  })

  it("fails questions whose answer was put off, at a restart; an answer after it is a late reply", () => {
    const { virtual, system } = given()
    const held: Array<() => void> = []
    const Holder = Actor.make("Holder", {
      protocol: { Wait: Actor.ask<Record<never, never>, string>(), Crash: Actor.message() },
      initial: 0,
      handlers: {
        Wait: (count, _payload, context) => {
          const reply = context.replier()
          held.push(() => reply("too late"))
          return count
        },
        Crash: () => {
          throw new Error("crash")
        }
      }
    })
    const ref = system.spawn(Holder, { name: "h" })
    const asker = virtual.fork(ref.ask("Wait", {}))
    virtual.settle()
    ref.tell("Crash")
    virtual.settle()
    expect(asker.pollUnsafe()?._tag).toBe("Failure")
    for (const release of held) release()
    expect(system.deadLetters.take().map(({ reason }) => reason)).toEqual(["failed", "late-reply"])
  })

  it("questions that are still in the mailbox survive a restart", () => {
    const { virtual, system } = given()
    const ref = system.spawn(diary(), { name: "d" })
    ref.tell("Crash", {})
    expect(virtual.run(ref.ask("Echo", { text: "still here" }))).toBe("still here")
  })

  it("fails when it is stopped, by whomever", () => {
    const { virtual, system } = given()
    const ref = system.spawn(deferring, { name: "d" })
    const asker = virtual.fork(Effect.flip(ref.ask("Wait", { text: "x" })))
    virtual.settle()
    virtual.run(system.stop(ref))
    expect(asker.pollUnsafe()).toMatchObject({ value: { _tag: "ActorStopped", reason: { _tag: "Shutdown" } } })
  })
})

describe("A3: a timeout", () => {
  it("fails with AskTimeout, and the late reply is a dead letter that names the ask", () => {
    const { virtual, system } = given()
    const ref = system.spawn(diary(), { name: "d" })
    const error = failureOf(virtual, ref.ask("Echo", { text: "slow", ms: 50, stubborn: true }, { timeout: 20 }))
    expect(error).toMatchObject({ _tag: "AskTimeout", actor: "d", question: "Echo", timeout: 20 })
    expect(virtual.now).toBe(20)
    virtual.advance(30)
    expect(system.deadLetters.take()).toMatchObject([
      { actor: "d", tag: "Echo", payload: "slow", reason: "late-reply" }
    ])
  })

  it("is five seconds where nothing is said", () => {
    const { virtual, system } = given()
    expect(failureOf(virtual, system.spawn(deferring).ask("Silent", {}))._tag).toBe("AskTimeout")
    expect(virtual.now).toBe(5_000)
  })

  it("counts while the question waits for room, and takes it back", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const mailbox = { kind: "bounded", capacity: 1, overflow: "backpressure" } as const
    const ref = system.spawn(diary({ log }), { name: "d", mailbox })
    ref.tell("Slow", { text: "1", ms: 100 })
    virtual.settle()
    ref.tell("Slow", { text: "2", ms: 100 })
    expect(failureOf(virtual, ref.ask("Echo", { text: "x" }, { timeout: 10 }))._tag).toBe("AskTimeout")
    virtual.advance(500)
    expect(system.deadLetters.count()).toBe(0)
    expect(ref.tell("Say", { text: "3" })).toBe(true)
  })

  it("a question that was given up before its turn is not handled", () => {
    const { virtual, system } = given()
    let handled = 0
    const Counts = Actor.make("Counts", {
      protocol: { Block: Actor.message(), Ask: Actor.ask<Record<never, never>, number>() },
      initial: 0,
      handlers: {
        Block: (count) => Effect.as(Effect.sleep(50), count),
        Ask: (count, _payload, { reply }) => {
          handled += 1
          reply(handled)
          return count
        }
      }
    })
    const ref = system.spawn(Counts)
    ref.tell("Block")
    const asker = virtual.fork(ref.ask("Ask", {}))
    virtual.advance(10)
    asker.interruptUnsafe()
    failureOf(virtual, ref.ask("Ask", {}, { timeout: 10 }))
    virtual.advance(100)
    expect(handled).toBe(0)
  })

  it("a question that was never answered is not remembered once it has timed out", () => {
    const { virtual, system } = given()
    const ref = system.spawn(deferring)
    failureOf(virtual, ref.ask("Silent", {}, { timeout: 10 }))
    const asker = virtual.fork(ref.ask("Wait", { text: "x" }))
    virtual.settle()
    expect(ref.cell.openAsks).toBe(1)
    asker.interruptUnsafe()
    virtual.settle()
    expect(ref.cell.openAsks).toBe(0)
    expect(virtual.nextDue).toBeUndefined()
  })
})

describe("A4: replies of several asks", () => {
  it("arrive in the order of the questions", () => {
    const { virtual, system } = given()
    const ref = system.spawn(diary())
    const order: Array<string> = []
    for (const text of ["1", "2", "3", "4"]) {
      const ms = text === "2" ? 10 : undefined
      const ask = ref.ask("Echo", { text, ...(ms !== undefined && { ms }) })
      virtual.fork(Effect.map(ask, (reply) => order.push(reply)))
    }
    virtual.advance(10)
    expect(order).toEqual(["1", "2", "3", "4"])
  })

  it("can be put off, and given by another message", () => {
    const { virtual, system } = given()
    const ref = system.spawn(deferring)
    const askers = ["a", "b"].map((text) => virtual.fork(ref.ask("Wait", { text })))
    virtual.settle()
    ref.tell("Release")
    virtual.settle()
    expect(askers.map((asker) => asker.pollUnsafe())).toEqual([Exit.succeed("a"), Exit.succeed("b")])
  })
})

describe("a question is settled once", () => {
  it("the second reply is a dead letter, and so is a reply to what was told", () => {
    const { virtual, system } = given()
    const ref = system.spawn(deferring)
    expect(virtual.run(ref.ask("Twice", {}))).toBe("first")
    ref.tell("Twice")
    virtual.settle()
    const letters = system.deadLetters.take().map(({ payload, reason }) => `${payload} ${reason}`)
    expect(letters).toEqual(["second unexpected-reply", "first unexpected-reply", "second unexpected-reply"])
  })

  it("a reply that is given before the handler fails counts", () => {
    const { virtual, system } = given()
    const Replies = Actor.make("Replies", {
      protocol: { Ask: Actor.ask<Record<never, never>, string>() },
      initial: 0,
      handlers: {
        Ask: (_count, _payload, { reply }) => {
          reply("answered")
          throw new Error("afterwards")
        }
      }
    })
    expect(virtual.run(system.spawn(Replies).ask("Ask", {}))).toBe("answered")
  })

  it("an asker that stops the asked actor from within its answer upsets nothing", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(diary({ log }), { name: "d", restart: "temporary" })
    const Ends = virtual.fork(
      Effect.andThen(
        Effect.exit(ref.ask("Echo", { text: "x", ms: 5 })),
        Effect.suspend(() => system.stop(ref))
      )
    )
    virtual.settle()
    ref.tell("Crash", {})
    virtual.advance(10)
    expect(Ends.pollUnsafe()?._tag).toBe("Success")
    expect(log.filter((line) => line.includes("stopping"))).toHaveLength(1)
  })

  it("as a promise too", async () => {
    const { virtual, system } = given()
    const ref = system.spawn(diary(), { name: "d" })
    const answer = ref.askPromise("Echo", { text: "x" })
    virtual.settle()
    expect(await answer).toBe("x")
    virtual.run(system.stop(ref))
    await expect(ref.askPromise("Echo", { text: "x" })).rejects.toMatchObject({ _tag: "ActorStopped" })
  })
})

/** An actor that asks another from within its handlers. */
const asker = (target: ActorRef<typeof protocol>, log: Array<string>) =>
  Actor.make("Asker", {
    protocol: {
      Go: Actor.message<{ timeout: number; ms: number }>(),
      Judge: Actor.message(),
      State: Actor.ask<Record<never, never>, number>()
    },
    initial: 0,
    handlers: {
      Go: (count, { timeout, ms }) =>
        target.ask("Echo", { text: "answer", ms, stubborn: true }, { timeout }).pipe(
          Effect.catchTag("AskTimeout", (error) => Effect.succeed(error.message)),
          Effect.map((text) => {
            log.push(text)
            return count + 1
          })
        ),
      Judge: () =>
        Effect.map(target.ask("Echo", { text: "answer" }), (text): number => {
          throw new Error(`cannot bear ${text}`)
        }),
      State: (count, _payload, { reply }) => {
        reply(count)
        return count
      }
    },
    beforeRestart: (_count, _context, cause) => {
      log.push(cause instanceof Error ? cause.message : String(cause))
    }
  })

describe("an ask from within a handler", () => {
  it("that times out is told so; the reply that comes after is a dead letter of the asked, not of the asker (A3)", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const target = system.spawn(diary(), { name: "d" })
    const ref = system.spawn(asker(target, log), { name: "asker" })
    ref.tell("Go", { timeout: 10, ms: 20 })
    virtual.advance(30)
    expect(log).toEqual([expect.stringContaining("d did not reply to Echo within 10 ms")])
    expect(system.deadLetters.take()).toMatchObject([{ actor: "d", tag: "Echo", reason: "late-reply" }])
    expect(virtual.run(ref.ask("State", {}))).toBe(1)
  })

  it("whose answer it cannot bear fails the asker alone (A2)", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const target = system.spawn(diary(), { name: "d" })
    const ref = system.spawn(asker(target, log), { name: "asker" })
    ref.tell("Judge")
    virtual.settle()
    expect(log).toEqual(["cannot bear answer"])
    expect([ref.isStopped, virtual.run(ref.ask("State", {}))]).toEqual([false, 0])
    expect(virtual.run(target.ask("Echo", { text: "untouched" }))).toBe("untouched")
  })
})

describe("A3: no time at all", () => {
  it("a timeout of 0 or less fails with AskTimeout, and the question is not left behind", () => {
    for (const timeout of [0, -1_000]) {
      const { virtual, system } = given()
      const ref = system.spawn(deferring, { name: "d" })
      expect(failureOf(virtual, ref.ask("Silent", {}, { timeout }))).toMatchObject({ _tag: "AskTimeout", timeout })
      expect([virtual.now, ref.cell.openAsks, virtual.nextDue]).toEqual([0, 0, undefined])
    }
  })
})
