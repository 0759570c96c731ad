import { describe, expect, it } from "vitest"
import { Actor, type ActorRef, type AnyRef, describeExit, type SpawnOptions } from "../../src/actor/index.ts"
import { diary, given, watcher } from "./given.ts"

const boom = new Error("boom")

const failing = {
  Fail: Actor.message()
}

/** A parent that watches its children, and notes its own starts, whose end it is told of, and the causes. */
const family = (log: Array<string>, causes: Array<unknown> = []) => {
  let starts = 0
  return Actor.make("Family", {
    protocol: {
      Spawn: Actor.message<{ name: string; options: SpawnOptions }>(),
      Fail: Actor.message<{ name: string }>(),
      Watch: Actor.message<{ ref: AnyRef }>(),
      Crash: Actor.message()
    },
    initial: (): ReadonlyMap<string, ActorRef<typeof failing>> => {
      starts += 1
      log.push(`start ${starts}`)
      return new Map()
    },
    handlers: {
      Spawn: (kids, { name, options }, { spawn, watch }) => {
        const kid = spawn(
          Actor.make("Kid", {
            protocol: failing,
            initial: 0,
            handlers: {
              Fail: () => {
                throw boom
              }
            }
          }),
          { ...options, name }
        )
        watch(kid)
        return new Map(kids).set(name, kid)
      },
      Fail: (kids, { name }) => {
        kids.get(name)?.tell("Fail")
        return kids
      },
      Watch: (kids, { ref }, { watch }) => {
        watch(ref)
        return kids
      },
      Crash: () => {
        throw new Error("crash")
      }
    },
    terminated: (kids, { ref, reason }) => {
      log.push(`${ref.name} ${describeExit(reason)}`)
      if (reason._tag === "Failed") causes.push(reason.cause)
      return kids
    }
  })
}

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

describe("W4: who is told", () => {
  it("those alone who watch at the time: of three, one has unwatched, and one never watched", () => {
    const { virtual, system } = given()
    const logs: ReadonlyArray<Array<string>> = [[], [], [], []]
    const target = system.spawn(diary(), { name: "t" })
    const [first, second, third] = logs.map((log) => system.spawn(watcher(log)))
    for (const ref of [first, second, third]) ref?.tell("Watch", { ref: target })
    second?.tell("Unwatch", { ref: target })
    virtual.settle()
    virtual.run(system.stop(target))
    virtual.settle()
    expect(logs).toEqual([["t was stopped"], [], ["t was stopped"], []])
  })

  it("a child of the same name, spawned after the old one has ended, is watched as another", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const Parent = Actor.make("Parent", {
      protocol: { Next: Actor.message() },
      initial: 0,
      handlers: {
        Next: (count, _payload, { spawn, watch }) => {
          const kid = spawn(diary(), { name: "kid" })
          watch(kid)
          kid.tell("Stop")
          return count + 1
        }
      },
      terminated: (count, { ref, reason }) => {
        log.push(`${ref.name} ${describeExit(reason)} (${count})`)
        return count
      }
    })
    const parent = system.spawn(Parent, { name: "p" })
    for (let count = 0; count < 2; count += 1) {
      parent.tell("Next")
      virtual.settle()
    }
    expect(log).toEqual(["p/kid stopped by itself (1)", "p/kid stopped by itself (2)"])
  })

  it("a watched child that its parent's restart stopped is told of once, to the new instance", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(family(log), { name: "p" })
    const other = system.spawn(diary(), { name: "other" })
    ref.tell("Spawn", { name: "kid", options: {} })
    ref.tell("Watch", { ref: other })
    ref.tell("Crash")
    virtual.settle()
    virtual.run(system.stop(other))
    virtual.settle()
    expect(log).toEqual(["start 1", "start 2", "p/kid was stopped", "other was stopped"])
  })
})

describe("W5: a parent that watches its child", () => {
  it("is told the very error by which a child that is not restarted ended", () => {
    const { virtual, system } = given()
    const causes: Array<unknown> = []
    const ref = system.spawn(family([], causes), { name: "p" })
    ref.tell("Spawn", { name: "kid", options: { restart: "temporary" } })
    ref.tell("Fail", { name: "kid" })
    virtual.settle()
    expect(causes).toEqual([boom])
    expect(causes[0]).toBe(boom)
  })

  it("is told that its child was given up on, with the last error as the cause", () => {
    const { virtual, system } = given()
    const causes: Array<unknown> = []
    const ref = system.spawn(family([], causes), { name: "p" })
    ref.tell("Spawn", { name: "kid", options: { maxRestarts: 0 } })
    ref.tell("Fail", { name: "kid" })
    virtual.settle()
    expect(causes).toMatchObject([{ _tag: "RestartIntensityExceeded", child: "p/kid", cause: boom }])
  })
})

describe("W6: an unhandled notice", () => {
  it("is passed over where nobody asked for more: the watcher goes on", () => {
    const { virtual, system } = given()
    const Careless = Actor.make("Careless", {
      protocol: { Watch: Actor.message<{ ref: AnyRef }>(), Ask: Actor.ask<Record<never, never>, string>() },
      initial: 0,
      handlers: {
        Watch: (count, { ref }, { watch }) => {
          watch(ref)
          return count
        },
        Ask: (count, _payload, { reply }) => {
          reply("still here")
          return count
        }
      }
    })
    const target = system.spawn(diary(), { restart: "temporary" })
    const ref = system.spawn(Careless, { restart: "temporary" })
    ref.tell("Watch", { ref: target })
    target.tell("Crash", {})
    virtual.settle()
    expect([target.isStopped, virtual.run(ref.ask("Ask", {}))]).toEqual([true, "still here"])
    expect(system.deadLetters.take().map(({ tag }) => tag)).toEqual(["Crash"])
  })
})
