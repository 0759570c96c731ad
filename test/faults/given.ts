import { appendFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { Ballast, type BallastOptions } from "../../actors/index.ts"
import { Runtime } from "../../actors/runtime.ts"
import { Submitter } from "../../actors/submitter.ts"
import { toSettings, toWorkerSpec, type WorkerDefinition } from "../../src/config/index.ts"
import { type ThreadDriverOptions, threadDriver } from "../../src/execution/index.ts"
import { type MetricsStore, openMetrics } from "../../src/storage/index.ts"
import type * as handlers from "./handlers/faulty.ts"

export type Faulty = Ballast<typeof handlers>

export const faultyUrl = new URL("./handlers/faulty.ts", import.meta.url)

/** Brings a worker back at once, as often as it takes. */
export const tireless = { maxRestarts: 1_000, backoff: { base: 1, max: 1 } } as const

/** A silent runtime on real threads whose handlers go wrong. */
export const startFaulty = (options: Partial<BallastOptions> = {}): Promise<Faulty> =>
  Ballast.start<typeof handlers>({
    handlers: faultyUrl,
    workers: 2,
    log: { level: "silent" },
    ...options
  })

export interface PartsOptions {
  readonly workers: ReadonlyArray<WorkerDefinition & { readonly id: string }>
  readonly options?: Partial<BallastOptions>
  readonly driver?: Partial<ThreadDriverOptions>
  readonly store?: MetricsStore
}

/** A runtime whose parts a test can look at, and how to end it. */
export interface Parts extends AsyncDisposable {
  readonly runtime: Runtime
  readonly submitter: Submitter
}

const detected = { cores: 4, memoryGiB: 4, storageGiB: 4, hostname: "here", nodeVersion: process.versions.node }

export const startParts = async (given: PartsOptions): Promise<Parts> => {
  const { workers, options = {}, driver = {}, store = openMetrics({}) } = given
  const scope = Scope.makeUnsafe()
  const runtime = await Effect.runPromise(
    Effect.provideService(
      Runtime.make({
        settings: toSettings(options),
        strategy: "least_connections",
        driver: threadDriver({ handlers: faultyUrl.href, ...driver }),
        store
      }),
      Scope.Scope,
      scope
    )
  )
  for (const worker of workers) {
    await Effect.runPromise(runtime.workforce.spawn(toWorkerSpec(worker, worker.id, detected, workers.length)))
    await Effect.runPromise(runtime.workforce.awaitUp(worker.id))
  }
  return {
    runtime,
    submitter: new Submitter(runtime),
    [Symbol.asyncDispose]: () => Effect.runPromise(Scope.close(scope, Exit.void))
  }
}

/** An instant that a handler writes and the test reads: milliseconds of the process's clock. */
export const stampOf = (): Float64Array<SharedArrayBuffer> => new Float64Array(new SharedArrayBuffer(8))

export const sinceStamp = (stamp: Float64Array<SharedArrayBuffer>): number =>
  performance.timeOrigin + performance.now() - (stamp[0] ?? 0)

/** Notes a time for the table of `npm run faults`; it decides nothing. `fault` is the row's name in docs/faults.md. */
export const measured = (fault: string, what: string, ms: number): void => {
  const path = process.env.BALLAST_FAULTS
  if (path !== undefined) appendFileSync(path, `${JSON.stringify({ fault, what, ms })}\n`)
}
