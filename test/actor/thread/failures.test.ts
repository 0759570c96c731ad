import { describe, expect, it } from "vitest"
import { type ActorRef, ActorStopped, type ProtocolOn } from "../../../src/actor/index.ts"
import type { Worker } from "./fixtures/worker.ts"
import { failureOf, givenDiary, givenPassedOver, givenSystem, worker } from "./given.ts"

type WorkerRef = ActorRef<ProtocolOn<typeof Worker>>

const texts = (ref: WorkerRef): Promise<ReadonlyArray<string>> => ref.askPromise("Texts", {}, { timeout: 20_000 })

describe("an actor on a thread that fails", () => {
  it("loses the message it was at and nothing else (M3, M4)", async () => {
    const system = givenSystem()
    const ref = system.spawn(worker())
    ref.tell("Say", { text: "before" })
    ref.tell("Crash", { part: "valve" })
    ref.tell("Say", { text: "a" })
    ref.tell("Say", { text: "b" })
    expect(await texts(ref)).toEqual(["a", "b"])
    expect(system.deadLetters.list()).toMatchObject([{ tag: "Crash", payload: { part: "valve" }, reason: "failed" }])
  })

  it.each([1, 3, 256])("keeps the order of what is behind, with a window of %i", async (window) => {
    const system = givenSystem()
    const ref = system.spawn(worker({ window }), { mailbox: { kind: "unbounded" } })
    const said = Array.from({ length: 600 }, (_, index) => String(index))
    ref.tell("Crash", { part: "valve" })
    for (const text of said) ref.tell("Say", { text })
    expect(await texts(ref)).toEqual(said)
  })

  it("is restarted with a cause that has the name, message, stack and fields of what was thrown", async () => {
    const causes: Array<unknown> = []
    const system = givenSystem({ onRestart: ({ cause }) => causes.push(cause) })
    const ref = system.spawn(worker())
    ref.tell("Crash", { part: "valve" })
    await texts(ref)
    const [cause] = causes
    expect(cause).toBeInstanceOf(Error)
    expect(cause).toMatchObject({ _tag: "Broken", name: "Broken", part: "valve", message: "valve is broken" })
    expect(cause instanceof Error && cause.stack).toContain("fixtures/worker.ts")
  })

  it("fails the question it was at with that reason, and answers those behind it (A2)", async () => {
    const system = givenSystem()
    const ref = system.spawn(worker())
    const crash = failureOf(ref.askPromise("AskCrash", { part: "valve" }))
    const behind = ref.askPromise("Echo", { value: "behind" })
    const error = await crash
    expect(error).toBeInstanceOf(ActorStopped)
    expect(error).toMatchObject({
      actor: ref.name,
      reason: { _tag: "Failed", cause: { _tag: "Broken", part: "valve" } }
    })
    expect(await behind).toBe("behind")
  })

  it("fails a question that it had handled and still owed the answer (A2)", async () => {
    const system = givenSystem()
    const ref = system.spawn(worker())
    const later = failureOf(ref.askPromise("Later", {}))
    ref.tell("Crash", { part: "valve" })
    expect(await later).toMatchObject({ _tag: "ActorStopped", reason: { cause: { part: "valve" } } })
  })

  it("leaves an answer that was given before an answer", async () => {
    const system = givenSystem()
    const ref = system.spawn(worker())
    expect(await ref.askPromise("AnswerAndCrash", {})).toBe("answered")
    expect(await texts(ref)).toEqual([])
    expect(system.deadLetters.count()).toBe(0)
  })

  it("handles a message again where its protocol asks for it, before those behind it (M3)", async () => {
    const system = givenSystem()
    const diary = givenDiary()
    const ref = system.spawn(worker({ log: diary.file }))
    ref.tell("Retried", { text: "again", failures: 2 })
    ref.tell("Say", { text: "behind" })
    expect(await texts(ref)).toEqual(["again", "behind"])
    expect(diary.lines().filter((line) => line === "again")).toHaveLength(3)
  })

  it("gives a question another try, which its asker does not notice", async () => {
    const system = givenSystem()
    const ref = system.spawn(worker())
    expect(await ref.askPromise("AskRetried", { failures: 2 }, { timeout: 20_000 })).toBe("attempt 3")
  })

  it("makes a message that fails too often a dead letter with its history, and goes on behind it", async () => {
    const system = givenSystem()
    const ref = system.spawn(worker(), { maxRestarts: 10 })
    ref.tell("Retried", { text: "poison", failures: 9 })
    ref.tell("Say", { text: "behind" })
    expect(await texts(ref)).toEqual(["behind"])
    const [letter] = system.deadLetters.list()
    expect(letter).toMatchObject({ tag: "Retried", payload: { text: "poison" }, reason: "failed" })
    expect(letter?.history.map(({ cause }) => cause)).toMatchObject(
      new Array(4).fill({ _tag: "Broken", part: "poison" })
    )
  })

  it("keeps what it had put aside", async () => {
    const system = givenSystem()
    const ref = system.spawn(worker())
    ref.tell("Stash", { text: "aside" })
    ref.tell("Crash", { part: "valve" })
    ref.tell("Say", { text: "said" })
    ref.tell("Unstash", {})
    expect(await texts(ref)).toEqual(["said", "aside"])
  })

  it("keeps what it had told itself and not come to", async () => {
    const system = givenSystem()
    const ref = system.spawn(worker())
    await texts(ref)
    ref.tell("ToItself", { texts: ["a", "b"] })
    ref.tell("Crash", { part: "valve" })
    await texts(ref)
    expect(await texts(ref)).toEqual(["a", "b"])
  })

  it("fails in handlers that took the place of others as well", async () => {
    const system = givenSystem()
    const ref = system.spawn(worker())
    ref.tell("Become", {})
    ref.tell("Crash", { part: "ignored" })
    ref.tell("Say", { text: "small again" })
    expect(await texts(ref)).toEqual(["small again"])
    expect(system.deadLetters.list()).toMatchObject([{ tag: "Crash", reason: "failed" }])
  })

  it("goes on with the state it has, where its supervisor passes over the failure", async () => {
    const { ref, diary } = await givenPassedOver()
    ref.tell("Say", { text: "before" })
    ref.tell("Crash", { part: "valve" })
    ref.tell("Say", { text: "after" })
    expect(await texts(ref)).toEqual(["before", "after"])
    expect(diary.lines()).toEqual(["started"])
  })

  it("runs its hooks in its thread, on the instance they are about (L1)", async () => {
    const system = givenSystem()
    const diary = givenDiary()
    const ref = system.spawn(worker({ log: diary.file }))
    ref.tell("Crash", { part: "valve" })
    await texts(ref)
    expect(diary.lines()).toEqual(["started", "before restart: valve", "started", "after restart"])
  })
})
