import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import { describe, expect, it } from "vitest"
import { Runtime } from "../../actors/runtime.ts"
import { Submitter } from "../../actors/submitter.ts"
import { toSettings, toWorkerSpec } from "../../src/config/index.ts"
import { threadDriver } from "../../src/execution/index.ts"
import { openMetrics } from "../../src/storage/index.ts"
import { failureOf, handlersUrl, record, start } from "./given.ts"

const detected = { cores: 4, memoryGiB: 4, storageGiB: 4, hostname: "here", nodeVersion: "24.0.0" }

/** A runtime on two threads, and its parts. */
const startParts = Effect.gen(function* () {
  const store = openMetrics({})
  const runtime = yield* Runtime.make({
    settings: toSettings({}),
    strategy: "least_connections",
    driver: threadDriver({ handlers: handlersUrl("plain.ts").href }),
    store
  })
  const backoff = { base: 1, max: 1 }
  for (const id of ["w1", "w2"]) {
    yield* runtime.workforce.spawn(toWorkerSpec({ restart: { maxRestarts: 1_000, backoff } }, id, detected, 2))
    yield* runtime.workforce.awaitUp(id)
  }
  return { runtime, submitter: new Submitter(runtime) }
})

type Fault = "submit" | "reports" | "nodeGone" | "nodeReady" | "settle" | "placed" | "cancel"

/** The coordinator fails in one call, before or after what that call does. */
const failOnce = (runtime: Runtime, where: Fault, when: "before" | "after", nth: number): (() => number) => {
  const { coordination } = runtime
  const method = coordination[where].bind(coordination)
  let calls = 0
  let faults = 0
  Object.defineProperty(coordination, where, {
    value: (...args: Parameters<typeof method>) => {
      calls += 1
      const fails = calls === nth
      if (fails) faults += 1
      if (fails && when === "before") throw new Error(`fault before ${where}`)
      Reflect.apply(method, undefined, args)
      if (fails) throw new Error(`fault after ${where}`)
    }
  })
  return () => faults
}

const cases = (["submit", "reports", "nodeGone", "nodeReady", "settle", "placed", "cancel"] as const).flatMap((where) =>
  (["before", "after"] as const).map((when) => ({ where, when, nth: 2 }))
)

describe("a coordinator that fails", () => {
  it.each(cases)("$when $where ($nth): is restarted, and every promise settles", async ({ where, when, nth }) => {
    const scope = Scope.makeUnsafe()
    await Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const { runtime, submitter } = yield* startParts
          const restarted: Array<string> = []
          runtime.bus.subscribe((event) => {
            if (event._tag === "ActorRestarted") restarted.push(event.actor)
          })
          const faults = failOnce(runtime, where, when, nth)
          const sums = Array.from({ length: 12 }, (_, a) =>
            submitter.submit("add", { a, b: 0 }, { maxCrashes: 100 }, true)
          )
          const poison = [1, 2, 3, 4].map(() => submitter.submit("exit", undefined, { maxCrashes: 1 }, true))
          const unwanted = [1, 2, 3].map(() => submitter.submit("hang", undefined, { maxCrashes: 100 }, true))
          for (const task of unwanted) task.cancel()
          yield* Effect.promise(() => Promise.allSettled([...sums, ...poison, ...unwanted].map((task) => task.result)))
          expect(faults()).toBe(1)
          expect(restarted).toEqual(["ballast/coordinator"])
          const late = yield* Effect.promise(() =>
            Promise.all([1, 2, 3, 4].map((a) => submitter.submit("add", { a, b: 0 }, undefined, true).result))
          )
          expect(late).toEqual([1, 2, 3, 4])
          // Only what had not been accepted may have been turned away.
          const failed = sums.filter((task) => task.status !== "completed")
          expect(failed.length).toBeLessThanOrEqual(where === "submit" && when === "before" ? 1 : 0)
          yield* runtime.idle
          expect([...runtime.ledger.workers.values()].map((worker) => worker.slots)).toEqual([0, 0])
        })
      ).pipe(Effect.provideService(Scope.Scope, scope))
    )
  })
})

describe("what users hand in", () => {
  it("a listener that throws keeps neither the ledger nor the other listeners from going on", async () => {
    await using ballast = await start()
    ballast.on(() => {
      throw new Error("a listener's own fault")
    })
    const events = record(ballast)
    expect(await ballast.map("add", [{ a: 1, b: 1 }])).toEqual([2])
    expect(events.some(({ _tag }) => _tag === "TaskCompleted")).toBe(true)
    expect(events.some(({ _tag }) => _tag === "ActorRestarted")).toBe(false)
  })

  it("a strategy that throws is told of, and its tasks still run", async () => {
    await using ballast = await start({
      strategy: {
        id: "broken",
        score: () => {
          throw new Error("a strategy's own fault")
        }
      }
    })
    const events = record(ballast)
    expect(await ballast.run("add", { a: 1, b: 1 })).toBe(2)
    expect(events.find(({ _tag }) => _tag === "StrategyFaulted")).toMatchObject({ strategy: "broken" })
    expect(await failureOf(ballast.run("boom", { code: "E" }))).toMatchObject({ _tag: "TaskFailed" })
  })
})
