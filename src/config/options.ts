import * as Schema from "effect/Schema"
import type { Millis, Problem } from "../model/index.ts"
import { Count, DurationInput, Natural, problemsOf, Quantity, Share, toMillis } from "./validate.ts"
import { duplicateIds, WorkerDefinition, workerHints } from "./worker-definition.ts"

/** Each feature of adaptation can be switched off (G13). */
const Features = Schema.Struct({
  dynamicThresholds: Schema.optional(Schema.Boolean),
  predictiveBalancing: Schema.optional(Schema.Boolean),
  costBenefitAnalysis: Schema.optional(Schema.Boolean),
  /** Nothing yet, as `resourceEfficiency`. */
  hardwareSpecific: Schema.optional(Schema.Boolean),
  resourceEfficiency: Schema.optional(Schema.Boolean),
  taskMigration: Schema.optional(Schema.Boolean)
})

export const AdaptationOptions = Schema.Struct({
  /** How often load is sampled, imbalance judged and a metrics row written. Default 30 s. */
  checkInterval: Schema.optional(DurationInput),
  /** How far ahead load is forecast. A bare number is in minutes. Default 3 min. */
  predictionWindow: Schema.optional(DurationInput),
  /** How far back samples are kept. Default 5 min. */
  performanceWindow: Schema.optional(DurationInput),
  /** Max − min utilisation from which balancing acts. Default 0.4. */
  imbalanceThreshold: Schema.optional(Quantity),
  /** Default 2. */
  maxSimultaneousMigrations: Schema.optional(Natural),
  /** The rule that moves the thresholds. Default `set-point`. */
  thresholds: Schema.optional(Schema.Literals(["set-point", "incremental"])),
  features: Schema.optional(Features)
})

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

const BallastOptionsSchema = Schema.Struct({
  handlers: Schema.Union([Schema.declare((input): input is URL => input instanceof URL), Schema.String]),
  workers: Schema.optional(Schema.Union([Count, Schema.Array(WorkerDefinition).check(Schema.isMinLength(1))])),
  strategy: Schema.optional(
    Schema.Union([
      Schema.String,
      Schema.declare((input): input is object => typeof input === "object" && input !== null)
    ])
  ),
  /**
   * A folder of this runtime's own. With it accepted tasks, their checkpoints and their results survive the process: see
   * `docs/durability.md`.
   */
  dataDir: Schema.optional(Schema.String),
  journal: Schema.optional(JournalOptions),
  /** Waiting tasks from which on a submit waits, or is refused. Default 1,000. */
  maxQueue: Schema.optional(Count),
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
  /** How often a worker reports how it is. Default 1 s. */
  heartbeatInterval: Schema.optional(DurationInput),
  /** How often health is assessed. Default 30 s. */
  healthInterval: Schema.optional(DurationInput),
  adaptation: Schema.optional(AdaptationOptions),
  /** Where metrics are kept: a DuckDB file, or in memory. Default: in the data directory where there is one. */
  metrics: Schema.optional(Schema.Struct({ path: Schema.optional(Schema.String) })),
  log: Schema.optional(LogOptions)
})

/** What `Ballast.start` takes. */
export type BallastOptions = Omit<typeof BallastOptionsSchema.Type, "strategy"> & {
  /** A strategy's id, or a strategy of one's own. Default `least_connections`. */
  readonly strategy?: string | object | undefined
}

const hints = {
  ...workerHints,
  handlers: 'a URL or path of the module, such as new URL("./handlers.ts", import.meta.url)',
  strategy: 'a strategy\'s id, such as "least_connections"',
  dataDir: "a folder of this runtime's own",
  maxQueue: "a whole number, at least 1",
  memoryLimit: "a share up to 1, or bytes (at least 64 MiB), or false",
  shedding: "{ from: 0.95 }, or false",
  from: "a load above 0 and up to 1",
  maxPayloadBytes: "a whole number of bytes, at least 1",
  checkInterval: 'such as "30 seconds"',
  predictionWindow: 'minutes, or a text such as "3 minutes"',
  level: '"info", or "silent"'
}

/** What is wrong with the options, path and hint each. */
export const optionProblems = (options: BallastOptions): ReadonlyArray<Problem> => {
  const problems = problemsOf(BallastOptionsSchema, options, "", hints)
  if (problems.length > 0 || typeof options.workers !== "object") return problems
  const ids = options.workers.flatMap(({ id }) => (id === undefined ? [] : [id]))
  return duplicateIds(ids).map((id) => ({
    path: "workers",
    message: `"${id}" is given twice`,
    hint: "each worker needs an id of its own"
  }))
}

/** Every setting with its default filled in; times in milliseconds. */
export interface Settings {
  readonly maxQueue: number
  readonly shedding: { readonly from: number } | false
  readonly maxPayloadBytes: number
  readonly retain: number
  readonly segmentBytes: number
  readonly grace: Millis
  readonly bootTimeout: Millis
  /** Up to 1 a share of what there is, above it bytes. */
  readonly memoryLimit: number | false
  readonly ageing: Millis
  readonly heartbeatInterval: Millis
  readonly healthInterval: Millis
  readonly adaptation: {
    readonly checkInterval: Millis
    readonly predictionWindow: Millis
    readonly performanceWindow: Millis
    readonly imbalanceThreshold: number
    readonly maxSimultaneousMigrations: number
    readonly thresholds: "set-point" | "incremental"
    readonly features: {
      readonly dynamicThresholds: boolean
      readonly predictiveBalancing: boolean
      readonly costBenefitAnalysis: boolean
      readonly hardwareSpecific: boolean
      readonly resourceEfficiency: boolean
      readonly taskMigration: boolean
    }
  }
}

export const toSettings = (options: Omit<BallastOptions, "handlers">): Settings => {
  const { adaptation = {} } = options
  const { features = {}, predictionWindow = "3 minutes" } = adaptation
  return {
    maxQueue: options.maxQueue ?? 1_000,
    shedding: options.shedding ?? { from: 0.95 },
    maxPayloadBytes: options.maxPayloadBytes ?? 16 * 2 ** 20,
    retain: options.retain ?? 10_000,
    segmentBytes: options.journal?.segmentBytes ?? 8 * 1024 * 1024,
    grace: toMillis(options.grace ?? 100),
    bootTimeout: toMillis(options.bootTimeout ?? "30 seconds"),
    memoryLimit: options.memoryLimit ?? 1,
    ageing: toMillis(options.ageing ?? "30 seconds"),
    heartbeatInterval: toMillis(options.heartbeatInterval ?? "1 second"),
    healthInterval: toMillis(options.healthInterval ?? "30 seconds"),
    adaptation: {
      checkInterval: toMillis(adaptation.checkInterval ?? "30 seconds"),
      predictionWindow: typeof predictionWindow === "number" ? predictionWindow * 60_000 : toMillis(predictionWindow),
      performanceWindow: toMillis(adaptation.performanceWindow ?? "5 minutes"),
      imbalanceThreshold: adaptation.imbalanceThreshold ?? 0.4,
      maxSimultaneousMigrations: adaptation.maxSimultaneousMigrations ?? 2,
      thresholds: adaptation.thresholds ?? "set-point",
      features: {
        dynamicThresholds: features.dynamicThresholds ?? true,
        predictiveBalancing: features.predictiveBalancing ?? true,
        costBenefitAnalysis: features.costBenefitAnalysis ?? true,
        hardwareSpecific: features.hardwareSpecific ?? true,
        resourceEfficiency: features.resourceEfficiency ?? true,
        taskMigration: features.taskMigration ?? true
      }
    }
  }
}
