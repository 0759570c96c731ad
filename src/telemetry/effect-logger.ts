import * as Cause from "effect/Cause"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import type * as EffectLogLevel from "effect/LogLevel"
import * as References from "effect/References"
import type { Logger as Pino } from "pino"
import type { LogLevel } from "./log.ts"
import { logEvents } from "./log-events.ts"

const pinoLevels: Readonly<Record<EffectLogLevel.LogLevel, LogLevel>> = {
  All: "trace",
  Trace: "trace",
  Debug: "debug",
  Info: "info",
  Warn: "warn",
  Error: "error",
  Fatal: "fatal",
  None: "trace"
}

const effectLevels: Readonly<Record<LogLevel | "silent", EffectLogLevel.LogLevel>> = {
  trace: "Trace",
  debug: "Debug",
  info: "Info",
  warn: "Warn",
  error: "Error",
  fatal: "Fatal",
  silent: "None"
}

/**
 * Effect's log, written by pino: `Effect.logInfo("task.placed", { task })` gives the line that
 * `log.info("task.placed", { task })` gives. Objects and annotations become fields, an error or a cause `err`, the
 * current span `traceId` and `spanId`; a text that names no event becomes `msg`.
 */
const toPino = (pino: Pino): Logger.Logger<unknown, void> =>
  Logger.make(({ message, logLevel, cause, fiber }) => {
    const level = pinoLevels[logLevel]
    if (!pino.isLevelEnabled(level)) return
    const fields: Record<string, unknown> = {}
    const words: Array<string> = []
    const parts: ReadonlyArray<unknown> = Array.isArray(message) ? message : [message]
    for (const part of parts) {
      if (part instanceof Error) fields.err = part
      else if (typeof part === "object" && part !== null) Object.assign(fields, part)
      else if (typeof part === "string" && Object.hasOwn(logEvents, part) && fields.event === undefined)
        fields.event = part
      else words.push(String(part))
    }
    if (cause.reasons.length > 0) fields.err = Cause.squash(cause)
    const span = fiber.cache.span
    const trace = span === undefined ? {} : { traceId: span.traceId, spanId: span.spanId }
    const line = { ...fields, ...fiber.getRef(References.CurrentLogAnnotations), ...trace }
    if (words.length === 0) pino[level](line)
    else pino[level](line, words.join(" "))
  })

/** In the place of Effect's own loggers, with pino's level as the least one. */
export const effectLoggerLayer = (pino: Pino): Layer.Layer<never> => {
  const level = Object.entries(effectLevels).find(([name]) => name === pino.level)?.[1] ?? "Info"
  return Layer.mergeAll(Logger.layer([toPino(pino)]), Layer.succeed(References.MinimumLogLevel, level))
}
