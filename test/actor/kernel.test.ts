import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { Actor, ActorSystem } from "../../src/actor/index.ts"
import { VirtualTime } from "../../src/testing/index.ts"
import { diary, given } from "./given.ts"

describe("K1: an actor is a mailbox, a behaviour and a scope", () => {
  it("an idle actor holds no fiber, no timer and no task", () => {
    const { virtual, system } = given()
    for (let count = 0; count < 100; count += 1) system.spawn(diary()).tell("Say", { text: "hello" })
    virtual.settle()
    expect([virtual.readyTasks, virtual.nextDue]).toEqual([0, undefined])
  })

  it("what a handler opens in its scope is closed when the actor stops, and when it restarts", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const Opener = Actor.make("Opener", {
      protocol: { Open: Actor.message<{ what: string }>(), Crash: Actor.message() },
      initial: 0,
      handlers: {
        Open: (count, { what }) =>
          Effect.acquireRelease(
            Effect.sync(() => log.push(`open ${what}`)),
            () => Effect.sync(() => log.push(`close ${what}`))
          ).pipe(Effect.as(count + 1)),
        Crash: () => {
          throw new Error("crash")
        }
      }
    })
    const ref = system.spawn(Opener)
    ref.tell("Open", { what: "a" })
    ref.tell("Crash")
    ref.tell("Open", { what: "b" })
    virtual.run(Effect.andThen(Effect.sleep(1), system.stop(ref)))
    expect(log).toEqual(["open a", "close a", "open b", "close b"])
  })

  it("its children stop with it, and nobody is spawned under a parent that stops", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const Parent = Actor.make("Parent", {
      protocol: { Spawn: Actor.message<{ name: string }>() },
      initial: 0,
      handlers: {
        Spawn: (count, { name }, context) => {
          context.spawn(diary({ log, stopMs: 10 }), { name })
          // Still alive while the children stop: it must not add one that nobody stops.
          context.fork(
            Effect.sleep(15).pipe(
              Effect.andThen(
                Effect.sync(() => {
                  try {
                    context.spawn(diary({ log }), { name: `${name}-late` })
                  } catch (cause) {
                    log.push(cause instanceof Error ? cause.message : String(cause))
                  }
                })
              )
            )
          )
          return count + 1
        }
      }
    })
    const ref = system.spawn(Parent, { name: "p" })
    ref.tell("Spawn", { name: "c" })
    virtual.advance(10)
    virtual.run(system.stop(ref))
    expect(log).toEqual([
      "p/c started",
      "p/c stopping: was stopped",
      "c-late: its parent is stopping or has stopped (children() lists the children and their states)"
    ])
  })
})

describe("K2: synchronous handlers and effects in one mailbox", () => {
  it("while an effect runs, the mail behind it waits, and keeps its order", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const ref = system.spawn(diary({ log }), { name: "d" })
    ref.tell("Say", { text: "1" })
    ref.tell("Slow", { text: "2", ms: 10 })
    ref.tell("Say", { text: "3" })
    ref.tell("Slow", { text: "4", ms: 10 })
    ref.tell("Say", { text: "5" })
    virtual.advance(9)
    expect(log).toEqual(["d started", "d: 1"])
    virtual.advance(11)
    expect(log).toEqual(["d started", "d: 1", "d: 2", "d: 3", "d: 4", "d: 5"])
  })

  it("an actor that floods itself starves neither another actor nor a timer", async () => {
    const system = new ActorSystem(await Effect.runPromise(Effect.context<never>()))
    let floods = 0
    const Flood = Actor.make("Flood", {
      protocol: { Again: Actor.message() },
      initial: 0,
      handlers: {
        Again: (count, _payload, { self }) => {
          floods += 1
          self.tell("Again")
          return count
        }
      }
    })
    const Timed = Actor.make("Timed", {
      protocol: { Start: Actor.ask<Record<never, never>, string>(), Tick: Actor.message() },
      initial: (): ((text: string) => void) => () => {},
      handlers: {
        Start: (_reply, _payload, context) => {
          context.timers.after("t", 5, "Tick")
          return context.replier()
        },
        Tick: (reply) => {
          reply("ticked")
          return reply
        }
      }
    })
    const flood = system.spawn(Flood)
    flood.tell("Again")
    expect(await system.spawn(Timed).askPromise("Start", {})).toBe("ticked")
    expect(floods).toBeGreaterThan(100)
    await Effect.runPromise(system.shutdown)
  })

  it("each of two flooded actors gets its turn after at most a batch of the other", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const refs = ["a", "b"].map((name) => system.spawn(diary({ log }), { name }))
    for (let count = 0; count < 200; count += 1) for (const ref of refs) ref.tell("Say", { text: "x" })
    virtual.settle()
    const said = log.filter((line) => line.endsWith(": x"))
    expect(said.indexOf("b: x")).toBe(64)
    expect(said.lastIndexOf("a: x")).toBeGreaterThan(said.length - 64)
  })

  it("a drain that has had its time slice lets others on before it goes on", () => {
    const { virtual, system } = given()
    let time = 0
    virtual.monotonicTimeNanosUnsafe = () => BigInt(time) * 1_000_000n
    const Busy = Actor.make("Busy", {
      protocol: { Work: Actor.message() },
      initial: 0,
      handlers: {
        Work: (count) => {
          time += 1
          return count + 1
        }
      }
    })
    const ref = system.spawn(Busy)
    for (let count = 0; count < 500; count += 1) ref.tell("Work")
    let left = Number.NaN
    virtual.fork(
      Effect.andThen(
        Effect.yieldNow,
        Effect.sync(() => {
          left = ref.cell.depth
        })
      )
    )
    virtual.settle()
    expect(left).toBe(500 - 64)
    expect(ref.cell.depth).toBe(0)
  })

  it("stopping interrupts an effect that is still running when the shutdown timeout is over", () => {
    const { virtual, system } = given()
    const ref = system.spawn(diary(), { shutdownTimeout: 100 })
    ref.tell("Slow", { text: "never", ms: 10_000 })
    virtual.settle()
    virtual.run(system.stop(ref))
    expect(virtual.now).toBe(100)
    expect(system.deadLetters.take()).toMatchObject([{ tag: "Slow", reason: "failed" }])
  })
})

describe("K4: time and chance come from Effect's services", () => {
  it("the same seed draws the same, and now() is the clock's", () => {
    const draw = (seed: number): ReadonlyArray<number> => {
      const virtual = new VirtualTime({ seed })
      const system = new ActorSystem(virtual.context)
      const Dice = Actor.make("Dice", {
        protocol: { Roll: Actor.ask<Record<never, never>, ReadonlyArray<number>>() },
        initial: 0,
        handlers: {
          Roll: (count, _payload, context) => {
            context.reply([context.random(), context.random(), context.now()])
            return count
          }
        }
      })
      virtual.advance(42)
      return virtual.run(system.spawn(Dice).ask("Roll", {}))
    }
    expect(draw(3)).toEqual(draw(3))
    expect(draw(3)).not.toEqual(draw(4))
    expect(draw(3)[2]).toBe(42)
  })
})

describe("stopping several", () => {
  it("stops them all at once, and is done when the last has ended; those that have ended before are passed over", () => {
    const { virtual, system } = given()
    const [quick, slow, gone] = [0, 30, 0].map((stopMs) => system.spawn(diary({ stopMs })))
    if (quick === undefined || slow === undefined || gone === undefined) throw new Error("three were spawned")
    virtual.run(system.stop(gone))
    const stopping = virtual.fork(system.stopAll([quick, slow, gone]))
    virtual.settle()
    expect([quick.isStopped, slow.isStopped, stopping.pollUnsafe()]).toEqual([true, false, undefined])
    virtual.advance(30)
    expect([slow.isStopped, stopping.pollUnsafe()?._tag]).toEqual([true, "Success"])
    expect(virtual.run(system.stopAll([]))).toBeUndefined()
  })
})

describe("K5: one sleeper serves all timers and ask timeouts", () => {
  it("a thousand asks that wait are behind one sleeping fiber, which is gone when they are answered; at once, none is needed", () => {
    const { virtual, system } = given()
    let sleeps = 0
    const sleep = virtual.sleep.bind(virtual)
    virtual.sleep = (duration) => {
      sleeps += 1
      return sleep(duration)
    }
    const ref = system.spawn(diary(), { mailbox: { kind: "unbounded" } })
    const asked = (ms?: number) =>
      Array.from({ length: 1_000 }, (_, index) =>
        virtual.fork(ref.ask("Echo", { text: String(index), ...(ms !== undefined && { ms }) }))
      )
    const atOnce = asked()
    virtual.settle()
    expect(atOnce.every((fiber) => fiber.pollUnsafe()?._tag === "Success")).toBe(true)
    expect([sleeps, virtual.nextDue]).toEqual([0, undefined])
    const fibers = asked(1)
    virtual.settle()
    // One for the questions, one for the handler that is at the first of them.
    expect(sleeps).toBe(2)
    virtual.advance(1_000)
    expect(fibers.every((fiber) => fiber.pollUnsafe()?._tag === "Success")).toBe(true)
    expect(virtual.nextDue).toBeUndefined()
  })

  it("fires in order of time, then of setting; a later, shorter one comes first", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    for (const [name, ms] of [["c", 30] as const, ["a", 10] as const, ["d", 30] as const, ["b", 20] as const]) {
      system.timers.after(ms, () => log.push(`${name}@${virtual.now}`))
    }
    const cancel = system.timers.after(5, () => log.push("cancelled"))
    cancel()
    virtual.advance(30)
    expect(log).toEqual(["a@10", "b@20", "c@30", "d@30"])
  })
})
