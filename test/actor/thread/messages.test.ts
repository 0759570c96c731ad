import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { describe, expect, it } from "vitest"
import { Actor, NotCloneable } from "../../../src/actor/index.ts"
import type { Counter, CounterFrom } from "./fixtures/counter.ts"
import { failureOf, fixture, givenDiary, givenSystem, worker } from "./given.ts"

describe("messages to an actor on a thread", () => {
  it("one protocol serves the actor on a thread as it does in-process (K3)", async () => {
    const system = givenSystem()
    const counter = system.spawn(Actor.onThread<typeof Counter>({ module: fixture("counter"), export: "Counter" }), {
      name: "counter"
    })
    counter.tell("Add", { n: 2 })
    counter.tell("Add", { n: 40 })
    expect(await counter.askPromise("Get", {})).toBe(42)
    expect(counter.name).toBe("counter")
  })

  it("an export may be a function, which is called with the arguments given", async () => {
    const system = givenSystem()
    const counter = system.spawn(
      Actor.onThread<typeof CounterFrom>({ module: fixture("counter"), export: "CounterFrom", args: { start: 40 } })
    )
    counter.tell("Add", { n: 2 })
    expect(await counter.askPromise("Get", {})).toBe(42)
  })

  it.each([1, 2, 7, 256])("keep their order, with a window of %i (M1)", async (window) => {
    const system = givenSystem()
    const ref = system.spawn(worker({ window }), { mailbox: { kind: "unbounded" } })
    const texts = Array.from({ length: 1_000 }, (_, index) => String(index))
    for (const text of texts) ref.tell("Say", { text })
    expect(await ref.askPromise("Texts", {})).toEqual(texts)
  })

  it("answers of several questions come in the order of asking (A4)", async () => {
    const system = givenSystem()
    const ref = system.spawn(worker())
    const order: Array<number> = []
    const asks = Array.from({ length: 300 }, (_, value) =>
      ref.askPromise("Echo", { value }).then((answer) => order.push(Number(answer)))
    )
    await Promise.all(asks)
    expect(order).toEqual(Array.from({ length: 300 }, (_, value) => value))
  })

  it("one that takes long keeps those behind it waiting, as anywhere", async () => {
    const system = givenSystem()
    const ref = system.spawn(worker())
    ref.tell("Slow", { text: "slow", ms: 20 })
    ref.tell("Say", { text: "fast" })
    expect(await ref.askPromise("Texts", {})).toEqual(["slow", "fast"])
  })

  it("a question answered later holds up nobody", async () => {
    const system = givenSystem()
    const ref = system.spawn(worker({ window: 1 }))
    const later = ref.askPromise("Later", {})
    expect(await ref.askPromise("Echo", { value: 1 })).toBe(1)
    ref.tell("Answer", { text: "at last" })
    expect(await later).toBe("at last")
  })

  it("a second answer is a dead letter", async () => {
    const system = givenSystem()
    const ref = system.spawn(worker())
    const later = ref.askPromise("Later", {})
    ref.tell("Answer", { text: "once" })
    ref.tell("Answer", { text: "twice" })
    expect(await later).toBe("once")
    await ref.askPromise("Texts", {})
    expect(system.deadLetters.list()).toMatchObject([
      { actor: ref.name, tag: "Later", payload: "twice", reason: "unexpected-reply" }
    ])
  })

  it("those put aside are handled when they are taken up, and do not fill the window", async () => {
    const system = givenSystem()
    const ref = system.spawn(worker({ window: 2 }))
    for (const text of ["a", "b", "c", "d", "e"]) ref.tell("Stash", { text })
    expect(await ref.askPromise("Texts", {})).toEqual([])
    ref.tell("Unstash", {})
    expect(await ref.askPromise("Texts", {})).toEqual(["a", "b", "c", "d", "e"])
  })

  it("handlers that take the place of others are seen to as well", async () => {
    const system = givenSystem()
    const ref = system.spawn(worker({ window: 1 }))
    ref.tell("Become", {})
    for (const text of ["a", "b", "c"]) ref.tell("Say", { text })
    expect(await ref.askPromise("Texts", {})).toEqual(["A", "B", "C"])
  })

  it("the mailbox of the spawned actor is the one that fills up (B1)", async () => {
    const system = givenSystem()
    const ref = system.spawn(worker({ window: 2 }), {
      mailbox: { kind: "bounded", capacity: 3, overflow: "backpressure" }
    })
    await ref.askPromise("Texts", {})
    const hanging = Effect.runFork(ref.ask("HangSilently", {}, { timeout: 60_000 }))
    let taken = 0
    while (ref.tell("Say", { text: "x" })) {
      taken += 1
      await Promise.resolve()
    }
    expect(taken).toBeLessThan(20)
    await Effect.runPromise(Fiber.interrupt(hanging))
    expect(await ref.askPromise("Texts", {})).toHaveLength(taken)
  })

  it("a handler is interrupted when its asker gives up, and its actor lives on (M7)", async () => {
    const system = givenSystem()
    const diary = givenDiary()
    const ref = system.spawn(worker({ log: diary.file }))
    ref.tell("Say", { text: "before" })
    const asker = Effect.runFork(ref.ask("Hang", {}, { timeout: 60_000 }))
    await diary.written("hanging")
    await Effect.runPromise(Fiber.interrupt(asker))
    expect(await ref.askPromise("Texts", {})).toEqual(["before"])
    expect(diary.lines()).toEqual(["started", "hanging", "interrupted"])
  })

  it("a question given up before it is begun is passed over", async () => {
    const system = givenSystem()
    const diary = givenDiary()
    const ref = system.spawn(worker({ log: diary.file, window: 4 }))
    ref.tell("Slow", { text: "slow", ms: 500 })
    await diary.written("slow")
    expect(await failureOf(ref.askPromise("Hang", {}, { timeout: 5 }))).toMatchObject({ _tag: "AskTimeout" })
    expect(await ref.askPromise("Texts", {})).toEqual(["slow"])
    expect(diary.lines()).toEqual(["started", "slow"])
  })

  it("the time that is left is known there (M7)", async () => {
    const system = givenSystem()
    const ref = system.spawn(worker())
    const remaining = await ref.askPromise("Remaining", {}, { timeout: 20_000 })
    expect(remaining).toBeGreaterThan(0)
    expect(remaining).toBeLessThanOrEqual(20_000)
    expect(await ref.askPromise("Remaining", {}, { timeout: Number.POSITIVE_INFINITY })).toBe(Number.POSITIVE_INFINITY)
  })

  it("the trace that it was asked in goes on there", async () => {
    const system = givenSystem()
    const ref = system.spawn(worker())
    const [here, there] = await Effect.runPromise(
      Effect.withSpan(
        Effect.all([Effect.map(Effect.currentSpan, ({ traceId }) => traceId), ref.ask("TraceId", {})]),
        "asking"
      )
    )
    expect(there).toBe(here)
  })

  it("what it does not handle is refused, or a dead letter", async () => {
    const system = givenSystem()
    const ref = system.spawn(worker({ window: 1 }))
    ref.tell("Become", {})
    expect(await failureOf(ref.askPromise("Echo", { value: 1 }))).toMatchObject({ _tag: "Unhandled", tag: "Echo" })
    ref.tell("Echo", { value: 2 })
    expect(await ref.askPromise("Texts", {})).toEqual([])
    expect(system.deadLetters.list()).toMatchObject([{ tag: "Echo", payload: { value: 2 }, reason: "unhandled" }])
  })

  it("one whose deadline passes while it waits is a dead letter (M7)", async () => {
    const system = givenSystem()
    const ref = system.spawn(worker())
    await ref.askPromise("Texts", {})
    ref.tell("Slow", { text: "slow", ms: 50 })
    ref.send("Say", { text: "late" }, { within: 5 })
    expect(await ref.askPromise("Texts", {})).toEqual(["slow"])
    expect(system.deadLetters.list()).toMatchObject([{ tag: "Say", payload: { text: "late" }, reason: "expired" }])
  })

  it("a question that cannot be copied fails with the path of what is in the way", async () => {
    const system = givenSystem()
    const ref = system.spawn(worker())
    const error = await failureOf(ref.askPromise("Echo", { value: { list: [1, { callback: () => 1 }] } }))
    expect(error).toBeInstanceOf(NotCloneable)
    expect(error).toMatchObject({ path: "payload.value.list[1].callback", what: "the function callback" })
    expect(await ref.askPromise("Echo", { value: 1 })).toBe(1)
  })

  it("another message that cannot be copied is a dead letter", async () => {
    const system = givenSystem()
    const ref = system.spawn(worker())
    const payload = { value: Symbol("not data") }
    ref.tell("Echo", payload)
    await ref.askPromise("Texts", {})
    expect(system.deadLetters.list()).toMatchObject([{ actor: ref.name, tag: "Echo", reason: "not-cloneable" }])
    expect(system.deadLetters.list()[0]?.payload).toBe(payload)
  })

  it("a reply that cannot be copied fails the question, and not the actor", async () => {
    const system = givenSystem()
    const ref = system.spawn(worker())
    ref.tell("Say", { text: "still here" })
    expect(await failureOf(ref.askPromise("Unclonable", {}))).toMatchObject({
      _tag: "NotCloneable",
      code: "BALLAST_NOT_CLONEABLE",
      path: "reply.list[1].callback"
    })
    expect(await ref.askPromise("Texts", {})).toEqual(["still here"])
  })
})
