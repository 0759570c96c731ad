import * as Exit from "effect/Exit"
import { describe, expect, it } from "vitest"
import { diary, failureOf, given } from "./given.ts"

describe("M1: order per sender and receiver", () => {
  it("is kept through effects, batches and a restart", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(diary({ log }), { name: "d" })
    const sent = Array.from({ length: 150 }, (_, index) => String(index))
    for (const [index, text] of sent.entries()) {
      if (index === 70) ref.tell("Crash", {})
      if (index % 7 === 0) ref.tell("Slow", { text, ms: 1 })
      else ref.tell("Say", { text })
    }
    virtual.advance(1_000)
    expect(log.filter((line) => line.startsWith("d: ")).map((line) => line.slice(3))).toEqual(sent)
  })
})

describe("M2: at most once", () => {
  it("a message whose handler failed is not handled again", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(diary({ log }), { name: "d" })
    ref.tell("Crash", {})
    virtual.advance(100)
    expect(log.filter((line) => line.includes("before restart"))).toHaveLength(1)
    expect(system.deadLetters.take()).toMatchObject([{ tag: "Crash", reason: "failed" }])
  })
})

describe("M3: a restart keeps the ref and the mailbox", () => {
  it("only the message being handled is gone, and the state", () => {
    const { virtual, system } = given()
    const ref = system.spawn(diary(), { name: "d" })
    ref.tell("Say", { text: "before" })
    ref.tell("Crash", {})
    ref.tell("Say", { text: "after" })
    expect(virtual.run(ref.ask("Texts", {}))).toEqual(["after"])
    expect(system.find("d")).toBe(ref)
  })
})

describe("M4: mail waits while an actor is between two lives", () => {
  it("through a backoff, and is handled before newer mail", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const backoff = { base: 100, max: 1_000, jitter: 0 }
    const ref = system.spawn(diary({ log }), { name: "d", backoff })
    ref.tell("Crash", {})
    ref.tell("Say", { text: "1" })
    virtual.advance(50)
    ref.tell("Say", { text: "2" })
    virtual.advance(49)
    expect(log).toEqual(["d started", "d before restart: crash"])
    virtual.advance(1)
    expect(log.slice(-2)).toEqual(["d: 1", "d: 2"])
  })

  it("through starts that fail, and is there when one succeeds", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const onStart = (start: number): void => {
      if (start === 2 || start === 3) throw new Error("not yet")
    }
    const ref = system.spawn(diary({ log, onStart }), { name: "d", backoff: { base: 10, max: 1_000, jitter: 0 } })
    ref.tell("Crash", {})
    ref.tell("Say", { text: "1" })
    virtual.advance(15)
    ref.tell("Say", { text: "2" })
    virtual.advance(100)
    expect(log.slice(-2)).toEqual(["d: 1", "d: 2"])
  })

  it("through a start that takes time, in a bounded mailbox with a sender waiting", () => {
    const { virtual, system } = given()
    const ref = system.spawn(diary({ startMs: 20 }), {
      mailbox: { kind: "bounded", capacity: 1, overflow: "backpressure" }
    })
    expect(ref.tell("Say", { text: "1" })).toBe(true)
    const waiting = virtual.fork(ref.tellWhenReady("Say", { text: "2" }))
    virtual.advance(19)
    expect(waiting.pollUnsafe()).toBeUndefined()
    virtual.advance(1)
    expect(waiting.pollUnsafe()).toEqual(Exit.void)
    expect(virtual.run(ref.ask("Texts", {}))).toEqual(["1", "2"])
  })

  it("mail that arrives in the very moment of a failure wakes the new instance", () => {
    const { virtual, system } = given({ onRestart: () => ref.tell("Say", { text: "during" }) })
    const ref = system.spawn(diary(), { name: "d" })
    ref.tell("Crash", {})
    virtual.settle()
    expect(virtual.run(ref.ask("Texts", {}))).toEqual(["during"])
  })

  it("if it never starts again, the mail is a dead letter and askers are told", () => {
    const { virtual, system } = given()
    const onStart = (start: number): void => {
      if (start > 1) throw new Error("gone bad")
    }
    const ref = system.spawn(diary({ onStart }), { name: "d" })
    ref.tell("Crash", {})
    ref.tell("Say", { text: "1" })
    expect(failureOf(virtual, ref.ask("Texts", {}))).toMatchObject({ _tag: "ActorStopped" })
    expect(virtual.now).toBe(0)
    expect(ref.isStopped).toBe(true)
    expect(system.deadLetters.count("stopped")).toBe(1)
  })
})

describe("M5: once a stop is requested, nothing is taken", () => {
  it("tell says false, tellWhenReady and ask fail with the reason, while the actor still winds up", () => {
    const { virtual, system } = given()
    const ref = system.spawn(diary({ stopMs: 50 }), { name: "d" })
    virtual.settle()
    virtual.fork(system.stop(ref))
    expect(ref.isStopped).toBe(false)
    expect(ref.tell("Say", { text: "late" })).toBe(false)
    const refused = { _tag: "ActorStopped", reason: { _tag: "Shutdown" } }
    expect(failureOf(virtual, ref.tellWhenReady("Say", { text: "late" }))).toMatchObject(refused)
    expect(failureOf(virtual, ref.ask("Texts", {}))).toMatchObject(refused)
    expect(virtual.now).toBe(0)
  })

  it("senders that wait for room are turned away at once, and their messages are no dead letters", () => {
    const { virtual, system } = given()
    const mailbox = { kind: "bounded", capacity: 1, overflow: "backpressure" } as const
    const ref = system.spawn(diary(), { name: "d", mailbox })
    ref.tell("Slow", { text: "busy", ms: 100 })
    virtual.settle()
    ref.tell("Say", { text: "in the mailbox" })
    const sender = virtual.fork(ref.tellWhenReady("Say", { text: "waits" }))
    const asker = virtual.fork(ref.ask("Texts", {}))
    virtual.fork(system.stop(ref))
    virtual.settle()
    expect([sender.pollUnsafe(), asker.pollUnsafe()].map((exit) => exit?._tag)).toEqual(["Failure", "Failure"])
    virtual.advance(100)
    expect(ref.isStopped).toBe(true)
    expect(system.deadLetters.take().map(({ payload }) => payload)).toEqual([{ text: "in the mailbox" }])
  })
})

describe("M6: each accepted message ends in one place", () => {
  it("handled, returned to its asker, or a dead letter: at a stop in the middle of everything", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(diary({ log }), { name: "d" })
    ref.tell("Say", { text: "handled" })
    ref.tell("CrashLater", { ms: 10 })
    ref.tell("Say", { text: "left behind" })
    const asker = virtual.fork(ref.ask("Texts", {}))
    virtual.advance(5)
    virtual.fork(system.stop(ref))
    virtual.advance(5)
    expect(log).toContain("d: handled")
    expect(system.deadLetters.take().map(({ tag, reason }) => `${tag} ${reason}`)).toEqual([
      "CrashLater failed",
      "Say stopped"
    ])
    expect(asker.pollUnsafe()?._tag).toBe("Failure")
  })
})
