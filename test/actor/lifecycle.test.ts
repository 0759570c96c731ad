import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { Actor, ActorSystem } from "../../src/actor/index.ts"
import { VirtualTime } from "../../src/testing/index.ts"
import { diary, given } from "./given.ts"

describe("L1: hooks", () => {
  it("come in order: started, before restart on the old, started and after restart on the new, stopping", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(diary({ log }), { name: "d" })
    ref.tell("Crash", { text: "boom" })
    virtual.settle()
    virtual.run(system.stop(ref))
    expect(log).toEqual([
      "d started",
      "d before restart: boom",
      "d started",
      "d after restart",
      "d stopping: was stopped"
    ])
  })

  it("a hook that fails before a restart does not prevent it; one after it is a failed start", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    let starts = 0
    const Hooked = Actor.make("Hooked", {
      protocol: { Crash: Actor.message(), Ask: Actor.ask<Record<never, never>, number>() },
      initial: () => {
        starts += 1
        return starts
      },
      handlers: {
        Crash: () => {
          throw new Error("crash")
        },
        Ask: (state, _payload, { reply }) => {
          reply(state)
          return state
        }
      },
      beforeRestart: () => {
        throw new Error("before")
      },
      afterRestart: (state) => {
        log.push(`after ${state}`)
        if (state === 2) throw new Error("after")
      }
    })
    const ref = system.spawn(Hooked)
    ref.tell("Crash")
    expect(virtual.run(ref.ask("Ask", {}))).toBe(3)
    expect(log).toEqual(["after 2", "after 3"])
  })

  it("stopping may take its time, up to the shutdown timeout", () => {
    const { virtual, system } = given()
    virtual.run(system.stop(system.spawn(diary({ stopMs: 50 }))))
    expect(virtual.now).toBe(50)
    virtual.run(system.stop(system.spawn(diary({ stopMs: 1_000 }), { shutdownTimeout: 100 })))
    expect(virtual.now).toBe(150)
  })

  it("a stop while it starts interrupts the start, and no hook is called", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(diary({ log, startMs: 1_000 }))
    virtual.advance(10)
    virtual.run(system.stop(ref))
    expect([virtual.now, log]).toEqual([10, []])
  })

  it("a stop while it waits for a backoff ends it at once, and it does not come back", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(diary({ log }), { name: "d", backoff: { base: 100, max: 100, jitter: 0 } })
    ref.tell("Crash", {})
    virtual.advance(50)
    const reason = virtual.run(system.stop(ref))
    expect(reason).toMatchObject({ _tag: "Failed" })
    expect(virtual.nextDue).toBeUndefined()
    virtual.advance(1_000)
    expect([ref.isStopped, log]).toEqual([true, ["d started", "d before restart: crash"]])
  })

  it("a stop while a failed instance is taken down ends it once", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const Slow = Actor.make("Slow", {
      protocol: { Open: Actor.message(), Crash: Actor.message() },
      initial: () => log.push("start"),
      handlers: {
        Open: (count) =>
          Effect.as(
            Effect.addFinalizer(() => Effect.sleep(50)),
            count
          ),
        Crash: () => {
          throw new Error("crash")
        }
      },
      beforeRestart: () => {
        log.push("before restart")
      }
    })
    const ref = system.spawn(Slow)
    ref.cell.onEnd(() => log.push("end"))
    ref.tell("Open")
    ref.tell("Crash")
    virtual.advance(10)
    virtual.run(system.stop(ref))
    virtual.advance(100)
    expect([log, virtual.now]).toEqual([["start", "before restart", "end"], 150])
  })

  it("stopped twice, and by two at once, it ends once and both are told", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(diary({ log, stopMs: 10 }), { name: "d" })
    virtual.settle()
    const stops = [virtual.fork(system.stop(ref)), virtual.fork(system.stop(ref))]
    virtual.advance(10)
    expect(stops.map((stop) => stop.pollUnsafe()?._tag)).toEqual(["Success", "Success"])
    virtual.run(system.stop(ref))
    expect(log).toEqual(["d started", "d stopping: was stopped"])
  })

  it("a shutdown asked for twice at once lets both wait until all has stopped", () => {
    const { virtual, system } = given()
    system.spawn(diary({ stopMs: 10 }))
    virtual.settle()
    const both = [virtual.fork(system.shutdown), virtual.fork(system.shutdown)]
    virtual.advance(10)
    expect(both.map((fiber) => fiber.pollUnsafe()?._tag)).toEqual(["Success", "Success"])
    expect(() => system.spawn(diary())).toThrow("its parent is stopping or has stopped")
    expect(virtual.nextDue).toBeUndefined()
  })

  it("a system made in a scope is shut down with it", () => {
    const virtual = new VirtualTime()
    const log: Array<string> = []
    const program = Effect.gen(function* () {
      const system = yield* ActorSystem.make()
      system.spawn(diary({ log }), { name: "d" })
      yield* Effect.sleep(1)
    })
    virtual.run(Effect.scoped(program))
    expect(log).toEqual(["d started", "d stopping: was stopped"])
  })

  it("a new instance that stops itself as it starts: `stopping` is of that one, not of the one that broke (L1)", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    let starts = 0
    const actor = Actor.make("Actor", {
      protocol: { Crash: Actor.message() },
      initial: () => {
        starts += 1
        return starts
      },
      handlers: {
        Crash: () => {
          throw new Error("crash")
        }
      },
      started: (start, { stop }) => {
        if (start === 2) stop()
      },
      stopping: (start) => {
        log.push(`stopping ${start}`)
      }
    })
    system.spawn(actor).tell("Crash")
    virtual.settle()
    expect(log).toEqual(["stopping 2"])
  })

  it("hooks may be Effects: each is awaited, and mail waits for it", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const note = (text: string) =>
      Effect.andThen(
        Effect.sleep(10),
        Effect.sync(() => {
          log.push(`${text}@${virtual.now}`)
        })
      )
    const actor = Actor.make("Slow", {
      protocol: { Note: Actor.message(), Crash: Actor.message() },
      initial: 0,
      handlers: {
        Note: (count) => {
          log.push(`note@${virtual.now}`)
          return count
        },
        Crash: () => {
          throw new Error("crash")
        }
      },
      started: () => note("started"),
      beforeRestart: () => note("before restart"),
      afterRestart: () => note("after restart"),
      stopping: () => note("stopping")
    })
    const ref = system.spawn(actor)
    for (const tag of ["Note", "Crash", "Note"] as const) ref.tell(tag)
    virtual.advance(100)
    virtual.run(system.stop(ref))
    expect(log).toEqual([
      "started@10",
      "note@10",
      "before restart@20",
      "started@30",
      "after restart@40",
      "note@40",
      "stopping@110"
    ])
  })

  it("a started hook that fails as an Effect is a failed start; a beforeRestart that fails changes nothing", () => {
    const { virtual, system } = given()
    const make = (fails: "started" | "beforeRestart") =>
      Actor.make("Failing", {
        protocol: { Crash: Actor.message() },
        initial: 0,
        handlers: {
          Crash: () => {
            throw new Error("crash")
          }
        },
        started: () => (fails === "started" ? Effect.andThen(Effect.sleep(1), Effect.fail("not ready")) : undefined),
        beforeRestart: () => Effect.fail("cannot")
      })
    const unready = system.spawn(make("started"))
    virtual.advance(10)
    expect(unready.cell.exitReason).toMatchObject({ _tag: "Failed", cause: "not ready" })
    const ref = system.spawn(make("beforeRestart"))
    ref.tell("Crash")
    virtual.settle()
    expect([ref.cell.status, ref.cell.restarts]).toEqual(["running", 1])
  })
})

describe("L2: a name is free only when its holder has fully stopped", () => {
  it("not while it is stopping", () => {
    const { virtual, system } = given()
    const ref = system.spawn(diary({ stopMs: 10 }), { name: "one" })
    expect(() => system.spawn(diary(), { name: "one" })).toThrow("the name one is taken")
    virtual.settle()
    virtual.fork(system.stop(ref))
    virtual.advance(5)
    expect(() => system.spawn(diary(), { name: "one" })).toThrow("the name one is taken")
    virtual.advance(5)
    expect(system.spawn(diary(), { name: "one" }).isStopped).toBe(false)
  })
})

const timed = (log: Array<string>) =>
  Actor.make("Timed", {
    protocol: {
      After: Actor.message<{ key: string; ms: number; text: string }>(),
      Every: Actor.message<{ key: string; ms: number; text: string }>(),
      Cancel: Actor.message<{ key: string }>(),
      Tick: Actor.message<{ text: string }>(),
      Block: Actor.message<{ ms: number }>(),
      Crash: Actor.message()
    },
    initial: 0,
    handlers: {
      After: (count, { key, ms, text }, { timers }) => {
        timers.after(key, ms, "Tick", { text })
        return count
      },
      Every: (count, { key, ms, text }, { timers }) => {
        timers.every(key, ms, "Tick", { text })
        return count
      },
      Cancel: (count, { key }, { timers }) => {
        timers.cancel(key)
        return count
      },
      Tick: (count, { text }, { now }) => {
        log.push(`${text}@${now()}`)
        return count + 1
      },
      Block: (count, { ms }) => Effect.as(Effect.sleep(ms), count),
      Crash: () => {
        throw new Error("crash")
      }
    }
  })

describe("T1: timers die with the incarnation", () => {
  it("after a restart none of them fires, and a tick that is queued already is discarded", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(timed(log))
    ref.tell("After", { key: "a", ms: 5, text: "queued" })
    ref.tell("Every", { key: "b", ms: 20, text: "running" })
    ref.tell("Block", { ms: 10 })
    ref.tell("Crash")
    virtual.advance(100)
    expect(log).toEqual([])
    expect(virtual.nextDue).toBeUndefined()
  })

  it("the same key, set again by the new instance, is the new one's", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(timed(log))
    ref.tell("After", { key: "a", ms: 5, text: "old" })
    ref.tell("Block", { ms: 10 })
    ref.tell("Crash")
    ref.tell("After", { key: "a", ms: 5, text: "new" })
    virtual.advance(100)
    expect(log).toEqual(["new@15"])
  })

  it("stopping leaves no timer behind, not even one that is set afterwards", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(timed(log))
    ref.tell("Every", { key: "a", ms: 5, text: "x" })
    virtual.advance(5)
    const instance = ref.cell.instance
    virtual.run(system.stop(ref))
    expect(virtual.nextDue).toBeUndefined()
    instance?.timers.every("late", 5, "Tick", { text: "late" })
    expect(instance).toBeDefined()
    virtual.advance(10)
    expect(virtual.nextDue).toBeUndefined()
    expect(log).toEqual(["x@5"])
  })
})

describe("T2: setting a key again replaces it", () => {
  it("also where the old tick is queued already", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(timed(log))
    ref.tell("After", { key: "a", ms: 5, text: "first" })
    ref.tell("Block", { ms: 10 })
    ref.tell("After", { key: "a", ms: 5, text: "second" })
    virtual.advance(100)
    expect(log).toEqual(["second@15"])
  })

  it("cancel discards a queued tick, and keys do not touch one another", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(timed(log))
    ref.tell("After", { key: "a", ms: 5, text: "a" })
    ref.tell("After", { key: "b", ms: 5, text: "b" })
    ref.tell("Block", { ms: 10 })
    ref.tell("Cancel", { key: "a" })
    virtual.advance(100)
    expect(log).toEqual(["b@10"])
  })

  it("every ticks evenly, and leaves out what finds the tick before unhandled", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(timed(log))
    ref.tell("Every", { key: "a", ms: 10, text: "t" })
    virtual.advance(20)
    ref.tell("Block", { ms: 35 })
    virtual.advance(40)
    expect(log).toEqual(["t@10", "t@20", "t@55", "t@60"])
  })
})
