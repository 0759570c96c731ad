import { describe, expect, it } from "vitest"
import { Actor } from "../../src/actor/index.ts"
import { diary, given, watcher } from "./given.ts"

describe("W1: watching a dead actor", () => {
  it("notifies at once, with the reason of its end", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const dead = system.spawn(diary(), { name: "dead", restart: "temporary" })
    dead.tell("Crash", { text: "long ago" })
    virtual.advance(10)
    system.spawn(watcher(log)).tell("Watch", { ref: dead })
    virtual.settle()
    expect(log).toEqual(["dead failed: long ago"])
  })
})

describe("W2: a restart does not notify", () => {
  it("neither after a failure, nor of a permanent actor that stopped by itself, whose mail is kept", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const target = system.spawn(diary({ log }), { name: "t", restart: "permanent" })
    system.spawn(watcher(log)).tell("Watch", { ref: target })
    target.tell("Crash", {})
    target.tell("Stop")
    target.tell("Say", { text: "kept" })
    virtual.advance(100)
    expect(log).toEqual([
      "t started",
      "t before restart: crash",
      "t started",
      "t after restart",
      "t stopping: stopped by itself",
      "t started",
      "t after restart",
      "t: kept"
    ])
    virtual.run(system.stop(target))
    virtual.settle()
    expect(log.slice(-2)).toEqual(["t stopping: was stopped", "t was stopped"])
  })

  it("a restart of the watcher loses no watch", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const target = system.spawn(diary(), { name: "t" })
    const ref = system.spawn(watcher(log))
    ref.tell("Watch", { ref: target })
    ref.tell("Crash")
    virtual.settle()
    virtual.run(system.stop(target))
    virtual.settle()
    expect(log).toEqual(["t was stopped"])
  })
})

describe("W3: after unwatch", () => {
  it("nothing arrives, not even a notice that is in the mailbox already", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const target = system.spawn(diary(), { name: "t" })
    const ref = system.spawn(watcher(log))
    ref.tell("Watch", { ref: target })
    ref.tell("Block", { ms: 10 })
    virtual.settle()
    ref.tell("Unwatch", { ref: target })
    virtual.run(system.stop(target))
    virtual.advance(20)
    expect(log).toEqual([])
  })

  it("watching again counts anew: one notice", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const target = system.spawn(diary(), { name: "t" })
    const ref = system.spawn(watcher(log))
    for (const tag of ["Watch", "Unwatch", "Watch"] as const) ref.tell(tag, { ref: target })
    virtual.settle()
    virtual.run(system.stop(target))
    virtual.settle()
    expect(log).toEqual(["t was stopped"])
  })
})

describe("W4: exactly one notice", () => {
  it("however often it is watched, before and after the end", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const target = system.spawn(diary(), { name: "t" })
    const ref = system.spawn(watcher(log))
    for (let count = 0; count < 3; count += 1) ref.tell("Watch", { ref: target })
    ref.tell("Block", { ms: 10 })
    virtual.settle()
    // Handled when the target is dead already, ahead of the notice.
    ref.tell("Watch", { ref: target })
    virtual.run(system.stop(target))
    virtual.advance(20)
    expect(log).toEqual(["t was stopped"])
  })

  it("two watchers get one each; one that has stopped gets none and is forgotten", () => {
    const { virtual, system } = given()
    const logs: ReadonlyArray<Array<string>> = [[], [], []]
    const target = system.spawn(diary(), { name: "t" })
    const refs = logs.map((log) => system.spawn(watcher(log)))
    for (const ref of refs) ref.tell("Watch", { ref: target })
    virtual.settle()
    expect(target.cell.watchers).toBe(3)
    const [first] = refs
    if (first !== undefined) virtual.run(system.stop(first))
    expect(target.cell.watchers).toBe(2)
    virtual.run(system.stop(target))
    virtual.settle()
    expect(logs).toEqual([[], ["t was stopped"], ["t was stopped"]])
    expect(target.cell.watchers).toBe(0)
  })

  it("an actor that watches itself ends in peace", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(watcher(log))
    ref.tell("Watch", { ref })
    virtual.settle()
    virtual.run(system.stop(ref))
    virtual.settle()
    expect(log).toEqual([])
  })
})

describe("W5: the notice tells failure from normal stop", () => {
  it("by itself, asked to, failed, never started, and failed while it was stopping", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(watcher(log))
    const spawn = (name: string, behaviour = diary()) => {
      const target = system.spawn(behaviour, { name, restart: "temporary" })
      ref.tell("Watch", { ref: target })
      virtual.settle()
      return target
    }
    spawn("normal").tell("Stop")
    virtual.settle()
    virtual.run(system.stop(spawn("asked")))
    spawn("failing").tell("Crash", { text: "boom" })
    virtual.settle()
    spawn(
      "unborn",
      diary({
        onStart: () => {
          throw new Error("no start")
        }
      })
    )
    virtual.settle()
    const Clumsy = Actor.make("Clumsy", {
      protocol: { Say: Actor.message() },
      initial: 0,
      handlers: { Say: (count) => count },
      stopping: () => {
        throw new Error("clumsy")
      }
    })
    const clumsy = system.spawn(Clumsy, { name: "clumsy" })
    ref.tell("Watch", { ref: clumsy })
    virtual.settle()
    virtual.run(system.stop(clumsy))
    virtual.settle()
    expect(log).toEqual([
      "normal stopped by itself",
      "asked was stopped",
      "failing failed: boom",
      "unborn failed: no start",
      "clumsy failed: clumsy"
    ])
  })
})
