import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { Actor, type Behaviour, NotCloneable, type Protocol } from "../../../src/actor/index.ts"
import type { Counter } from "./fixtures/counter.ts"
import { fixture, givenDiary, givenSystem, worker } from "./given.ts"

/** What a supervisor of it alone fails to start with. */
const startFailure = async (behaviour: Behaviour<Protocol>): Promise<unknown> => {
  const system = givenSystem()
  const children = [{ id: "child", actor: behaviour }]
  const error = await Effect.runPromise(
    Effect.flip(system.supervise({ name: "sup", strategy: "one-for-one", children }))
  )
  return "cause" in error ? error.cause : error
}

const counter = (options: { module: URL; export: string; bootTimeout?: number }) =>
  Actor.onThread<typeof Counter>(options)

describe("what a thread is to run", () => {
  it("must be exported: a start that fails says what there is", async () => {
    const error = await startFailure(counter({ module: fixture("counter"), export: "Count" }))
    expect(error).toMatchObject({
      _tag: "ThreadModuleInvalid",
      code: "BALLAST_THREAD_MODULE_INVALID",
      module: fixture("counter").href,
      export: "Count",
      exports: ["Counter", "CounterFrom", "answer"]
    })
    expect(String(error)).toContain("it exports: Counter, CounterFrom, answer")
  })

  it("must be a behaviour", async () => {
    expect(await startFailure(counter({ module: fixture("counter"), export: "answer" }))).toMatchObject({
      _tag: "ThreadModuleInvalid",
      why: "it is no behaviour"
    })
  })

  it("must exist", async () => {
    expect(await startFailure(counter({ module: fixture("nowhere"), export: "Counter" }))).toMatchObject({
      _tag: "ThreadModuleInvalid",
      exports: []
    })
  })

  it("must load: what its module throws is the cause", async () => {
    expect(await startFailure(counter({ module: fixture("throws"), export: "Counter" }))).toMatchObject({
      _tag: "ThreadModuleInvalid",
      cause: { message: "no luck" }
    })
  })

  it("must load in time", async () => {
    const behaviour = counter({ module: fixture("loops"), export: "Counter", bootTimeout: 200 })
    expect(await startFailure(behaviour)).toMatchObject({ _tag: "ThreadBootTimeout", timeout: 200 })
  })

  it("fails to start with what its own start failed with", async () => {
    expect(await startFailure(worker({ failures: 9 }))).toMatchObject({ _tag: "Broken", part: "start" })
  })

  it("is started again where it did not start after a failure (S4)", async () => {
    const system = givenSystem()
    const diary = givenDiary()
    const ref = system.spawn(worker({ log: diary.file }), { maxRestarts: 10 })
    ref.tell("Say", { text: "before" })
    ref.tell("Crash", { part: "valve" })
    ref.tell("Say", { text: "after" })
    expect(await ref.askPromise("Texts", {})).toEqual(["after"])
  })

  it("is refused at once where its arguments cannot be copied, with their path", () => {
    const args = { connection: { socket: () => 1 } }
    const spawn = (): unknown =>
      Actor.onThread<(args: { connection: { socket: () => number } }) => typeof Counter>({
        module: fixture("counter"),
        export: "Counter",
        args
      })
    expect(spawn).toThrow(NotCloneable)
    expect(spawn).toThrow("args.connection.socket is the function socket")
  })
})
