import { describe, expect, it } from "vitest"
import { Actor, type Directive } from "../../../src/actor/index.ts"
import { diary, failureOf, given, watcher } from "../given.ts"
import { child, failingAt, supervised } from "./given.ts"

/** A decision for each message of an error; restart for the rest. */
const deciding =
  (decisions: Readonly<Record<string, Directive>>) =>
  (cause: unknown): Directive =>
    (cause instanceof Error ? decisions[cause.message] : undefined) ?? "restart"

const resuming = (): Directive => "resume"

describe("S14: a decision for each failure", () => {
  it("each failure gets the decision that onFailure gives for its cause: resumed, restarted, stopped (S14)", () => {
    const onFailure = deciding({ minor: "resume", fatal: "stop" })
    const { virtual, supervisor, ref, statuses } = supervised({ children: [child("a", diary(), { onFailure })] })
    const a = ref("a")
    const textsAfter = (text: string): ReadonlyArray<string> => {
      a.tell("Crash", { text })
      return virtual.run(a.ask("Texts", {}))
    }
    a.tell("Say", { text: "before" })
    expect(textsAfter("minor")).toEqual(["before"])
    expect(textsAfter("serious")).toEqual([])
    expect(supervisor.children()).toMatchObject([{ id: "a", restarts: 1 }])
    a.tell("Crash", { text: "fatal" })
    virtual.settle()
    expect(statuses()).toEqual({ a: "down" })
  })

  it("resume goes on with the state from before the message, runs no hook, and the message is a dead letter (S14)", () => {
    const log: Array<string> = []
    const { virtual, system, ref } = supervised({ children: [child("a", diary({ log }), { onFailure: resuming })] })
    const a = ref("a")
    a.tell("Say", { text: "kept" })
    virtual.settle()
    log.length = 0
    a.tell("Crash", {})
    a.tell("CrashLater", { ms: 5 })
    expect(virtual.run(a.ask("Texts", {}))).toEqual(["kept"])
    expect(log).toEqual([])
    expect(system.deadLetters.list().map(({ tag, reason }) => `${tag}: ${reason}`)).toEqual([
      "Crash: failed",
      "CrashLater: failed"
    ])
  })

  it("a start that fails cannot be resumed: there is no state to go on with (S14)", () => {
    const onFailure = deciding({ "start 2": "resume" })
    const actor = diary({ onStart: failingAt(2) })
    const { virtual, supervisor, ref, statuses } = supervised({ children: [child("a", actor, { onFailure })] })
    ref("a").tell("Crash", {})
    virtual.settle()
    expect([statuses(), supervisor.children()[0]?.restarts]).toEqual([{ a: "running" }, 2])
  })

  it("nor can a first start: the supervisor's start fails with it, and a spawned actor ends (S8, S14)", () => {
    const { virtual, system } = given()
    const unborn = () => diary({ onStart: failingAt(1) })
    const children = [child("a", unborn(), { onFailure: resuming })]
    const starting = system.supervise({ name: "sup", strategy: "one-for-one", children })
    expect(failureOf(virtual, starting).message).toBe("sup/a could not be started: start 1")
    const noted: Array<string> = []
    const options = { name: "spawned", onFailure: resuming }
    system.spawn(watcher(noted)).tell("Watch", { ref: system.spawn(unborn(), options) })
    virtual.settle()
    expect(noted).toEqual(["spawned failed: start 1"])
  })

  it("one that stops itself as it starts has ended, also where every failure is resumed (S14)", () => {
    const { virtual, system } = given()
    const noted: Array<string> = []
    const watching = system.spawn(watcher(noted))
    const first = Actor.make("First", {
      protocol: { Say: Actor.message() },
      initial: ({ stop }) => {
        stop()
        return 0
      },
      handlers: { Say: (count) => count }
    })
    const second = Actor.make("Second", {
      protocol: { Say: Actor.message() },
      initial: 0,
      handlers: { Say: (count) => count },
      started: (_count, { stop }) => stop()
    })
    for (const behaviour of [first, second]) {
      const options = { name: behaviour.name, onFailure: resuming }
      watching.tell("Watch", { ref: system.spawn(behaviour, options) })
    }
    virtual.settle()
    expect(noted).toEqual(["First stopped by itself", "Second stopped by itself"])
  })
})
