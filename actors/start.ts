import { existsSync, mkdirSync, statfsSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import {
  type BallastOptions,
  type Detected,
  optionProblems,
  toSettings,
  toWorkerSpec,
  type WorkerDefinition
} from "../src/config/index.ts"
import { detectCapacity, ScorePool, threadDriver } from "../src/execution/index.ts"
import { DataDirectoryLocked, HandlersNotLoaded, InvalidOptions, type WorkerSpec } from "../src/model/index.ts"
import { type Strategy, type StrategyId, strategies } from "../src/placement/index.ts"
import { lockDirectory, type MetricsStore, openMetrics } from "../src/storage/index.ts"
import { makeLogger, type Telemetry } from "../src/telemetry/index.ts"
import { logActorEvents, logEvents } from "./event-log.ts"
import { Runtime, workerIn } from "./runtime.ts"
import { isProblem, toStrategy } from "./strategy-option.ts"

/** Why a runtime did not start. */
export type StartError = InvalidOptions | HandlersNotLoaded | DataDirectoryLocked

/** A runtime on real threads, and what was opened for it. */
export interface Started {
  readonly runtime: Runtime
  readonly store: MetricsStore
  /** The worker for a definition, under an id that is free. */
  readonly toSpec: (definition: WorkerDefinition) => WorkerSpec
}

const gib = 1024 ** 3

/** What this machine has; storage as free where the process runs. */
const detect = (): Detected => {
  const { cores, memory, hostname, nodeVersion } = detectCapacity()
  const { bavail, bsize } = statfsSync(".")
  return { cores, memoryGiB: memory, storageGiB: (bavail * bsize) / gib, hostname, nodeVersion }
}

const toUrl = (handlers: URL | string): URL =>
  handlers instanceof URL
    ? handlers
    : handlers.startsWith("file:")
      ? new URL(handlers)
      : pathToFileURL(resolve(handlers))

const missingModule = (url: URL): HandlersNotLoaded | undefined =>
  url.protocol === "file:" && !existsSync(fileURLToPath(url))
    ? new HandlersNotLoaded({ module: url.href, hint: "there is no such file: check the path" })
    : undefined

const definitionsOf = (workers: BallastOptions["workers"], { cores }: Detected): ReadonlyArray<WorkerDefinition> =>
  typeof workers === "object" ? workers : Array.from({ length: workers ?? Math.max(1, cores - 1) }, () => ({}))

const openLock = (directory: string) =>
  Effect.acquireRelease(
    Effect.try({
      try: () => {
        mkdirSync(directory, { recursive: true })
        return lockDirectory(directory)
      },
      catch: (cause) =>
        cause instanceof DataDirectoryLocked
          ? cause
          : new InvalidOptions({
              problems: [{ path: "dataDir", message: String(cause), hint: "a folder that can be written to" }]
            })
    }),
    (lock) => Effect.sync(() => lock.release())
  )

const openStore = (path: string | undefined, onProblem: (problem: string) => void) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      try {
        if (path !== undefined) mkdirSync(dirname(path), { recursive: true })
      } catch (cause) {
        onProblem(`${cause} (metrics are kept in memory)`)
        return openMetrics({})
      }
      return openMetrics({
        ...(path !== undefined && { path }),
        onProblem: ({ message, hint }) => onProblem(`${message} (${hint})`)
      })
    }),
    (store) => Effect.promise(() => store.close())
  )

/** Scores in a pool where the strategy has any; its break-even is measured while the workers start. */
const openScores = (strategy: Strategy | StrategyId) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const pool = new ScorePool()
      const weighs = typeof strategy === "string" ? "factors" in strategies[strategy]() : "factors" in strategy
      const calibrated = weighs ? pool.calibrate().catch(() => undefined) : Promise.resolve(undefined)
      return { pool, calibrated }
    }),
    ({ pool, calibrated }) => Effect.promise(() => calibrated.then(() => pool.close()))
  ).pipe(Effect.map(({ pool }) => pool))

const openLog = ({ log = {} }: BallastOptions): Effect.Effect<Telemetry, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() =>
      makeLogger({
        ...(log.level !== undefined && { level: log.level }),
        ...(log.destination !== undefined && { destination: log.destination }),
        ...(log.redactPayloads !== undefined && { redactPayloads: log.redactPayloads })
      })
    ),
    (telemetry) => Effect.promise(() => telemetry.close())
  )

/** Checks the options, opens what they name, starts the runtime and its workers; succeeds once all of them take work. */
export const startRuntime = (options: BallastOptions): Effect.Effect<Started, StartError, Scope.Scope> =>
  Effect.gen(function* () {
    // Options that are no object at all are refused below, with all else that is wrong.
    const strategy = toStrategy(options?.strategy)
    const problems = [...optionProblems(options), ...(isProblem(strategy) ? [strategy] : [])]
    if (problems.length > 0 || isProblem(strategy)) return yield* new InvalidOptions({ problems })
    const url = toUrl(options.handlers)
    const missing = missingModule(url)
    if (missing !== undefined) return yield* missing
    const settings = toSettings(options)
    const { dataDir } = options
    if (dataDir !== undefined) yield* openLock(dataDir)
    const { log, layer } = yield* openLog(options)
    const isLogged = log.enabled("fatal")
    let degraded = (problem: string): void => log.warn("storage.problem", { problem })
    const path = options.metrics?.path ?? (dataDir === undefined ? undefined : join(dataDir, "metrics.duckdb"))
    const store = yield* openStore(path, (problem) => degraded(problem))
    const { heartbeatInterval, bootTimeout } = settings
    const driver = threadDriver({ handlers: url.href, heartbeatInterval, bootTimeout })
    const runner = yield* openScores(strategy)
    const making = Runtime.make({ settings, strategy, driver, store, runner })
    // Where nothing is to be logged, what actors themselves log goes where the rest of the program logs.
    const runtime = yield* isLogged ? Effect.provide(making, layer) : making
    degraded = (problem) => runtime.bus.publish({ _tag: "MetricsDegraded", at: runtime.system.now(), problem })
    if (isLogged) {
      runtime.bus.subscribe(logEvents(log))
      runtime.system.events.subscribe(logActorEvents(log, (actor) => workerIn(actor) !== undefined))
    }

    const detected = detect()
    const definitions = definitionsOf(options.workers, detected)
    let serial = 0
    const toSpec = (definition: WorkerDefinition): WorkerSpec => {
      let { id } = definition
      while (id === undefined) {
        serial += 1
        const free = `w${serial}`
        if (runtime.ledger.worker(free) === undefined && !definitions.some((other) => other.id === free)) id = free
      }
      return toWorkerSpec(definition, id, detected, definitions.length)
    }
    for (const definition of definitions) yield* runtime.spawnWorker(toSpec(definition))
    yield* Effect.forEach([...runtime.ledger.workers.keys()], (workerId) => runtime.awaitWorker(workerId), {
      concurrency: "unbounded",
      discard: true
    }).pipe(
      Effect.mapError(({ hint, cause }) => new HandlersNotLoaded({ module: url.href, hint, cause })),
      Effect.tap(() => Effect.sync(() => log.info("runtime.started", { workers: runtime.ledger.workers.size })))
    )
    return { runtime, store, toSpec }
  })
