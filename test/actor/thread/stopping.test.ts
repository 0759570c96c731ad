import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { Actor, type Terminated } from "../../../src/actor/index.ts"
import { failureOf, givenDiary, givenSystem, worker } from "./given.ts"

describe("an actor on a thread that stops", () => {
  it("runs its stop hook in its thread, and is awaited", async () => {
    const system = givenSystem()
    const diary = givenDiary()
    const ref = system.spawn(worker({ log: diary.file, stopMs: 20 }))
    await ref.askPromise("Texts", {})
    expect(await Effect.runPromise(system.stop(ref))).toEqual({ _tag: "Shutdown" })
    expect(diary.lines()).toEqual(["started", "stopping: was stopped", "stopped"])
  })

  it("finishes the message it is at; those behind it are dead letters", async () => {
    const system = givenSystem()
    const diary = givenDiary()
    const ref = system.spawn(worker({ log: diary.file }))
    await ref.askPromise("Texts", {})
    ref.tell("Slow", { text: "slow", ms: 30 })
    ref.tell("Say", { text: "a" })
    const behind = failureOf(ref.askPromise("Texts", {}))
    await diary.written("slow")
    await Effect.runPromise(system.stop(ref))
    expect(await behind).toMatchObject({ _tag: "ActorStopped", reason: { _tag: "Shutdown" } })
    expect(system.deadLetters.list()).toMatchObject([{ tag: "Say", payload: { text: "a" }, reason: "stopped" }])
    expect(diary.lines()).toContain("stopped")
  })

  it("by itself ends normally, and its watchers learn of it (W5)", async () => {
    const system = givenSystem()
    const diary = givenDiary()
    const ref = system.spawn(worker({ log: diary.file }))
    const noticed = Promise.withResolvers<Terminated>()
    const watcher = Actor.make("Watcher", {
      protocol: { Ready: Actor.ask<Record<never, never>, boolean>() },
      initial: (context) => context.watch(ref),
      handlers: {
        Ready: (state, _payload, { reply }) => {
          reply(true)
          return state
        }
      },
      terminated: (state, notice) => {
        noticed.resolve(notice)
        return state
      }
    })
    await system.spawn(watcher).askPromise("Ready", {})
    ref.tell("Stop", {})
    ref.tell("Say", { text: "behind" })
    const notice = await noticed.promise
    expect(notice.reason).toEqual({ _tag: "Normal" })
    expect(notice.ref).toBe(ref)
    expect(ref.isStopped).toBe(true)
    expect(system.deadLetters.list()).toMatchObject([{ tag: "Say", reason: "stopped" }])
    expect(diary.lines()).toEqual(["started", "stopping: stopped by itself", "stopped"])
  })

  it("by itself, though permanent, is started anew with its mail", async () => {
    const system = givenSystem()
    const ref = system.spawn(worker(), { restart: "permanent" })
    ref.tell("Say", { text: "before" })
    ref.tell("Stop", {})
    ref.tell("Say", { text: "after" })
    expect(await ref.askPromise("Texts", {})).toEqual(["after"])
  })

  it("is terminated where it blocks its thread for longer than its shutdown timeout (S9)", async () => {
    const system = givenSystem()
    const diary = givenDiary()
    const ref = system.spawn(worker({ log: diary.file }), { shutdownTimeout: 100 })
    ref.tell("Loop", {})
    ref.tell("Say", { text: "behind" })
    const owed = failureOf(ref.askPromise("Texts", {}, { timeout: 60_000 }))
    await diary.written("looping")
    await Effect.runPromise(system.stop(ref))
    expect(await owed).toMatchObject({ _tag: "ActorStopped" })
    expect(system.deadLetters.list().map(({ tag, reason }) => [tag, reason])).toEqual([
      ["Loop", "failed"],
      ["Say", "stopped"]
    ])
  })

  it("before it has started ends its thread as well", async () => {
    const system = givenSystem()
    const ref = system.spawn(worker())
    ref.tell("Say", { text: "early" })
    await Effect.runPromise(system.stop(ref))
    expect(ref.isStopped).toBe(true)
    expect(system.deadLetters.list()).toMatchObject([{ tag: "Say", reason: "stopped" }])
  })

  it("refuses what comes later, as any other", async () => {
    const system = givenSystem()
    const ref = system.spawn(worker())
    await Effect.runPromise(system.stop(ref))
    expect(ref.tell("Say", { text: "late" })).toBe(false)
    expect(await failureOf(ref.askPromise("Texts", {}))).toMatchObject({ _tag: "ActorStopped" })
  })
})
