import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { describe, expect, it } from "vitest"
import type { ActorStopped, MailboxFull, MailboxOptions } from "../../src/actor/index.ts"
import { diary, failureOf, given, watcher } from "./given.ts"

const bounded = (capacity: number, overflow: "backpressure" | "reject"): MailboxOptions => ({
  kind: "bounded",
  capacity,
  overflow
})

describe("B1: two lanes, and three kinds of mailbox", () => {
  it("unbounded takes everything", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(diary({ log }), { mailbox: { kind: "unbounded" } })
    for (let count = 0; count < 5_000; count += 1) expect(ref.tell("Say", { text: "x" })).toBe(true)
    virtual.settle()
    expect(log).toHaveLength(5_001)
  })

  it("backpressure: senders wait for room, and are let in by order of arrival", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(diary({ log }), { name: "d", mailbox: bounded(1, "backpressure") })
    ref.tell("Slow", { text: "0", ms: 10 })
    virtual.settle()
    ref.tell("Say", { text: "1" })
    const fibers = ["2", "3", "4"].map((text) => virtual.fork(ref.tellWhenReady("Say", { text })))
    expect(fibers.map((fiber) => fiber.pollUnsafe())).toEqual([undefined, undefined, undefined])
    virtual.advance(10)
    expect(fibers.map((fiber) => fiber.pollUnsafe())).toEqual([Exit.void, Exit.void, Exit.void])
    expect(log).toEqual(["d started", "d: 0", "d: 1", "d: 2", "d: 3", "d: 4"])
  })

  it("backpressure: a sender that gives up while it waits has sent nothing", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(diary({ log }), { name: "d", mailbox: bounded(1, "backpressure") })
    ref.tell("Slow", { text: "0", ms: 10 })
    virtual.settle()
    ref.tell("Say", { text: "1" })
    const impatient = virtual.fork(ref.tellWhenReady("Say", { text: "2" }))
    const patient = virtual.fork(ref.tellWhenReady("Say", { text: "3" }))
    impatient.interruptUnsafe()
    virtual.advance(10)
    expect(patient.pollUnsafe()).toEqual(Exit.void)
    expect(log).toEqual(["d started", "d: 0", "d: 1", "d: 3"])
  })

  it("backpressure: nobody overtakes those who wait", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(diary({ log }), { name: "d", mailbox: bounded(2, "backpressure") })
    ref.tell("Slow", { text: "0", ms: 10 })
    virtual.settle()
    ref.tell("Slow", { text: "1", ms: 10 })
    ref.tell("Say", { text: "2" })
    virtual.fork(ref.tellWhenReady("Say", { text: "3" }))
    virtual.advance(10)
    expect(ref.tell("Say", { text: "4" })).toBe(false)
    virtual.advance(10)
    expect(log.slice(1)).toEqual(["d: 0", "d: 1", "d: 2", "d: 3"])
  })

  it("reject: what does not fit is handed back in MailboxFull, to tellWhenReady and to ask", () => {
    const { virtual, system } = given()
    const ref = system.spawn(diary(), { mailbox: bounded(1, "reject") })
    ref.tell("Slow", { text: "0", ms: 10 })
    virtual.settle()
    expect(ref.tell("Say", { text: "1" })).toBe(true)
    expect(ref.tell("Say", { text: "2" })).toBe(false)
    const told: ActorStopped | MailboxFull = failureOf(virtual, ref.tellWhenReady("Say", { text: "2" }))
    expect(told).toMatchObject({ _tag: "MailboxFull", capacity: 1, tag: "Say", payload: { text: "2" } })
    expect(failureOf(virtual, ref.ask("Echo", { text: "2" }))).toMatchObject({ _tag: "MailboxFull", tag: "Echo" })
    expect(system.deadLetters.count()).toBe(0)
  })

  it("stop and notices of an end reach an actor whose mailbox is full", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const target = system.spawn(diary(), { name: "target" })
    const ref = system.spawn(watcher(log), { mailbox: bounded(1, "reject") })
    ref.tell("Watch", { ref: target })
    virtual.settle()
    ref.tell("Block", { ms: 10 })
    virtual.settle()
    expect([ref.tell("Say", { text: "last" }), ref.tell("Say", { text: "too much" })]).toEqual([true, false])
    virtual.run(system.stop(target))
    virtual.advance(10)
    expect(log).toEqual(["last", "target was stopped"])
    ref.tell("Block", { ms: 10 })
    virtual.settle()
    ref.tell("Say", { text: "never" })
    virtual.run(system.stop(ref))
    expect(log).toEqual(["last", "target was stopped"])
  })

  it("a capacity without room for one message is refused", () => {
    const { system } = given()
    for (const capacity of [0, -1, Number.NaN]) {
      expect(() => system.spawn(diary(), { mailbox: bounded(capacity, "reject") })).toThrow(RangeError)
    }
  })
})

describe("B2: a notice of an end comes after the mail which that actor had sent", () => {
  it("also where the mail had to wait", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(watcher(log), { name: "w" })
    const target = system.spawn(diary(), { name: "target" })
    ref.tell("Watch", { ref: target })
    ref.tell("Block", { ms: 10 })
    virtual.settle()
    ref.tell("Say", { text: "from target" })
    target.tell("Stop")
    virtual.advance(10)
    expect(log).toEqual(["from target", "target stopped by itself"])
  })
})

describe("B3: each dropped message is a dead letter with its reason, and counted", () => {
  it("names the actor, the message and why", () => {
    const { virtual, system } = given()
    const seen: Array<string> = []
    const unsubscribe = system.deadLetters.subscribe(({ actor, tag, reason, at }) =>
      seen.push(`${actor} ${tag} ${reason} ${at}`)
    )
    const ref = system.spawn(diary(), { name: "d", restart: "temporary" })
    ref.tell("Crash", { text: "no" })
    ref.tell("Say", { text: "left behind" })
    virtual.advance(5)
    ref.tell("Say", { text: "too late" })
    expect(seen).toEqual(["d Crash failed 0", "d Say stopped 0", "d Say refused 5"])
    expect(system.deadLetters.count()).toBe(3)
    expect(system.deadLetters.count("stopped")).toBe(1)
    unsubscribe()
    ref.tell("Say", { text: "again" })
    expect(seen).toHaveLength(3)
  })

  it("the latest are kept, all are counted, and a listener that throws stops nobody", () => {
    const { virtual, system } = given({ deadLetters: 2 })
    const ref = system.spawn(diary(), { name: "d", restart: "temporary" })
    virtual.run(system.stop(ref))
    let heard = 0
    system.deadLetters.subscribe(() => {
      throw new Error("listener")
    })
    system.deadLetters.subscribe(() => {
      heard += 1
    })
    for (const text of ["1", "2", "3"]) ref.tell("Say", { text })
    expect(system.deadLetters.take().map(({ payload }) => payload)).toEqual([{ text: "2" }, { text: "3" }])
    expect([system.deadLetters.count(), heard]).toEqual([3, 3])
  })
})

describe("B4: what a mailbox is where nothing is said", () => {
  it("holds 1,024 messages, then says false, and tellWhenReady waits", () => {
    const { virtual, system } = given()
    const ref = system.spawn(diary())
    const taken = Array.from({ length: 1_025 }, () => ref.tell("Say", { text: "x" }))
    expect([taken.filter(Boolean).length, taken.at(-1)]).toEqual([1_024, false])
    const waiting = virtual.fork(ref.tellWhenReady("Say", { text: "y" }))
    expect(waiting.pollUnsafe()).toBeUndefined()
    virtual.settle()
    expect(waiting.pollUnsafe()).toEqual(Exit.void)
    expect(virtual.run(Effect.map(ref.ask("Texts", {}), (texts) => texts.length))).toBe(1_025)
  })
})
