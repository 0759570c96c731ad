import * as Schema from "effect/Schema"
import {
  type EjectionSettings,
  ejectionDefaults,
  type OutlierSettings,
  outlierDefaults,
  type SlowStartSettings,
  slowStartDefaults
} from "../../adaptation/index.ts"
import type { Millis } from "../../model/index.ts"
import { Count, DurationInput, Quantity, Share, toMillis } from "../validate.ts"

const never = Schema.Literal(false)
const Factor = Schema.Finite.check(Schema.isGreaterThan(1))

const EjectionOptions = Schema.Struct({
  /** What a first ejection takes; each further one as much more. Default 30 s. */
  baseTime: Schema.optional(DurationInput),
  /** Default 5 min. */
  maxTime: Schema.optional(DurationInput),
  /** Share of the pool that may be ejected at a time; one worker always may be. Default 0.1. */
  maxShare: Schema.optional(Share),
  /** Below this share of workers that take work nobody is ejected, and all come back. Default 0.5. */
  panicThreshold: Schema.optional(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))),
  /** Failures in a row, of a type that succeeds elsewhere. Default 5. */
  consecutiveFailures: Schema.optional(Count),
  /** Standard deviations below the workers' mean success rate. Default 1.9. */
  successDeviations: Schema.optional(Quantity),
  /** Share of runs that fails, where it fails less elsewhere. Default false: however many. */
  failureShare: Schema.optional(Schema.Union([Share, never])),
  /** How many times as long as usual a worker's runs take, those of the others taken out. Default 3. */
  slowFactor: Schema.optional(Schema.Union([Factor, never]))
}).check(
  Schema.makeFilter(({ baseTime, maxTime }) =>
    baseTime === undefined || maxTime === undefined || toMillis(maxTime) >= toMillis(baseTime)
      ? undefined
      : { path: ["maxTime"], issue: `Expected at least baseTime (${baseTime}), got ${maxTime}` }
  )
)

const SlowStartOptions = Schema.Struct({
  /** Time after which a worker has all its slots. Default 5 s. */
  window: Schema.optional(DurationInput),
  /** Runs for each of its slots after which it has them before that time. Default 20. */
  runs: Schema.optional(Count),
  /** Share of its slots that it begins with. Default 0.1. */
  minShare: Schema.optional(Share),
  /** 1: as time goes; more: faster at first. Default 1. */
  aggression: Schema.optional(Schema.Finite.check(Schema.isGreaterThan(0)))
})

/** See `docs/health.md`. */
export const HealthOptions = Schema.Struct({
  /** How often outliers and silent workers are looked for. Default 1 s. */
  sweepInterval: Schema.optional(DurationInput),
  /** Workers that do markedly worse than the others are taken out of placement for a time. Default: on. */
  ejection: Schema.optional(Schema.Union([EjectionOptions, never])),
  /** Workers that join or come back get their slots one after the other. Default: on. */
  slowStart: Schema.optional(Schema.Union([SlowStartOptions, never]))
})

export interface HealthWatchSettings {
  readonly sweepInterval: Millis
  readonly ejection: EjectionSettings | false
  readonly outliers: OutlierSettings
  readonly slowStart: SlowStartSettings | false
}

export const healthHints = {
  sweepInterval: 'such as "1 second"',
  ejection: "options of ejection, or false for none",
  slowStart: "options of slow start, or false for none",
  maxShare: "a share, more than 0 and at most 1",
  minShare: "a share, more than 0 and at most 1",
  panicThreshold: "a share, 0 to 1",
  maxTime: 'such as "5 minutes", no less than baseTime',
  failureShare: "a share, more than 0 and at most 1, or false",
  slowFactor: "a factor above 1, or false"
}

/** Where one of the two is given, the other is no less, or no more. */
const ejectionTimes = ({ baseTime, maxTime }: typeof EjectionOptions.Type) => ({
  base: toMillis(baseTime ?? Math.min(ejectionDefaults.base, toMillis(maxTime ?? ejectionDefaults.base))),
  longest: toMillis(maxTime ?? Math.max(ejectionDefaults.longest, toMillis(baseTime ?? ejectionDefaults.base)))
})

/** More often it would keep the runtime from its work. */
const shortest: Millis = 100

export const toHealthSettings = ({
  sweepInterval = "1 second",
  ejection = {},
  slowStart = {}
}: typeof HealthOptions.Type): HealthWatchSettings => {
  const rules = ejection === false ? {} : ejection
  return {
    sweepInterval: Math.max(shortest, toMillis(sweepInterval)),
    ejection: ejection !== false && {
      ...ejectionDefaults,
      ...ejectionTimes(ejection),
      maxShare: ejection.maxShare ?? ejectionDefaults.maxShare,
      panic: ejection.panicThreshold ?? ejectionDefaults.panic
    },
    outliers: {
      ...outlierDefaults,
      consecutiveFailures: rules.consecutiveFailures ?? outlierDefaults.consecutiveFailures,
      deviations: rules.successDeviations ?? outlierDefaults.deviations,
      failureShare: rules.failureShare ?? outlierDefaults.failureShare,
      slow: rules.slowFactor ?? outlierDefaults.slow
    },
    slowStart: slowStart !== false && {
      window: toMillis(slowStart.window ?? slowStartDefaults.window),
      runs: slowStart.runs ?? slowStartDefaults.runs,
      least: slowStart.minShare ?? slowStartDefaults.least,
      aggression: slowStart.aggression ?? slowStartDefaults.aggression
    }
  }
}
