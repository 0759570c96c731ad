import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { Actor, type AnyRef, type Backoff, describeExit, type SpawnOptions } from "../../src/actor/index.ts"
import { diary, given } from "./given.ts"

const backoff: Backoff = { base: 10, max: 10, jitter: 0 }

/** With and without a pause before each restart. */
const both: ReadonlyArray<SpawnOptions> = [{}, { backoff }]

interface Household {
  readonly log: Array<string>
  /** Spawns a child of that name at each start, before it may fail. */
  readonly ownChild?: string
  readonly onStart?: (start: number) => void
  /** How long its children take to stop. */
  readonly stopMs?: number
}

/** An actor with children. */
const household = ({ log, ownChild, onStart, stopMs = 0 }: Household) => {
  let starts = 0
  return Actor.make("Household", {
    protocol: {
      Spawn: Actor.message<{ name: string }>(),
      Watch: Actor.message<{ ref: AnyRef }>(),
      Children: Actor.ask<Record<never, never>, ReadonlyArray<string>>(),
      Note: Actor.message<{ text: string }>(),
      Crash: Actor.message()
    },
    initial: ({ spawn }) => {
      starts += 1
      if (ownChild !== undefined) spawn(diary({ log, stopMs }), { name: ownChild })
      onStart?.(starts)
      return starts
    },
    handlers: {
      Spawn: (start, { name }, { spawn }) => {
        spawn(diary({ log, stopMs }), { name })
        return start
      },
      Watch: (start, { ref }, { watch }) => {
        watch(ref)
        return start
      },
      Children: (start, _payload, { name, system, reply }) => {
        const own = system.inspect().tree.find((node) => node.name === name)
        reply(own?.children.map((child) => child.name) ?? [])
        return start
      },
      Note: (start, { text }) => {
        log.push(`${text} in ${start}`)
        return start
      },
      Crash: () => {
        throw new Error("crash")
      }
    },
    terminated: (start, { ref, reason }) => {
      log.push(`${ref.name} ${describeExit(reason)}, told to ${start}`)
      return start
    }
  })
}

describe("K1: a restart and the children", () => {
  it("they have stopped before the new instance starts, without them; mail and notices wait for it", () => {
    for (const options of both) {
      const { virtual, system } = given()
      const log: Array<string> = []
      const other = system.spawn(diary(), { name: "other" })
      const onStart = (start: number): void => {
        log.push(`start ${start}`)
      }
      const ref = system.spawn(household({ log, onStart, stopMs: 20 }), { ...options, name: "h" })
      for (const name of ["a", "b"]) ref.tell("Spawn", { name })
      ref.tell("Watch", { ref: other })
      virtual.settle()
      ref.tell("Crash")
      virtual.settle()
      ref.tell("Note", { text: "waited" })
      virtual.run(system.stop(other))
      virtual.advance(19)
      expect(log.some((line) => line === "start 2" || line.includes(" in "))).toBe(false)
      virtual.advance(11)
      expect(log.slice(-4).sort()).toEqual([
        "h/b stopping: was stopped",
        "other was stopped, told to 2",
        "start 2",
        "waited in 2"
      ])
      expect(virtual.run(ref.ask("Children", {}))).toEqual([])
    }
  })

  it("a second crash, in the mail that waited, stops the children spawned in between", () => {
    for (const options of both) {
      const { virtual, system } = given()
      const log: Array<string> = []
      const ref = system.spawn(household({ log, stopMs: 20 }), { ...options, name: "h" })
      ref.tell("Spawn", { name: "a" })
      ref.tell("Crash")
      const before = virtual.fork(ref.ask("Children", {}))
      ref.tell("Spawn", { name: "b" })
      const between = virtual.fork(ref.ask("Children", {}))
      ref.tell("Crash")
      const after = virtual.fork(ref.ask("Children", {}))
      virtual.advance(100)
      expect([before, between, after].map((fiber) => fiber.pollUnsafe())).toMatchObject([
        { value: [] },
        { value: ["h/b"] },
        { value: [] }
      ])
      expect(log).toEqual(["h/a started", "h/a stopping: was stopped", "h/b started", "h/b stopping: was stopped"])
    }
  })

  it("those spawned in a first start that fails are stopped, and the actor ends after them", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const onStart = (): void => {
      throw new Error("no start")
    }
    const ref = system.spawn(household({ log, ownChild: "own", onStart, stopMs: 20 }), { name: "h" })
    ref.cell.onEnd((reason) => log.push(`h ${describeExit(reason)}`))
    virtual.advance(19)
    expect(ref.isStopped).toBe(false)
    virtual.advance(1)
    expect(log).toEqual(["h/own started", "h/own stopping: was stopped", "h failed: no start"])
  })

  it("those spawned in a later start that fails are stopped before the next try, which may use their names", () => {
    for (const options of both) {
      const { virtual, system } = given()
      const log: Array<string> = []
      const onStart = (start: number): void => {
        if (start === 2) throw new Error("no start")
      }
      const ref = system.spawn(household({ log, ownChild: "own", onStart, stopMs: 20 }), { ...options, name: "h" })
      ref.tell("Crash")
      virtual.advance(100)
      const life = ["h/own started", "h/own stopping: was stopped"]
      expect(log).toEqual([...life, ...life, "h/own started"])
      expect(virtual.run(ref.ask("Children", {}))).toEqual(["h/own"])
    }
  })
})

describe("M4: crash upon crash", () => {
  it("two in a row lose none of the mail behind them", () => {
    for (const options of both) {
      const { virtual, system } = given()
      const log: Array<string> = []
      const ref = system.spawn(household({ log }), { ...options, name: "h" })
      ref.tell("Crash")
      ref.tell("Crash")
      for (const text of ["1", "2"]) ref.tell("Note", { text })
      virtual.advance(100)
      expect(log).toEqual(["1 in 3", "2 in 3"])
    }
  })

  it("a handler that overflows the stack fails like any other", () => {
    const { virtual, system } = given()
    const Deep = Actor.make("Deep", {
      protocol: { Dive: Actor.message(), Ask: Actor.ask<Record<never, never>, string>() },
      initial: 0,
      handlers: {
        Dive: (depth) => {
          const dive = (level: number): number => 1 + dive(level + 1)
          return dive(depth)
        },
        Ask: (depth, _payload, { reply }) => {
          reply("still here")
          return depth
        }
      }
    })
    const ref = system.spawn(Deep)
    ref.tell("Dive")
    expect(virtual.run(ref.ask("Ask", {}))).toBe("still here")
  })
})

describe("S1: a spawned actor's own intensity", () => {
  it("allows so many restarts within the window, with or without a backoff, and then the actor ends", () => {
    for (const options of both) {
      const { virtual, system } = given()
      const ref = system.spawn(diary(), { ...options, name: "d", maxRestarts: 2, window: 1_000 })
      for (let count = 0; count < 2; count += 1) {
        ref.tell("Crash", {})
        virtual.advance(100)
      }
      expect(ref.isStopped).toBe(false)
      ref.tell("Crash", { text: "third" })
      virtual.settle()
      expect(ref.cell.exitReason).toMatchObject({
        _tag: "Failed",
        cause: { _tag: "RestartIntensityExceeded", child: "d", maxRestarts: 2, cause: { message: "third" } }
      })
    }
  })

  it("forgets restarts that are older than the window", () => {
    const { virtual, system } = given()
    const ref = system.spawn(diary(), { maxRestarts: 1, window: 1_000 })
    for (let count = 0; count < 5; count += 1) {
      ref.tell("Crash", {})
      virtual.advance(1_001)
    }
    expect(ref.isStopped).toBe(false)
  })
})

describe("S5: an actor that stops itself as it starts", () => {
  const kinds: ReadonlyArray<SpawnOptions> = [
    { restart: "temporary" },
    { restart: "transient" },
    { restart: "transient", backoff },
    { restart: "transient", maxRestarts: 1, window: 100 }
  ]

  const stopsAt = (start: number, place: "initial" | "started") => {
    let starts = 0
    return Actor.make("Brief", {
      protocol: { Crash: Actor.message() },
      initial: ({ stop }) => {
        starts += 1
        if (place === "initial" && starts === start) stop()
        return starts
      },
      handlers: {
        Crash: () => {
          throw new Error("crash")
        }
      },
      started: (_state, { stop }) => {
        if (place === "started" && starts === start) stop()
      }
    })
  }

  it("while it makes its first state, has ended in order, and its name is free", () => {
    for (const options of kinds) {
      const { virtual, system } = given()
      const ref = system.spawn(stopsAt(1, "initial"), { ...options, name: "brief" })
      virtual.advance(100)
      expect([ref.cell.exitReason?._tag, ref.isStopped]).toEqual(["Normal", true])
      expect(system.spawn(diary(), { name: "brief" }).isStopped).toBe(false)
    }
  })

  it("in its first hook, has ended in order", () => {
    for (const options of kinds) {
      const { virtual, system } = given()
      const ref = system.spawn(stopsAt(1, "started"), options)
      virtual.advance(100)
      expect([ref.cell.exitReason?._tag, ref.isStopped]).toEqual(["Normal", true])
    }
  })

  it("at a restart, has ended in order, and is not restarted again", () => {
    for (const options of kinds.filter(({ restart }) => restart !== "temporary")) {
      for (const place of ["initial", "started"] as const) {
        const { virtual, system } = given()
        const ref = system.spawn(stopsAt(2, place), options)
        ref.tell("Crash")
        virtual.advance(100)
        expect([ref.cell.exitReason?._tag, ref.isStopped, virtual.nextDue]).toEqual(["Normal", true, undefined])
      }
    }
  })
})

describe("L1: a start", () => {
  it("begins when the actor is spawned, and waits for no message", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    system.spawn(diary({ log }), { name: "now" })
    expect(log).toEqual(["now started"])
    system.spawn(diary({ log, startMs: 5 }), { name: "soon" })
    virtual.run(Effect.sleep(5))
    expect(log).toEqual(["now started", "soon started"])
  })
})
