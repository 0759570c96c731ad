import { existsSync, mkdirSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import {
  type BallastOptions,
  optionProblems,
  type Settings,
  toSettings,
  toWorkerSpec,
  type WorkerDefinition
} from "../src/config/index.ts"
import {
  detectCapacity,
  FitPool,
  knownSoftware,
  liveDriver,
  type MachineReport,
  MemoryWatchdog,
  probeMachine,
  ScorePool
} from "../src/execution/index.ts"
import { RemoteDriver } from "../src/execution/remote/index.ts"
import {
  DataDirectoryLocked,
  HandlersNotLoaded,
  InvalidOptions,
  type Problem,
  type WorkerId,
  type WorkerSpec
} from "../src/model/index.ts"
import type { Strategy, StrategyChange } from "../src/placement/index.ts"
import { lockDirectory, type MetricsStore, openMetrics } from "../src/storage/index.ts"
import {
  type JournalProblem,
  JournalTooNew,
  type OpenJournalOptions,
  openJournal,
  type SetAside
} from "../src/storage/journal/index.ts"
import { makeLogger, type Telemetry } from "../src/telemetry/index.ts"
import { logActorEvents, logEvents } from "./event-log.ts"
import { asksForDevices, MachineShares } from "./machine-shares.ts"
import { openHistory } from "./open-history.ts"
import { openLearned, setPartsAside } from "./open-learned.ts"
import { planPool } from "./pool-of.ts"
import { Runtime, workerIn } from "./runtime.ts"
import { areProblems, toStrategy } from "./strategy-option.ts"
import type { TaskHandle } from "./task-handle.ts"

/** Why a runtime did not start. */
export type StartError = InvalidOptions | HandlersNotLoaded | DataDirectoryLocked | JournalTooNew

/** What earlier runs have left in the data directory. */
export interface Recovery {
  /** Handles of the tasks that had been accepted and had not ended, in the order of acceptance. They go on. */
  readonly tasks: ReadonlyArray<TaskHandle<unknown>>
  /** Ended tasks that are remembered: a submit of their id gives the recorded result. */
  readonly ended: number
  /** Damaged files, and the names under which the whole of each was kept. */
  readonly setAside: ReadonlyArray<SetAside>
  /** How long it took to read it, in milliseconds. */
  readonly ms: number
}

/** A runtime on real threads and processes, and what was opened for it. */
export interface Started {
  readonly runtime: Runtime
  /** Carries its workers, those from outside among them. */
  readonly remote: RemoteDriver
  readonly store: MetricsStore
  readonly recovery: Recovery
  /** The worker for a definition, under an id that is free. */
  readonly toSpec: (definition: WorkerDefinition) => WorkerSpec
  /** Of the machine. */
  readonly cores: number
  /** Looks at the machine. */
  readonly look: () => Promise<MachineReport>
  /** Resolves once what these definitions ask of the machine is known. */
  readonly detectFor: (definitions: ReadonlyArray<WorkerDefinition>) => Promise<void>
}

const gib = 1024 ** 3

/** A limit of memory as bytes; without one there is no bound. */
const bytesOf = (limit: Settings["memoryLimit"]): number => {
  if (limit === false) return Number.POSITIVE_INFINITY
  return limit > 1 ? limit : limit * detectCapacity().memory * gib
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

/** Software that nobody knows how to ask for its version. */
const unknownSoftware = ({ probes }: Settings): ReadonlyArray<Problem> =>
  (probes === false ? [] : probes.versions).flatMap((name, at) =>
    knownSoftware.includes(name)
      ? []
      : [
          {
            path: `probes.versions[${at}]`,
            message: `"${name}" is not known`,
            hint: `any of ${knownSoftware.join(", ")}`
          }
        ]
  )

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

/** Whether it weighs factors itself, or may leave a decision to one that does. */
const weighs = (strategy: Strategy): boolean =>
  "factors" in strategy || ("delegates" in strategy && strategy.delegates.some(weighs))

/** Scores in a pool where the strategy has any; its break-even is measured while the workers start. */
const openScores = (strategy: Strategy) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const pool = new ScorePool()
      const calibrated = weighs(strategy) ? pool.calibrate().catch(() => undefined) : Promise.resolve(undefined)
      return { pool, calibrated }
    }),
    ({ pool, calibrated }) => Effect.promise(() => calibrated.then(() => pool.close()))
  ).pipe(Effect.map(({ pool }) => pool))

/** Fits series of load in a pool where there are many. No thread is started before. */
const openFitting = Effect.acquireRelease(
  Effect.sync(() => new FitPool()),
  (pool) => Effect.promise(() => pool.close())
)

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

/** How long a disk that does not answer may keep the runtime from ending, in milliseconds. */
const closeLimit = 5_000

/** At the end, for as long as a disk that does not answer may keep the runtime from ending. */
const finallyWithin = (last: () => Promise<void>) =>
  Effect.addFinalizer(() => Effect.asVoid(Effect.timeoutOption(Effect.promise(last), closeLimit)))

/** The journal of a data directory, closed after all that is written to it has ended. */
const openTaskJournal = (options: Omit<OpenJournalOptions, "skew">) =>
  Effect.acquireRelease(
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const skew = clock.currentTimeMillisUnsafe() - Number(clock.monotonicTimeNanosUnsafe()) / 1e6
      return yield* Effect.tryPromise({
        try: () => openJournal({ ...options, skew }),
        catch: (cause) => {
          if (cause instanceof JournalTooNew) return cause
          const hint = "a folder that can be read and written"
          return new InvalidOptions({ problems: [{ path: "dataDir", message: String(cause), hint }] })
        }
      })
    }),
    ({ journal }) =>
      Effect.asVoid(
        Effect.timeoutOption(
          Effect.promise(() => journal.close()),
          closeLimit
        )
      )
  )

/** Checks the options, opens what they name, starts the runtime and its workers; succeeds once all of them take work. */
export const startRuntime = (options: BallastOptions): Effect.Effect<Started, StartError, Scope.Scope> =>
  Effect.gen(function* () {
    // Options that are no object at all are refused below, with all else that is wrong.
    const problems = optionProblems(options)
    if (problems.length > 0) return yield* new InvalidOptions({ problems })
    let changed = (_change: StrategyChange): void => {}
    const seed = yield* Random.nextInt
    const strategy = toStrategy(options.strategy, { seed, onChange: (change) => changed(change) })
    if (areProblems(strategy)) return yield* new InvalidOptions({ problems: strategy })
    const url = toUrl(options.handlers)
    const missing = missingModule(url)
    if (missing !== undefined) return yield* missing
    const settings = toSettings(options)
    const unknown = unknownSoftware(settings)
    if (unknown.length > 0) return yield* new InvalidOptions({ problems: unknown })
    const { dataDir } = options
    if (dataDir !== undefined) yield* openLock(dataDir)
    const { log, layer } = yield* openLog(options)
    const isLogged = log.enabled("fatal")
    let degraded = (problem: string): void => log.warn("storage.problem", { problem })
    const path = options.metrics?.path ?? (dataDir === undefined ? undefined : join(dataDir, "metrics.duckdb"))
    const store = yield* openStore(path, (problem) => degraded(problem))
    const { heartbeatInterval, bootTimeout } = settings
    // Nothing is watched before the runtime has workers.
    const watchdog = new MemoryWatchdog({
      limit: bytesOf(settings.memoryLimit),
      onGuilty: (guilty) => runtime.bus.publish({ _tag: "WorkerMemoryExceeded", at: runtime.system.now(), ...guilty }),
      onShort: ({ resident, limit }) =>
        runtime.bus.publish({ _tag: "MemoryShort", at: runtime.system.now(), used: resident, limit })
    })
    const driver = new RemoteDriver(liveDriver({ handlers: url.href, heartbeatInterval, bootTimeout, watchdog }))
    const runner = yield* openScores(strategy)
    const fitting = yield* openFitting
    const { retain, segmentBytes } = settings
    let unkept = ({ kind, message: problem }: JournalProblem): void => log.error("journal.degraded", { kind, problem })
    const durable =
      dataDir === undefined
        ? undefined
        : yield* openTaskJournal({
            directory: join(dataDir, "journal"),
            retain,
            segmentBytes,
            onProblem: (problem) => unkept(problem),
            onResumed: (failures) => runtime.bus.publish({ _tag: "JournalResumed", at: runtime.system.now(), failures })
          })
    const kept = durable && { journal: durable.journal }
    const { probes } = settings
    const asked = probes === false ? {} : { timeout: probes.timeout, versions: probes.versions }
    const look = (signal?: AbortSignal) => probeMachine({ ...asked, ...(signal !== undefined && { signal }) })
    const clock = yield* Clock.Clock
    const { learned, setAside: unread, write: keepLearned } = openLearned(options, clock.currentTimeMillisUnsafe())
    const known = { ...(learned !== undefined && { learned }), ...(keepLearned !== undefined && { keepLearned }) }
    const making = Runtime.make({ settings, strategy, driver, store, runner, fitting, look, ...kept, ...known })
    // Where nothing is to be logged, what actors themselves log goes where the rest of the program logs.
    const runtime = yield* isLogged ? Effect.provide(making, layer) : making
    const inPart = setPartsAside(options, runtime.lostParts, clock.currentTimeMillisUnsafe())
    // What it has learned is kept as it ends, before its workers are forgotten.
    if (keepLearned !== undefined) {
      yield* finallyWithin(() => keepLearned(runtime.learned.export(runtime.system.now())).catch(() => {}))
    }
    const recorder = openHistory(options, runtime, clock.currentTimeMillisUnsafe())
    if (recorder !== undefined) yield* finallyWithin(() => recorder.close())
    changed = (change) => runtime.bus.publish({ _tag: "StrategyChanged", ...change })
    unkept = ({ kind, message: problem }) =>
      runtime.bus.publish({ _tag: "JournalDegraded", at: runtime.system.now(), kind, problem })
    degraded = (problem) => runtime.bus.publish({ _tag: "MetricsDegraded", at: runtime.system.now(), problem })
    if (isLogged) {
      runtime.told.subscribe(logEvents(log))
      runtime.system.events.subscribe(logActorEvents(log, (actor) => workerIn(actor) !== undefined))
    }

    const { machine } = runtime
    const shares = new MachineShares(settings, machine, (workerId) => runtime.ledger.worker(workerId) !== undefined)
    const plan = planPool(options.workers, shares.cores)
    const { definitions } = plan
    const detectFor = async (all: ReadonlyArray<WorkerDefinition>): Promise<void> => {
      // Where nobody looks again and again, what was seen last may be long ago.
      if (all.some(asksForDevices) && (probes === false || machine.latest === undefined)) machine.latest = await look()
    }
    if (probes !== false) machine.latest = yield* Effect.promise((signal) => look(signal))
    yield* Effect.promise(() => detectFor([...definitions, ...plan.kinds]))
    let serial = 0
    const idFor = (definition: WorkerDefinition): WorkerId => {
      let { id } = definition
      while (id === undefined) {
        serial += 1
        const free = `w${serial}`
        if (runtime.ledger.worker(free) === undefined && !definitions.some((other) => other.id === free)) id = free
      }
      return id
    }
    const specOf = (definition: WorkerDefinition, id: WorkerId): WorkerSpec =>
      toWorkerSpec(definition, id, shares.for(id), plan.shares)
    const toSpec = (definition: WorkerDefinition): WorkerSpec => {
      const id = idFor(definition)
      if (asksForDevices(definition)) shares.claim(id)
      return specOf(definition, id)
    }
    const named = definitions.map((definition) => ({ definition, id: idFor(definition) }))
    shares.deal(named.filter(({ definition }) => asksForDevices(definition)).map(({ id }) => id))
    for (const { definition, id } of named) yield* runtime.workforce.spawn(specOf(definition, id))
    runtime.workforce.formPool(
      plan.kinds.map((definition) => ({ spec: specOf(definition, ""), make: () => toSpec(definition) })),
      new Map(named.map(({ id }, place) => [id, plan.kindOf[place] ?? 0]))
    )
    yield* Effect.forEach([...runtime.ledger.workers.keys()], (workerId) => runtime.workforce.awaitUp(workerId), {
      concurrency: "unbounded",
      discard: true
    }).pipe(
      Effect.mapError(({ hint, cause }) => new HandlersNotLoaded({ module: url.href, hint, cause })),
      Effect.tap(() => Effect.sync(() => log.info("runtime.started", { workers: runtime.ledger.workers.size })))
    )
    if (plan.bounds !== undefined) runtime.workforce.scale(plan.bounds)
    // Not before: where the start fails, nothing may become of them.
    const tasks = durable === undefined ? [] : yield* runtime.restore(durable.recovered)
    const { ended = [], setAside = [], took: ms = 0 } = durable?.recovered ?? {}
    return {
      runtime,
      remote: driver,
      store,
      toSpec,
      cores: shares.cores,
      detectFor,
      look,
      recovery: { tasks, ended: ended.length, setAside: [...setAside, ...unread, ...inPart], ms }
    }
  })
