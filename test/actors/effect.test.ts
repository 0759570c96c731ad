import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { describe, expect, it } from "vitest"
import { type BallastService, ballastFor } from "../../actors/effect.ts"
import { handlersUrl } from "./given.ts"
import type * as handlers from "./handlers/plain.ts"

const Ballast = ballastFor<typeof handlers>()
type Service = BallastService<typeof handlers>

const layer = Ballast.layer({ handlers: handlersUrl("plain.ts"), workers: 1, log: { level: "silent" } })
const provided = <A, E>(program: Effect.Effect<A, E, Service>) => Effect.runPromise(Effect.provide(program, layer))

describe("the runtime as a service", () => {
  it("runs tasks, with their failures typed in the error channel", async () => {
    const program = Effect.gen(function* () {
      const ballast = yield* Ballast
      const sum: number = yield* ballast.run("add", { a: 1, b: 2 })
      const code = yield* ballast
        .run("boom", { code: "E" })
        .pipe(Effect.catchTag("TaskFailed", ({ code, type }) => Effect.succeed(`${code} ${type}`)))
      return [sum, code]
    })
    expect(await provided(program)).toEqual([3, "BALLAST_TASK_FAILED boom"])
  })

  it("takes a worker out of placement and back, and says in the error channel where that cannot be", async () => {
    const program = Effect.gen(function* () {
      const ballast = yield* Ballast
      yield* ballast.pauseWorker("w1")
      const paused = (yield* ballast.stats).workers.map(({ status }) => status)
      const run = yield* Effect.forkChild(ballast.run("add", { a: 1, b: 2 }), { startImmediately: true })
      yield* ballast.resumeWorker("w1")
      const sum = yield* Fiber.join(run)
      const unknown = yield* Effect.flip(ballast.pauseWorker("w9"))
      return [paused, sum, unknown._tag]
    })
    expect(await provided(program)).toEqual([["maintenance"], 3, "InvalidOptions"])
  })

  it("has as many workers as it is told, and says in the error channel where that cannot be", async () => {
    const program = Effect.gen(function* () {
      const ballast = yield* Ballast
      const ready = yield* ballast.events.pipe(
        Stream.filter(({ _tag }) => _tag === "WorkerReady"),
        Stream.take(1),
        Stream.runDrain,
        Effect.forkChild({ startImmediately: true })
      )
      yield* ballast.scaleWorkers({ min: 2, max: 2 })
      yield* Fiber.join(ready)
      const { workers } = yield* ballast.stats
      const wrong = yield* Effect.flip(ballast.scaleWorkers({ max: 1 }))
      return [workers.length, wrong.problems.map(({ path }) => path)]
    })
    expect(await provided(program)).toEqual([2, ["bounds.max"]])
  })

  it("interrupting a run cancels its task", async () => {
    const program = Effect.gen(function* () {
      const ballast = yield* Ballast
      const cancelled = yield* ballast.events.pipe(
        Stream.filter(({ _tag }) => _tag === "TaskCancelled"),
        Stream.take(1),
        Stream.runCollect,
        Effect.forkChild({ startImmediately: true })
      )
      const began = yield* ballast.events.pipe(
        Stream.filter(({ _tag }) => _tag === "TaskProgressed"),
        Stream.take(1),
        Stream.runDrain,
        Effect.forkChild({ startImmediately: true })
      )
      const run = yield* Effect.forkChild(ballast.run("untilAborted", undefined, { id: "unwanted" }), {
        startImmediately: true
      })
      yield* Fiber.join(began)
      yield* Fiber.interrupt(run)
      return yield* Fiber.join(cancelled)
    })
    expect(await provided(program)).toMatchObject([{ _tag: "TaskCancelled", taskId: "unwanted" }])
  })

  it("a runtime that does not start fails the layer with its own error", async () => {
    const broken = Ballast.layer({ handlers: handlersUrl("no-functions.ts"), workers: 1, log: { level: "silent" } })
    const error = await Effect.runPromise(Effect.flip(Effect.scoped(Layer.build(broken))))
    expect(error).toMatchObject({ _tag: "HandlersNotLoaded" })
  })

  it("whoever still waits when the layer ends is told so", async () => {
    const scope = Scope.makeUnsafe()
    const context = await Effect.runPromise(Layer.buildWithScope(layer, scope))
    const program = Effect.gen(function* () {
      const ballast = yield* Ballast
      return yield* Effect.flip(ballast.run("hang", undefined))
    })
    const waiting = Effect.runPromise(Effect.provide(program, context))
    await Effect.runPromise(Scope.close(scope, Exit.void))
    expect(await waiting).toMatchObject({ _tag: "ShuttingDown" })
  })
})
