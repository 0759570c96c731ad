import * as Schema from "effect/Schema"
import { LearnedState } from "../adaptation/index.ts"
import type { AnalysisRules } from "../analysis/index.ts"
import type { Millis, Problem } from "../model/index.ts"
import {
  AdaptationOptions,
  type AdaptationSettings,
  adaptationHints,
  toAdaptationSettings
} from "./adaptation/index.ts"
import { AnalysisOptions } from "./analysis-options.ts"
import { HardwareProfileInput } from "./hardware-profile.ts"
import { isPool, PoolDefinition, poolHints, poolProblems } from "./pool-definition.ts"
import { QueueOptions, type QueueSettings, queueHints, toQueueSettings } from "./queue-options.ts"
import { type StrategySetting, strategyProblems } from "./strategies/strategy-setting.ts"
import { Count, DurationInput, Natural, problemsOf, Share, toMillis } from "./validate.ts"
import { duplicateIds, WorkerDefinition, workerHints } from "./worker-definition.ts"

/** No runtime fits into less. */
const MemoryInBytes = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(64 * 1024 ** 2))

const LogOptions = Schema.Struct({
  level: Schema.optional(Schema.Literals(["trace", "debug", "info", "warn", "error", "fatal", "silent"])),
  /** A file to append to; standard output where absent. */
  destination: Schema.optional(Schema.String),
  /** Whether payloads, results and states are left out of the logs. Default true. */
  redactPayloads: Schema.optional(Schema.Boolean)
})

const JournalOptions = Schema.Struct({
  /** Bytes from which a file of the journal is closed; some of those are folded into a snapshot. Default 8 MiB. */
  segmentBytes: Schema.optional(Count)
})

const Name = Schema.String.check(Schema.isMinLength(1))

const RecordOptions = Schema.Struct({
  /** A file to append to. */
  path: Name,
  /** Bytes from which it is put aside as `<path>.1`, in the place of the one before. Default 64 MiB. */
  maxBytes: Schema.optional(Count)
})

const StickyOptions = Schema.Struct({
  /** How long a key that is not used stays with its worker. A bare number is in milliseconds. Default 3,600 s. */
  expiresAfter: Schema.optional(DurationInput)
})

const ProbeOptions = Schema.Struct({
  /** How often the machine is looked at again. Default 1 minute. */
  interval: Schema.optional(DurationInput),
  /** How long one probe may take. Default 3 s. */
  timeout: Schema.optional(DurationInput),
  /** Software whose versions workers are to have, such as `python`. */
  versions: Schema.optional(Schema.Array(Schema.String))
})

const BallastOptionsSchema = Schema.Struct({
  handlers: Schema.Union([Schema.declare((input): input is URL => input instanceof URL), Schema.String]),
  /** How many; or how each of them is; or between which bounds their number follows the load. Default: cores − 1. */
  workers: Schema.optional(
    Schema.Union([Count, Schema.Array(WorkerDefinition).check(Schema.isMinLength(1)), PoolDefinition])
  ),
  /**
   * Whether the speed of workers that declare no weight is measured when they start, which takes about 0.1 s of each.
   * Default false.
   */
  benchmark: Schema.optional(Schema.Boolean),
  /** Has the machine looked at, at the start and from then on: see `docs/workers.md`. Default: only as workers need it. */
  probes: Schema.optional(Schema.Union([ProbeOptions, Schema.Literal(false)])),
  /** What is known of kinds of hardware, beside or instead of what Ballast knows of them. */
  hardware: Schema.optional(Schema.Record(Schema.String, HardwareProfileInput)),
  /** Judged by itself. */
  strategy: Schema.optional(Schema.Unknown),
  /**
   * Tasks of one `stickyKey` stay together, whatever the strategy, as long as their worker has room: see
   * `docs/keyed-routing.md`. `false`: only where the strategy does so itself. Default: on.
   */
  sticky: Schema.optional(Schema.Union([StickyOptions, Schema.Literal(false)])),
  /**
   * A folder of this runtime's own. With it accepted tasks, their checkpoints and their results survive the process: see
   * `docs/durability.md`.
   */
  dataDir: Schema.optional(Schema.String),
  journal: Schema.optional(JournalOptions),
  /** Waiting tasks from which on a submit waits, or is refused. Default 1,000. */
  maxQueue: Schema.optional(Count),
  /**
   * The queue bounded by time: how long a task may have to wait, as estimated, before a submit of its priority waits, or is
   * refused, beside `maxQueue`. Default: no bound.
   */
  maxQueueTime: Schema.optional(DurationInput),
  /**
   * Whether a task is refused at once that would not begin before its deadline or queue timeout, by estimates that have
   * proven themselves. Default false.
   */
  refuseLate: Schema.optional(Schema.Boolean),
  /**
   * From which load on a submission makes room for itself where something less urgent waits that has never run: that
   * ends as `Shed`. The load is (running + waiting) / (slots of workers that take work + maxQueue). Critical work is
   * never shed. `false`: nothing is. Default from 0.95.
   */
  shedding: Schema.optional(Schema.Union([Schema.Struct({ from: Share }), Schema.Literal(false)])),
  /** The most a payload may weigh, in bytes; what is transferred or shared counts nothing. Default 16 MiB. */
  maxPayloadBytes: Schema.optional(Count),
  /** Ended tasks that are remembered; beside them a tenth as many whose id was made up. Default 10,000. */
  retain: Schema.optional(Count),
  /** How long a run that is to stop may take to do so before its thread is ended. Default 100 ms. */
  grace: Schema.optional(DurationInput),
  /** How long a worker's thread may take to load the handlers. Default 30 s. */
  bootTimeout: Schema.optional(DurationInput),
  /**
   * What this process and its workers' processes may hold of the machine's memory together: up to 1 a share of what the
   * machine or container has, above it bytes. From 80 % of it on, the worker that holds most is ended. `false`: no
   * limit. Default 1.
   */
  memoryLimit: Schema.optional(Schema.Union([Share, MemoryInBytes, Schema.Literal(false)])),
  /** How long a waiting task takes to rise by one priority. Default 30 s. */
  ageing: Schema.optional(DurationInput),
  queue: Schema.optional(QueueOptions),
  /**
   * What becomes of a task that no worker of the pool could ever take, where one that can may come: see `docs/queue.md`.
   * `age`: it rises with time, like all that wait. `demote`: at each try it goes one priority lower. Default `age`.
   */
  requeue: Schema.optional(Schema.Literals(["age", "demote"])),
  /** Tries in vain after which such a task fails; 0: at once. Default 5. */
  maxRequeueAttempts: Schema.optional(Natural),
  /** How often a worker reports how it is. Default 1 s. */
  heartbeatInterval: Schema.optional(DurationInput),
  /** How often health is assessed. Default 30 s. */
  healthInterval: Schema.optional(DurationInput),
  adaptation: Schema.optional(AdaptationOptions),
  /** What a runtime has learned before, as its `learned.export()` gave it. With a data directory that is kept there. */
  learned: Schema.optional(LearnedState),
  /** A file to which is written what there is to do, to find better settings by: see `docs/tuning.md`. Default: none. */
  record: Schema.optional(Schema.Union([Name, RecordOptions])),
  /** What is derived of tasks from the names of their types and models. */
  analysis: Schema.optional(AnalysisOptions),
  /** Where metrics are kept: a DuckDB file, or in memory. Default: in the data directory where there is one. */
  metrics: Schema.optional(Schema.Struct({ path: Schema.optional(Schema.String) })),
  log: Schema.optional(LogOptions)
})

/** What `Ballast.start` takes. */
export type BallastOptions = Omit<typeof BallastOptionsSchema.Type, "strategy"> & {
  /**
   * How workers are chosen: a strategy's id, its type with options, several with weights, one for each type of task, or an
   * object of one's own. Default `adaptive`.
   */
  readonly strategy?: StrategySetting | string | undefined
}

const hints = {
  ...workerHints,
  ...poolHints,
  ...queueHints,
  ...adaptationHints,
  handlers: 'a URL or path of the module, such as new URL("./handlers.ts", import.meta.url)',
  dataDir: "a folder of this runtime's own",
  maxQueue: "a whole number, at least 1",
  maxQueueTime: 'such as "5 seconds"',
  refuseLate: "true or false",
  memoryLimit: "a share up to 1, or bytes (at least 64 MiB), or false",
  shedding: "{ from: 0.95 }, or false",
  from: "a load above 0 and up to 1",
  maxPayloadBytes: "a whole number of bytes, at least 1",
  level: '"info", or "silent"',
  requeue: '"age", or "demote"',
  learned: "what `ballast.learned.export()` has given",
  parts: "what `ballast.learned.export()` has given",
  record: 'a file, such as "history.ndjson", or { path, maxBytes }',
  sticky: '{ expiresAfter: "1 hour" }, or false',
  maxRequeueAttempts: "a whole number, or 0",
  benchmark: "true or false",
  probes: '{ interval: "1 minute", versions: ["python"] }, or false',
  hardware: "by kind, such as { npu: { performance: 2, idleWatts: 2, peakWatts: 12 } }"
}

/** What is wrong with the options, path and hint each. */
export const optionProblems = (options: BallastOptions): ReadonlyArray<Problem> => {
  const problems = problemsOf(BallastOptionsSchema, options, "", hints)
  // What is no object at all has no strategy either.
  const strategy = options?.strategy
  return [
    ...problems,
    ...(strategy === undefined ? [] : strategyProblems(strategy, "strategy")),
    ...(problems.length > 0 ? [] : workersProblems(options))
  ]
}

const workersProblems = ({ workers }: BallastOptions): ReadonlyArray<Problem> => {
  if (workers === undefined || typeof workers === "number") return []
  if (isPool(workers)) return poolProblems(workers, "workers")
  const ids = workers.flatMap(({ id }) => (id === undefined ? [] : [id]))
  return duplicateIds(ids).map((id) => ({
    path: "workers",
    message: `"${id}" is given twice`,
    hint: "each worker needs an id of its own"
  }))
}

/** Every setting with its default filled in; times in milliseconds. */
export interface Settings {
  readonly benchmark: boolean
  readonly probes:
    | { readonly interval: Millis; readonly timeout: Millis; readonly versions: ReadonlyArray<string> }
    | false
  readonly hardware: Readonly<Record<string, HardwareProfileInput>>
  readonly sticky: { readonly expiresAfter: Millis } | false
  readonly maxQueue: number
  /** Infinite where there is no bound. */
  readonly maxQueueTime: Millis
  readonly refuseLate: boolean
  readonly shedding: { readonly from: number } | false
  readonly maxPayloadBytes: number
  readonly retain: number
  readonly segmentBytes: number
  readonly grace: Millis
  readonly bootTimeout: Millis
  /** Up to 1 a share of what there is, above it bytes. */
  readonly memoryLimit: number | false
  readonly ageing: Millis
  readonly requeue: "age" | "demote"
  readonly maxRequeueAttempts: number
  readonly queue: QueueSettings
  readonly heartbeatInterval: Millis
  readonly healthInterval: Millis
  readonly analysis: {
    readonly enabled: boolean
    readonly rules: Partial<AnalysisRules>
    readonly reserveMemory: boolean
  }
  readonly adaptation: AdaptationSettings
}

const toAnalysis = (options: BallastOptions["analysis"]): Settings["analysis"] => {
  if (options === false) return { enabled: false, rules: {}, reserveMemory: false }
  const { rules = {}, reserveMemory = false } = options ?? {}
  return { enabled: true, rules, reserveMemory }
}

export const toSettings = (options: Omit<BallastOptions, "handlers">): Settings => {
  const ageing = toMillis(options.ageing ?? "30 seconds")
  const { probes = false, sticky = {} } = options
  return {
    benchmark: options.benchmark ?? false,
    probes: probes && {
      interval: toMillis(probes.interval ?? "1 minute"),
      timeout: toMillis(probes.timeout ?? "3 seconds"),
      versions: probes.versions ?? []
    },
    hardware: options.hardware ?? {},
    sticky: sticky && { expiresAfter: toMillis(sticky.expiresAfter ?? "1 hour") },
    maxQueue: options.maxQueue ?? 1_000,
    maxQueueTime: options.maxQueueTime === undefined ? Number.POSITIVE_INFINITY : toMillis(options.maxQueueTime),
    refuseLate: options.refuseLate ?? false,
    shedding: options.shedding ?? { from: 0.95 },
    maxPayloadBytes: options.maxPayloadBytes ?? 16 * 2 ** 20,
    retain: options.retain ?? 10_000,
    segmentBytes: options.journal?.segmentBytes ?? 8 * 1024 * 1024,
    grace: toMillis(options.grace ?? 100),
    bootTimeout: toMillis(options.bootTimeout ?? "30 seconds"),
    memoryLimit: options.memoryLimit ?? 1,
    ageing,
    requeue: options.requeue ?? "age",
    maxRequeueAttempts: options.maxRequeueAttempts ?? 5,
    queue: toQueueSettings(options.queue ?? {}, ageing),
    heartbeatInterval: toMillis(options.heartbeatInterval ?? "1 second"),
    healthInterval: toMillis(options.healthInterval ?? "30 seconds"),
    analysis: toAnalysis(options.analysis),
    adaptation: toAdaptationSettings(options.adaptation ?? {})
  }
}
