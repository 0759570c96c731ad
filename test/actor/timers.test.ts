import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { Actor, type SpawnOptions } from "../../src/actor/index.ts"
import { given } from "./given.ts"

interface Ticking {
  readonly log: Array<string>
  /** Throws at these starts, after the timer is set. */
  readonly failingStarts?: ReadonlyArray<number>
  readonly stopMs?: number
  /** The key of the timer that a start sets. */
  readonly keyOf?: (start: number) => string
}

/** One key for all starts, which each sets anew; and a key of its own for each, which nobody sets again. */
const keys: ReadonlyArray<(start: number) => string> = [() => "tick", (start) => `tick ${start}`]

/** An actor that sets a repeated timer at each start, and stops, fails or blocks on request. */
const ticking = ({ log, failingStarts = [], stopMs = 0, keyOf = () => "tick" }: Ticking) => {
  let starts = 0
  return Actor.make("Ticking", {
    protocol: {
      Tick: Actor.message<{ start: number }>(),
      Once: Actor.message<{ key: string; ms: number }>(),
      Cancel: Actor.message<{ key: string }>(),
      Ring: Actor.message<{ key: string }>(),
      Block: Actor.message<{ ms: number }>(),
      Stop: Actor.message(),
      Crash: Actor.message()
    },
    initial: ({ timers }) => {
      starts += 1
      timers.every(keyOf(starts), 10, "Tick", { start: starts })
      if (failingStarts.includes(starts)) throw new Error(`start ${starts}`)
      return starts
    },
    handlers: {
      Tick: (count, { start }, { now }) => {
        log.push(`tick of ${start} at ${now()}`)
        return count
      },
      Once: (count, { key, ms }, { timers }) => {
        timers.after(key, ms, "Ring", { key })
        return count
      },
      Cancel: (count, { key }, { timers }) => {
        timers.cancel(key)
        return count
      },
      Ring: (count, { key }, { now }) => {
        log.push(`${key} at ${now()}`)
        return count
      },
      Block: (count, { ms }) => Effect.as(Effect.sleep(ms), count),
      Stop: (count, _payload, { stop }) => {
        stop()
        return count
      },
      Crash: () => {
        throw new Error("crash")
      }
    },
    stopping: () => (stopMs === 0 ? undefined : Effect.sleep(stopMs))
  })
}

describe("T1: timers die with the incarnation", () => {
  it("a timer that each start sets anew rings for the latest start alone, from its own beginning", () => {
    for (const keyOf of keys) {
      const { virtual, system } = given()
      const log: Array<string> = []
      const ref = system.spawn(ticking({ log, keyOf }))
      virtual.advance(10)
      ref.tell("Block", { ms: 15 })
      ref.tell("Crash")
      virtual.advance(35)
      expect(log).toEqual(["tick of 1 at 10", "tick of 2 at 35", "tick of 2 at 45"])
    }
  })

  it("a timer set in a start that fails never rings, neither for the next start nor as a dead letter", () => {
    for (const keyOf of keys) {
      const { virtual, system } = given()
      const log: Array<string> = []
      const backoff = { base: 25, max: 25, jitter: 0 }
      const ref = system.spawn(ticking({ log, failingStarts: [2], keyOf }), { backoff })
      ref.tell("Crash")
      virtual.advance(65)
      expect(log).toEqual(["tick of 3 at 60"])
      expect(system.deadLetters.take().map(({ tag }) => tag)).toEqual(["Crash"])
    }
  })

  it("no tick of a failed instance is kept for the one after its backoff", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(ticking({ log }), { backoff: { base: 25, max: 25, jitter: 0 } })
    ref.tell("Once", { key: "once", ms: 20 })
    ref.tell("Crash")
    virtual.advance(36)
    expect(log).toEqual(["tick of 2 at 35"])
  })

  it("an actor that stops by itself, or fails for good, leaves none behind", () => {
    for (const end of ["Stop", "Crash"] as const) {
      const { virtual, system } = given()
      const log: Array<string> = []
      const ref = system.spawn(ticking({ log }), { restart: "temporary" } satisfies SpawnOptions)
      virtual.advance(10)
      ref.tell(end)
      virtual.settle()
      expect([ref.isStopped, virtual.nextDue, log]).toEqual([true, undefined, ["tick of 1 at 10"]])
    }
  })

  it("while an actor takes its time to stop, its ticks are neither handled nor dead letters", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(ticking({ log, stopMs: 50 }))
    ref.tell("Stop")
    virtual.advance(100)
    expect([ref.isStopped, virtual.nextDue, log]).toEqual([true, undefined, []])
    expect(system.deadLetters.count()).toBe(0)
  })
})

describe("T2: one key, one timer", () => {
  it("after rings once and leaves nothing to wait for", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(ticking({ log }))
    ref.tell("Cancel", { key: "tick" })
    ref.tell("Once", { key: "once", ms: 5 })
    virtual.advance(5)
    expect([log, virtual.nextDue]).toEqual([["once at 5"], undefined])
  })

  it("cancel ends a repeated timer that has rung, also the tick that is in the mailbox", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(ticking({ log }))
    virtual.advance(10)
    ref.tell("Block", { ms: 15 })
    ref.tell("Cancel", { key: "tick" })
    virtual.advance(50)
    expect([log, virtual.nextDue]).toEqual([["tick of 1 at 10"], undefined])
  })
})

describe("T1: timers and handlers", () => {
  it("timers and their queued ticks outlive become (T1)", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const Changing = Actor.make("Changing", {
      protocol: { Tick: Actor.message(), Change: Actor.message(), Block: Actor.message<{ ms: number }>() },
      initial: ({ timers }) => {
        timers.every("tick", 10, "Tick")
      },
      handlers: {
        Tick: (_state, _payload, { now }) => {
          log.push(`first at ${now()}`)
        },
        Change: (_state, _payload, { become }) => {
          become({
            Tick: (_before, __, { now }) => {
              log.push(`second at ${now()}`)
            }
          })
        },
        Block: (_state, { ms }) => Effect.sleep(ms)
      }
    })
    const ref = system.spawn(Changing)
    virtual.advance(15)
    ref.tell("Block", { ms: 7 })
    ref.tell("Change")
    virtual.advance(20)
    expect(log).toEqual(["first at 10", "second at 22", "second at 30"])
  })
})

describe("T1: a period of nothing", () => {
  it("every and idle ring once a millisecond at most, so that time goes on", () => {
    for (const ms of [0, -5, 0.1, Number.NaN]) {
      for (const kind of ["every", "idle"] as const) {
        const { virtual, system } = given()
        const log: Array<number> = []
        const Restless = Actor.make("Restless", {
          protocol: { Tick: Actor.message() },
          initial: ({ timers }) => {
            if (kind === "every") timers.every("tick", ms, "Tick")
            else timers.idle(ms, "Tick")
          },
          handlers: {
            Tick: (_state, _payload, { now }) => {
              log.push(now())
            }
          }
        })
        system.spawn(Restless)
        virtual.advance(3)
        expect([ms, kind, log]).toEqual([ms, kind, [1, 2, 3]])
      }
    }
  })
})
