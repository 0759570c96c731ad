import type { Logger } from "pino"
import type { TaskId, WorkerId } from "../model/index.ts"
import type { LogEvent } from "./log-events.ts"

/** Levels, the gravest first. */
export const logLevels = ["fatal", "error", "warn", "info", "debug", "trace"] as const

export type LogLevel = (typeof logLevels)[number]

/** Fields of a line. Those that name something have one name everywhere; the rest is up to the event. */
export interface LogFields {
  readonly task?: TaskId | undefined
  readonly worker?: WorkerId | undefined
  readonly epoch?: number | undefined
  readonly actor?: string | undefined
  readonly migration?: number | undefined
  readonly err?: unknown
  readonly [field: string]: unknown
}

type Write = (event: LogEvent, fields?: LogFields) => void

/** The log as synchronous code sees it. A line below the level costs a comparison. */
export interface Log extends Readonly<Record<LogLevel, Write>> {
  /** Whether a line of this level is written: worth asking where its fields are costly to gather. */
  enabled(level: LogLevel): boolean
  /** The same log with these fields on each line. */
  with(fields: LogFields): Log
}

/** Logs through pino; the event goes first, in the field `event`. */
export const pinoLog = (logger: Logger): Log => {
  const at =
    (level: LogLevel): Write =>
    (event, fields) => {
      if (logger.isLevelEnabled(level)) logger[level]({ event, ...fields })
    }
  return {
    fatal: at("fatal"),
    error: at("error"),
    warn: at("warn"),
    info: at("info"),
    debug: at("debug"),
    trace: at("trace"),
    enabled: (level) => logger.isLevelEnabled(level),
    with: (fields) => pinoLog(logger.child({ ...fields }))
  }
}

const nothing = (): void => {}

/** A log that writes nothing. */
export const silentLog: Log = {
  ...{ fatal: nothing, error: nothing, warn: nothing, info: nothing, debug: nothing, trace: nothing },
  enabled: () => false,
  with: () => silentLog
}
