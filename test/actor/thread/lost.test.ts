import { describe, expect, it } from "vitest"
import { type ActorRef, type ProtocolOn, ThreadLost } from "../../../src/actor/index.ts"
import type { Worker } from "./fixtures/worker.ts"
import { endOf, failureOf, givenPassedOver, givenSystem, worker } from "./given.ts"

const texts = (ref: ActorRef<ProtocolOn<typeof Worker>>): Promise<ReadonlyArray<string>> =>
  ref.askPromise("Texts", {}, { timeout: 20_000 })

describe("a thread that ends by itself", () => {
  it("with process.exit fails its actor with ThreadLost, which is restarted; only the message it was at is gone", async () => {
    const causes: Array<unknown> = []
    const system = givenSystem({ onRestart: ({ cause }) => causes.push(cause) })
    const ref = system.spawn(worker(), { mailbox: { kind: "unbounded" } })
    const said = Array.from({ length: 500 }, (_, index) => String(index))
    ref.tell("Say", { text: "before" })
    ref.tell("Exit", { code: 7 })
    for (const text of said) ref.tell("Say", { text })
    expect(await texts(ref)).toEqual(said)
    expect(causes[0]).toBeInstanceOf(ThreadLost)
    expect(causes).toMatchObject([{ actor: ref.name, exitCode: 7, why: "exited" }])
    expect(system.deadLetters.list()).toMatchObject([{ tag: "Exit", reason: "failed" }])
  })

  it("by an exception that nobody caught tells which", async () => {
    const causes: Array<unknown> = []
    const system = givenSystem({ onRestart: ({ cause }) => causes.push(cause) })
    const ref = system.spawn(worker())
    ref.tell("ThrowLater", {})
    ref.tell("Say", { text: "behind" })
    expect(await texts(ref)).toEqual(["behind"])
    expect(causes).toMatchObject([{ why: "uncaught", cause: { message: "timer is broken" } }])
    expect(system.deadLetters.list()).toMatchObject([{ tag: "ThrowLater", reason: "failed" }])
  })

  it("for want of memory says so", async () => {
    const causes: Array<unknown> = []
    const system = givenSystem({ onRestart: ({ cause }) => causes.push(cause) })
    const ref = system.spawn(worker({ maxOldGenerationSizeMb: 32 }))
    ref.tell("Fill", {})
    ref.tell("Say", { text: "behind" })
    expect(await texts(ref)).toEqual(["behind"])
    expect(causes).toMatchObject([{ _tag: "ThreadLost", why: "out-of-memory" }])
  })

  it("fails the questions that it had begun, with that reason (A2)", async () => {
    const system = givenSystem()
    const ref = system.spawn(worker(), { restart: "temporary" })
    const later = failureOf(ref.askPromise("Later", {}))
    ref.tell("Exit", { code: 3 })
    expect(await later).toMatchObject({
      _tag: "ActorStopped",
      reason: { _tag: "Failed", cause: { _tag: "ThreadLost", exitCode: 3 } }
    })
    expect(await endOf(ref)).toMatchObject({ _tag: "Failed", cause: { _tag: "ThreadLost" } })
  })

  it("while its actor is at nothing loses no message", async () => {
    const system = givenSystem()
    const ref = system.spawn(worker())
    ref.tell("Stash", { text: "aside" })
    // Its handler is done, and what it left behind throws afterwards.
    const handled = ref.askPromise("ThrowWhenIdle", {})
    await handled
    ref.tell("Unstash", {})
    expect(await texts(ref)).toEqual(["aside"])
    expect(system.deadLetters.count()).toBe(0)
  })

  it("too often is given up by its supervisor, and the mail it held is dead letters", async () => {
    const system = givenSystem()
    const ref = system.spawn(worker(), { maxRestarts: 1 })
    for (const code of [1, 2, 3]) ref.tell("Exit", { code })
    const end = await endOf(ref)
    expect(end).toMatchObject({ _tag: "Failed" })
    expect(system.deadLetters.list().map(({ reason }) => reason)).toEqual(["failed", "failed", "stopped"])
  })

  it("is replaced by another, with an empty memory, where its supervisor passes over the loss", async () => {
    const { ref } = await givenPassedOver()
    ref.tell("Say", { text: "before" })
    ref.tell("Exit", { code: 1 })
    ref.tell("Say", { text: "after" })
    expect(await texts(ref)).toEqual(["after"])
  })
})
