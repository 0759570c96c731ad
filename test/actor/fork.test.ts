import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import { describe, expect, it } from "vitest"
import { Actor, ActorSystem } from "../../src/actor/index.ts"
import { VirtualTime } from "../../src/testing/index.ts"
import { given } from "./given.ts"

interface Line {
  readonly level: string
  readonly message: unknown
  readonly cause: unknown
  readonly annotations: unknown
}

/** A system whose log is kept, under virtual time. */
const givenLogged = (): { virtual: VirtualTime; system: ActorSystem; lines: ReadonlyArray<Line> } => {
  const lines: Array<Line> = []
  const logger = Logger.make(({ message, logLevel, cause, fiber }) => {
    const annotations = fiber.getRef(References.CurrentLogAnnotations)
    lines.push({ level: logLevel, message, cause: Cause.squash(cause), annotations })
  })
  const virtual = new VirtualTime()
  const context = virtual.context.pipe(
    Context.add(References.MinimumLogLevel, "All"),
    Context.add(Logger.CurrentLoggers, new Set([logger]))
  )
  return { virtual, system: new ActorSystem(context), lines }
}

const protocol = {
  Fork: Actor.message<{ effect: Effect.Effect<unknown, unknown> }>(),
  Pipe: Actor.message<{ effect: Effect.Effect<unknown, unknown>; clumsy?: boolean }>(),
  Note: Actor.message<{ text: string }>(),
  Block: Actor.message<{ ms: number }>(),
  Crash: Actor.message()
}

const forking = (log: Array<string> = []) =>
  Actor.make("Forking", {
    protocol,
    initial: () => {},
    handlers: {
      Fork: (_state, { effect }, { fork }) => fork(effect),
      Pipe: (_state, { effect, clumsy = false }, { pipeToSelf }) =>
        pipeToSelf(effect, (exit) => {
          if (clumsy) throw new Error("clumsy")
          return ["Note", { text: Exit.isSuccess(exit) ? String(exit.value) : "failed" }]
        }),
      Note: (_state, { text }) => {
        log.push(text)
      },
      Block: (_state, { ms }) => Effect.sleep(ms),
      Crash: () => {
        throw new Error("crash")
      }
    }
  })

describe("L1: what an actor does before its restart", () => {
  const failing = (beforeRestart: () => Effect.Effect<void, unknown>) =>
    Actor.make("Failing", {
      protocol: { Crash: Actor.message() },
      initial: 0,
      handlers: {
        Crash: () => {
          throw new Error("crash")
        }
      },
      beforeRestart
    })

  it("is a warning with the actor's name where it fails, and the restart goes on", () => {
    const { virtual, system, lines } = givenLogged()
    const ref = system.spawn(
      failing(() => Effect.fail(new Error("cannot"))),
      { name: "a" }
    )
    ref.tell("Crash")
    virtual.settle()
    expect(ref.cell.restarts).toBe(1)
    const warning = { level: "Warn", message: ["actor.hook_failed"], annotations: { actor: "a" } }
    expect(lines).toEqual([{ ...warning, cause: new Error("cannot") }])
  })

  it("is interrupted where it comes to no end within the shutdown timeout, and the restart goes on", () => {
    const { virtual, system } = givenLogged()
    const ref = system.spawn(
      failing(() => Effect.never),
      { shutdownTimeout: 50 }
    )
    ref.tell("Crash")
    virtual.advance(49)
    expect([ref.cell.status, ref.cell.restarts]).toEqual(["leaving", 0])
    virtual.advance(1)
    expect([ref.cell.status, ref.cell.restarts, virtual.nextDue]).toEqual(["running", 1, undefined])
  })
})

describe("K2: what runs beside the mailbox", () => {
  it("an effect in fork that fails, or dies, is a warning with the actor's name, and the actor goes on", () => {
    const { virtual, system, lines } = givenLogged()
    const log: Array<string> = []
    const ref = system.spawn(forking(log), { name: "a" })
    for (const effect of [Effect.fail(new Error("failed")), Effect.die(new Error("died"))]) {
      ref.tell("Fork", { effect: Effect.andThen(Effect.sleep(5), effect) })
    }
    virtual.advance(5)
    ref.tell("Note", { text: "still here" })
    virtual.settle()
    const warning = { level: "Warn", message: ["actor.fork_failed"], annotations: { actor: "a" } }
    expect(lines).toEqual(["failed", "died"].map((text) => ({ ...warning, cause: new Error(text) })))
    expect([log, ref.cell.restarts]).toEqual([["still here"], 0])
  })

  it("one that succeeds, or is interrupted, also by the actor's stop or restart, is no warning", () => {
    const { virtual, system, lines } = givenLogged()
    const ref = system.spawn(forking())
    ref.tell("Fork", { effect: Effect.sleep(1) })
    virtual.advance(1)
    ref.tell("Fork", { effect: Effect.never })
    ref.tell("Crash")
    ref.tell("Fork", { effect: Effect.never })
    ref.tell("Fork", { effect: Effect.interrupt })
    virtual.settle()
    expect(ref.cell.restarts).toBe(1)
    virtual.run(system.stop(ref))
    virtual.settle()
    expect(lines).toEqual([])
  })

  it("pipeToSelf: a failure is a message and no warning; a message that cannot be made is one", () => {
    const { virtual, system, lines } = givenLogged()
    const log: Array<string> = []
    const ref = system.spawn(forking(log), { name: "a" })
    ref.tell("Pipe", { effect: Effect.fail("no") })
    virtual.settle()
    expect([log, lines]).toEqual([["failed"], []])
    ref.tell("Pipe", { effect: Effect.succeed("yes"), clumsy: true })
    virtual.settle()
    expect(lines).toMatchObject([{ message: ["actor.fork_failed"], cause: { message: "clumsy" } }])
  })

  it("pipeToSelf: what comes of the effect waits for room where the mailbox is full, and is not lost (B1)", () => {
    const { virtual, system } = given()
    const log: Array<string> = []
    const mailbox = { kind: "bounded", capacity: 1, overflow: "backpressure" } as const
    const ref = system.spawn(forking(log), { mailbox })
    ref.tell("Pipe", { effect: Effect.as(Effect.sleep(5), "piped") })
    virtual.settle()
    ref.tell("Block", { ms: 10 })
    virtual.settle()
    expect(ref.tell("Note", { text: "told" })).toBe(true)
    virtual.advance(20)
    expect(log).toEqual(["told", "piped"])
  })

  it("pipeToSelf: what comes of the effect while the actor is stopping is a dead letter (M5)", () => {
    const { virtual, system } = given()
    const ref = system.spawn(forking(), { name: "a" })
    ref.tell("Pipe", { effect: Effect.as(Effect.sleep(5), "piped") })
    virtual.settle()
    ref.tell("Block", { ms: 10 })
    virtual.settle()
    virtual.run(system.stop(ref))
    expect(system.deadLetters.list()).toMatchObject([
      { actor: "a", tag: "Note", payload: { text: "piped" }, reason: "refused" }
    ])
  })
})
