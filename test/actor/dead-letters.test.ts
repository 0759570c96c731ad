import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { Actor, type DeadLetter } from "../../src/actor/index.ts"
import { diary, failureOf, given } from "./given.ts"

const text = ({ payload }: DeadLetter): unknown =>
  typeof payload === "object" && payload !== null && "text" in payload ? payload.text : payload

/** A system in which three messages to `a` and one to `b` came too late. */
const givenLetters = () => {
  const { virtual, system } = given()
  const [a, b] = [system.spawn(diary(), { name: "a" }), system.spawn(diary(), { name: "b" })]
  virtual.run(system.stop(a))
  virtual.run(system.stop(b))
  a.tell("Say", { text: "1" })
  b.tell("Say", { text: "2" })
  a.tell("Slow", { text: "3", ms: 1 })
  a.tell("Say", { text: "4" })
  return { virtual, system, letters: system.deadLetters }
}

describe("B3: dead letters are kept for a look", () => {
  it("listed by actor, tag, reason or a function of one's own, the oldest first", () => {
    const { letters } = givenLetters()
    expect(letters.list().map(text)).toEqual(["1", "2", "3", "4"])
    expect(letters.list({ actor: "a" }).map(text)).toEqual(["1", "3", "4"])
    expect(letters.list({ actor: "a", tag: "Say" }).map(text)).toEqual(["1", "4"])
    expect(letters.list({ reason: "failed" })).toEqual([])
    expect(letters.list((letter) => text(letter) === "2").map(text)).toEqual(["2"])
  })

  it("a look takes nothing out; taking takes what the filter names, and leaves the count as it is", () => {
    const { letters } = givenLetters()
    expect(letters.take({ actor: "a" }).map(text)).toEqual(["1", "3", "4"])
    expect(letters.list().map(text)).toEqual(["2"])
    expect(letters.take().map(text)).toEqual(["2"])
    expect([letters.list(), letters.count(), letters.count("refused")]).toEqual([[], 4, 4])
  })

  it("each has its actor, message, reason and time", () => {
    const { virtual, system } = given()
    const ref = system.spawn(diary(), { name: "a" })
    virtual.advance(7)
    ref.tell("Crash", { text: "why" })
    virtual.settle()
    expect(system.deadLetters.list()).toEqual([
      { actor: "a", tag: "Crash", payload: { text: "why" }, reason: "failed", at: 7, history: [] }
    ])
  })

  it("a late reply names the question, and holds the reply (A3)", () => {
    const { virtual, system } = given()
    const ref = system.spawn(diary(), { name: "a" })
    failureOf(virtual, ref.ask("Echo", { text: "late", ms: 10, stubborn: true }, { timeout: 5 }))
    virtual.advance(10)
    expect(system.deadLetters.list()).toMatchObject([
      { actor: "a", tag: "Echo", payload: "late", reason: "late-reply" }
    ])
  })
})

describe("B3: replaying dead letters", () => {
  it("delivers to the actor of the same name, where one lives; what nobody takes stays", () => {
    const { virtual, system, letters } = givenLetters()
    const log: Array<string> = []
    system.spawn(diary({ log }), { name: "a" })
    expect(letters.replay({ tag: "Say" })).toBe(2)
    virtual.settle()
    expect(log.slice(1)).toEqual(["a: 1", "a: 4"])
    expect(letters.list().map(text)).toEqual(["2", "3"])
    expect(letters.count()).toBe(4)
  })

  it("delivers to another actor, where one is named", () => {
    const { virtual, system, letters } = givenLetters()
    const log: Array<string> = []
    const ref = system.spawn(diary({ log }), { name: "c" })
    expect(letters.replay({ actor: "b" }, ref)).toBe(1)
    virtual.settle()
    expect(log.slice(1)).toEqual(["c: 2"])
  })

  it("takes letters one by one too, and each once", () => {
    const { virtual, system, letters } = givenLetters()
    const log: Array<string> = []
    const ref = system.spawn(diary({ log }), { name: "c" })
    const chosen = letters.list((letter) => text(letter) === "4")
    expect([letters.replay(chosen, ref), letters.replay(chosen, ref)]).toEqual([1, 0])
    virtual.settle()
    expect(log.slice(1)).toEqual(["c: 4"])
  })

  it("finds children by their paths, also under supervisors", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const { supervisor } = virtual.run(
      system.supervise({
        name: "top",
        strategy: "one-for-one",
        children: [
          {
            id: "below",
            supervisor: {
              strategy: "one-for-one",
              children: [{ id: "leaf", actor: diary({ log }), restart: "transient" }]
            }
          }
        ]
      })
    )
    const below = supervisor.supervisor("below")
    if (below === undefined) throw new Error("no supervisor")
    const leaf = below.ref("leaf", diary()) ?? below.child("leaf")
    expect(leaf?.name).toBe("top/below/leaf")
    expect(system.find("top/below/leaf")).toBe(leaf)
    virtual.run(below.terminateChild("leaf"))
    system.deadLetters.add({
      actor: "top/below/leaf",
      tag: "Say",
      payload: { text: "again" },
      reason: "stopped",
      at: 0,
      history: []
    })
    expect(system.deadLetters.replay({})).toBe(0)
    virtual.run(below.restartChild("leaf"))
    expect(system.deadLetters.replay({})).toBe(1)
    virtual.settle()
    expect(log.at(-1)).toBe("top/below/leaf: again")
  })

  it("no more than the mailbox has room for: the rest stays, and nothing is dropped for it", () => {
    for (const overflow of ["reject", "backpressure", "dropNewest", "dropOldest"] as const) {
      const { virtual, system, letters } = givenLetters()
      const ref = system.spawn(diary(), { name: "full", mailbox: { kind: "bounded", capacity: 2, overflow } })
      ref.tell("Slow", { text: "busy", ms: 10 })
      virtual.settle()
      ref.tell("Say", { text: "waits" })
      expect(letters.replay({}, ref)).toBe(1)
      expect(letters.list().map(text)).toEqual(["2", "3", "4"])
      expect(letters.count()).toBe(4)
    }
  })

  it("replies are nobody's message: they stay", () => {
    const { virtual, system } = given()
    const ref = system.spawn(diary(), { name: "a" })
    virtual.fork(ref.ask("Echo", { text: "late", ms: 10, stubborn: true }, { timeout: 5 }).pipe(Effect.ignore))
    virtual.advance(10)
    expect([system.deadLetters.count("late-reply"), system.deadLetters.replay({})]).toEqual([1, 0])
  })

  it("what fails again is a dead letter again, with the history of all its failures (M3)", () => {
    const { virtual, system } = given()
    const fails = Actor.make("Fails", {
      protocol: { Try: Actor.message({ retries: 1 }) },
      initial: undefined,
      handlers: {
        Try: () => {
          throw new Error("no")
        }
      }
    })
    system.spawn(fails, { name: "a", maxRestarts: 10 }).tell("Try")
    virtual.settle()
    expect(system.deadLetters.list().map(({ history }) => history.length)).toEqual([2])
    virtual.advance(5)
    expect(system.deadLetters.replay({ reason: "failed" })).toBe(1)
    virtual.settle()
    expect(system.deadLetters.list().map(({ history }) => history.map(({ at }) => at))).toEqual([[0, 0, 5]])
  })
})
