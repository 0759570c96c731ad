import * as Schema from "effect/Schema"
import type { Millis, Problem } from "../model/index.ts"
import { Count, DurationInput, Natural, problemsOf, Quantity, toMillis } from "./validate.ts"
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

const LogOptions = Schema.Struct({
  level: Schema.optional(Schema.Literals(["trace", "debug", "info", "warn", "error", "fatal", "silent"])),
  /** A file to append to; standard output where absent. */
  destination: Schema.optional(Schema.String),
  /** Whether payloads, results and states are left out of the logs. Default true. */
  redactPayloads: Schema.optional(Schema.Boolean)
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
  dataDir: Schema.optional(Schema.String),
  /** Waiting tasks from which on a submit waits, or is refused. Default 1,000. */
  maxQueue: Schema.optional(Count),
  /** Ended tasks that are remembered. Default 10,000. */
  retain: Schema.optional(Count),
  /** How long a run that is to stop may take to do so before its thread is ended. Default 100 ms. */
  grace: Schema.optional(DurationInput),
  /** How long a worker's thread may take to load the handlers. Default 30 s. */
  bootTimeout: Schema.optional(DurationInput),
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
  readonly retain: number
  readonly grace: Millis
  readonly bootTimeout: Millis
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
    retain: options.retain ?? 10_000,
    grace: toMillis(options.grace ?? 100),
    bootTimeout: toMillis(options.bootTimeout ?? "30 seconds"),
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
