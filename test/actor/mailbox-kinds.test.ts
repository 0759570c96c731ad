import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Actor, type ActorRef, type AnyRef, type MailboxOptions, type PriorityOptions } from "../../src/actor/index.ts"
import { diary, failureOf, given, type protocol, watcher } from "./given.ts"

type Diary = ActorRef<typeof protocol>

const bounded = (
  capacity: number,
  overflow: "backpressure" | "reject" | "dropNewest" | "dropOldest"
): MailboxOptions => ({
  kind: "bounded",
  capacity,
  overflow
})

/** A diary that is at a message for 10 ms, so that what it is told waits. */
const busyDiary = (mailbox: MailboxOptions) => {
  const { virtual, system } = given()
  const log: Array<string> = []
  const ref = system.spawn(diary({ log }), { name: "d", mailbox })
  ref.tell("Slow", { text: "busy", ms: 10 })
  virtual.settle()
  const said = (): ReadonlyArray<string> => log.slice(2).map((line) => line.replace("d: ", ""))
  return { virtual, system, ref, said }
}

const say = (ref: Diary, ...texts: ReadonlyArray<string>): ReadonlyArray<boolean> =>
  texts.map((text) => ref.tell("Say", { text }))

describe("B1: dropNewest", () => {
  it("what does not fit is dropped and tell says so; what was there before is handled in order (B3)", () => {
    const { virtual, system, ref, said } = busyDiary(bounded(2, "dropNewest"))
    expect(say(ref, "1", "2", "3", "4")).toEqual([true, true, false, false])
    virtual.advance(10)
    expect(said()).toEqual(["1", "2"])
    expect(system.deadLetters.list()).toMatchObject([
      { actor: "d", tag: "Say", payload: { text: "3" }, reason: "dropped" },
      { actor: "d", tag: "Say", payload: { text: "4" }, reason: "dropped" }
    ])
    expect(system.deadLetters.count("dropped")).toBe(2)
  })

  it("nobody waits: tellWhenReady goes on, and what it sent is a dead letter; a question fails with MailboxFull", () => {
    const { virtual, system, ref } = busyDiary(bounded(1, "dropNewest"))
    say(ref, "1")
    virtual.run(ref.tellWhenReady("Say", { text: "2" }))
    expect(failureOf(virtual, ref.ask("Echo", { text: "3" }))).toMatchObject({ _tag: "MailboxFull", tag: "Echo" })
    expect(virtual.now).toBe(0)
    expect(system.deadLetters.list().map(({ payload }) => payload)).toEqual([{ text: "2" }])
  })
})

describe("B1: dropOldest", () => {
  it("the oldest makes room for the newest: each is taken, and what had to go is a dead letter (B3)", () => {
    const { virtual, system, ref, said } = busyDiary(bounded(2, "dropOldest"))
    expect(say(ref, "1", "2", "3", "4", "5")).toEqual([true, true, true, true, true])
    virtual.advance(10)
    expect(said()).toEqual(["4", "5"])
    expect(system.deadLetters.list().map(({ payload, reason }) => [payload, reason])).toEqual([
      [{ text: "1" }, "dropped"],
      [{ text: "2" }, "dropped"],
      [{ text: "3" }, "dropped"]
    ])
  })

  it("a question that has to go fails its asker at once with MailboxFull, and is no dead letter", () => {
    const { virtual, system, ref } = busyDiary(bounded(1, "dropOldest"))
    const asked = virtual.fork(Effect.flip(ref.ask("Echo", { text: "old" })))
    virtual.settle()
    say(ref, "new")
    virtual.settle()
    expect(asked.pollUnsafe()).toMatchObject({ value: { _tag: "MailboxFull", payload: { text: "old" } } })
    expect(system.deadLetters.count()).toBe(0)
  })

  it("ticks and notices of an end are never dropped: the oldest message goes instead", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const other = system.spawn(diary(), { name: "other" })
    const ref = system.spawn(
      Actor.make("Both", {
        protocol: { Begin: Actor.message<{ ref: AnyRef }>(), Say: Actor.message<{ text: string }>() },
        initial: undefined,
        handlers: {
          Begin: (state, { ref }, { timers, watch }) => {
            watch(ref)
            timers.after("tick", 5, "Say", { text: "tick" })
            return Effect.as(Effect.sleep(10), state)
          },
          Say: (state, { text }) => {
            log.push(text)
            return state
          }
        },
        terminated: (state, { ref }) => {
          log.push(`${ref.name} ended`)
          return state
        }
      }),
      { mailbox: bounded(2, "dropOldest") }
    )
    ref.tell("Begin", { ref: other })
    virtual.settle()
    other.tell("Stop")
    virtual.advance(5)
    for (const text of ["1", "2", "3"]) ref.tell("Say", { text })
    virtual.advance(5)
    expect(log).toEqual(["other ended", "tick", "3"])
    expect(system.deadLetters.count("dropped")).toBe(2)
  })
})

/** Says in the order of their first letters. */
const byLetter = (rest: Omit<PriorityOptions, "kind" | "priority"> = {}): PriorityOptions => ({
  kind: "priority",
  priority: (_tag, payload) =>
    typeof payload === "object" && payload !== null && "text" in payload ? String(payload.text).charCodeAt(0) : 0,
  ...rest
})

describe("B1: a priority mailbox", () => {
  it("the least number first, and within a priority in the order in which they were sent (M1)", () => {
    const { virtual, ref, said } = busyDiary(byLetter())
    say(ref, "c1", "a1", "b1", "a2", "c2", "a3", "b2")
    virtual.advance(10)
    expect(said()).toEqual(["a1", "a2", "a3", "b1", "b2", "c1", "c2"])
  })

  it("any messages come in the order of a stable sort", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 50 }), (letters) => {
        const { virtual, ref, said } = busyDiary(byLetter())
        const texts = letters.map((letter, index) => `${letter}${index}`)
        say(ref, ...texts)
        virtual.advance(10)
        expect(said()).toEqual(texts.toSorted((a, b) => a.charCodeAt(0) - b.charCodeAt(0)))
      }),
      { numRuns: 200 }
    )
  })

  it("questions and ticks have their message's priority too", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const note = (state: undefined, { text }: { text: string }): undefined => {
      log.push(text)
      return state
    }
    const timed = Actor.make("Timed", {
      protocol: {
        Begin: Actor.message(),
        Say: Actor.message<{ text: string }>(),
        Ask: Actor.ask<{ text: string }, void>()
      },
      initial: undefined,
      handlers: {
        Begin: (state, _payload, { timers }) => {
          timers.after("tick", 5, "Say", { text: "b tick" })
          return Effect.as(Effect.sleep(10), state)
        },
        Say: note,
        Ask: (state, payload, { reply }) => {
          reply()
          return note(state, payload)
        }
      }
    })
    const ref = system.spawn(timed, { mailbox: byLetter() })
    ref.tell("Begin")
    virtual.settle()
    ref.tell("Say", { text: "c" })
    virtual.fork(ref.ask("Ask", { text: "a" }))
    virtual.advance(10)
    expect(log).toEqual(["a", "b tick", "c"])
  })

  it("with a capacity and backpressure: senders wait, and come in by order of arrival, then by priority", () => {
    const { virtual, ref, said } = busyDiary(byLetter({ capacity: 2 }))
    expect(say(ref, "c", "d", "a")).toEqual([true, true, false])
    const waiting = ["b", "a"].map((text) => virtual.fork(ref.tellWhenReady("Say", { text })))
    virtual.settle()
    expect(waiting.map((fiber) => fiber.pollUnsafe())).toEqual([undefined, undefined])
    virtual.advance(10)
    expect(waiting.map((fiber) => fiber.pollUnsafe())).toEqual([Exit.void, Exit.void])
    expect(said()).toEqual(["c", "b", "a", "d"])
  })

  it("with a capacity and reject: what does not fit is handed back, however urgent", () => {
    const { virtual, ref } = busyDiary(byLetter({ capacity: 1, overflow: "reject" }))
    say(ref, "b")
    expect(failureOf(virtual, ref.tellWhenReady("Say", { text: "a" }))).toMatchObject({
      _tag: "MailboxFull",
      payload: { text: "a" }
    })
    expect(failureOf(virtual, ref.ask("Echo", { text: "a" }))).toMatchObject({ _tag: "MailboxFull" })
  })

  it("mail keeps its order through a restart", () => {
    const { virtual, ref, said } = busyDiary(byLetter())
    ref.tell("Crash", { text: "0" })
    say(ref, "b", "a")
    virtual.advance(10)
    expect(said().filter((text) => text.length === 1)).toEqual(["a", "b"])
  })

  it("what is unstashed comes first, before what is more urgent (H1)", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const stashes = Actor.make("Stashes", {
      protocol: { Say: Actor.message<{ text: string }>(), Open: Actor.message<{ text: string }>() },
      initial: false,
      handlers: {
        Say: (isOpen, { text }, { stash }) => {
          if (isOpen) log.push(text)
          else stash()
          return isOpen
        },
        Open: (_isOpen, _payload, { unstashAll }) => {
          unstashAll()
          return true
        }
      }
    })
    const ref = system.spawn(stashes, { mailbox: byLetter() })
    for (const text of ["d", "c"]) ref.tell("Say", { text })
    virtual.settle()
    ref.tell("Open", { text: "a" })
    ref.tell("Say", { text: "b" })
    virtual.settle()
    expect(log).toEqual(["c", "d", "b"])
  })

  it("a message whose priority throws or is no number comes last, and its sender is none the worse", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const priority = (_tag: string, payload: unknown): number => {
      const text = String(textOf(payload))
      if (text === "throws") throw new Error("priority")
      return text === "nan" ? Number.NaN : 1
    }
    const ref = system.spawn(diary({ log }), { name: "d", mailbox: { kind: "priority", priority } })
    expect(say(ref, "throws", "1", "nan", "2")).toEqual([true, true, true, true])
    virtual.settle()
    expect(log.slice(1)).toEqual(["d: 1", "d: 2", "d: throws", "d: nan"])
  })

  it("a capacity without room for one message is refused", () => {
    const { system } = given()
    expect(() => system.spawn(diary(), { mailbox: byLetter({ capacity: 0 }) })).toThrow(RangeError)
  })
})

describe("B2: a notice in a priority mailbox", () => {
  it("does not overtake the mail that was there before it, and is not held up by more urgent mail that comes after", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const priority = (tag: string, payload: unknown): number => {
      if (tag !== "Say") return 0
      return typeof payload === "object" && payload !== null && "text" in payload
        ? String(payload.text).charCodeAt(0)
        : 0
    }
    const ref = system.spawn(watcher(log), { mailbox: { kind: "priority", priority } })
    const target = system.spawn(diary(), { name: "target" })
    ref.tell("Watch", { ref: target })
    virtual.settle()
    ref.tell("Block", { ms: 10 })
    virtual.settle()
    for (const text of ["z from target", "a from target"]) ref.tell("Say", { text })
    virtual.run(system.stop(target))
    ref.tell("Say", { text: "m later" })
    virtual.advance(10)
    expect(log).toEqual(["a from target", "m later", "z from target", "target was stopped"])
  })
})

describe("B2: a notice and mail that waits for room", () => {
  it("comes after it, where the actor had handed that mail on before it ended", () => {
    for (const mailbox of [bounded(1, "backpressure"), byLetter({ capacity: 1 })]) {
      const { virtual, system } = given()
      const log: Array<string> = []
      const ref = system.spawn(watcher(log), { name: "w", mailbox })
      const hands = Actor.make("Hands", {
        protocol: { Say: Actor.message<{ text: string }>(), Stop: Actor.message() },
        initial: undefined,
        handlers: {
          Say: (state, { text }, { forward }) => {
            forward(ref, "Say", { text })
            return state
          },
          Stop: (state, _payload, { stop }) => {
            stop()
            return state
          }
        }
      })
      const target = system.spawn(hands, { name: "target" })
      ref.tell("Watch", { ref: target })
      virtual.settle()
      ref.tell("Block", { ms: 10 })
      virtual.settle()
      for (const text of ["1", "2", "3"]) target.tell("Say", { text })
      target.tell("Stop")
      virtual.advance(10)
      expect(log).toEqual(["1", "2", "3", "target stopped by itself"])
    }
  })
})

describe("M4: mail between two lives", () => {
  it("during a backoff the mailbox bounds what waits; what is dropped is a dead letter, the rest is handled in order (M4, B3)", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(diary({ log }), {
      name: "d",
      mailbox: bounded(2, "dropNewest"),
      backoff: { base: 50, max: 50, jitter: 0 }
    })
    ref.tell("Crash", {})
    virtual.advance(10)
    expect(say(ref, "1", "2", "3")).toEqual([true, true, false])
    virtual.advance(40)
    expect(log.slice(-2)).toEqual(["d: 1", "d: 2"])
    expect(system.deadLetters.list({ reason: "dropped" }).map(({ payload }) => payload)).toEqual([{ text: "3" }])
  })
})

const everyKind: ReadonlyArray<MailboxOptions> = [
  { kind: "unbounded" },
  bounded(3, "backpressure"),
  bounded(3, "reject"),
  bounded(3, "dropNewest"),
  bounded(3, "dropOldest"),
  byLetter(),
  byLetter({ capacity: 3 }),
  byLetter({ capacity: 3, overflow: "reject" })
]

const textOf = (payload: unknown): unknown =>
  typeof payload === "object" && payload !== null && "text" in payload ? payload.text : undefined

describe("M6: whatever the mailbox", () => {
  it("each message ends once: handled, handed back or a dead letter", () => {
    const step = fc.constantFrom("tell", "ready", "ask", "slow", "crash", "advance", "stop")
    fc.assert(
      fc.property(fc.constantFrom(...everyKind), fc.array(step, { maxLength: 30 }), (mailbox, steps) => {
        const { virtual, system } = given()
        const log: Array<string> = []
        const ref = system.spawn(diary({ log }), { name: "d", mailbox, maxRestarts: 100 })
        /** Of each message how often it came to an end. */
        const ends = new Map<string, number>()
        const ended = (text: string): unknown => ends.set(text, (ends.get(text) ?? 0) + 1)
        system.deadLetters.subscribe(({ payload }) => ended(String(textOf(payload))))
        const send = {
          // Where nobody buries it, `false` hands it back.
          tell: (text: string) => ref.tell("Say", { text }) || ends.has(text) || ended(text),
          ready: (text: string) =>
            virtual.fork(Effect.onError(ref.tellWhenReady("Say", { text }), () => Effect.sync(() => ended(text)))),
          ask: (text: string) =>
            virtual.fork(Effect.onExit(ref.ask("Echo", { text, ms: 1 }), () => Effect.sync(() => ended(text))))
        }
        let sent = 0
        for (const what of steps) {
          if (what === "slow") ref.tell("Slow", { text: "slow", ms: 3 })
          else if (what === "crash") ref.tell("CrashLater", { ms: 1 })
          else if (what === "advance") virtual.advance(2)
          else if (what === "stop" && sent > 10) virtual.fork(system.stop(ref))
          else if (what !== "stop") send[what](`${"abc"[sent % 3]}${sent++}`)
        }
        virtual.advance(10_000)
        for (const line of log) ended(line.replace("d: ", ""))
        const texts = Array.from({ length: sent }, (_, index) => `${"abc"[index % 3]}${index}`)
        expect(texts.map((text) => [text, ends.get(text)])).toEqual(texts.map((text) => [text, 1]))
      }),
      { numRuns: 300 }
    )
  })
})
