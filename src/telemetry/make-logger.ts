import { mkdirSync, openSync } from "node:fs"
import { dirname } from "node:path"
import type * as Layer from "effect/Layer"
import { type DestinationStream, type Logger, type LoggerOptions, pino } from "pino"
import type { Millis } from "../model/index.ts"
import { effectLoggerLayer } from "./effect-logger.ts"
import { type Log, type LogFields, type LogLevel, pinoLog } from "./log.ts"

export interface TelemetryOptions {
  /** The least grave level written. `silent`, the default, for a library inside someone else's program. */
  readonly level?: LogLevel | "silent"
  /** A stream, or the path of a file that is appended to; standard output if left out. */
  readonly destination?: DestinationStream | string
  /** Whether what tasks carry is kept out of the log: payloads, results, states. Yes by default. */
  readonly redactPayloads?: boolean
  /** Fields on every line. */
  readonly fields?: LogFields
  /** The time of a line, in milliseconds since 1970; the machine's clock if left out. */
  readonly now?: () => Millis
  /** Called where a line could not be written, such as on a full disk. */
  readonly onError?: (cause: unknown) => void
}

/** One log with three faces. */
export interface Telemetry {
  readonly pino: Logger
  /** For synchronous code. */
  readonly log: Log
  /** For Effect code: takes the place of Effect's own loggers. */
  readonly layer: Layer.Layer<never>
  /** Fulfilled once what was logged is written. Never rejects. */
  flush(): Promise<void>
  /** Flushes, and closes the file where this log opened it. */
  close(): Promise<void>
}

/** What tasks carry, under every name it goes by. */
const carried = ["payload", "result", "state", "checkpoint", "value"]

/** At the top of a line and as deep as errors and lists put it. */
const redactedPaths = carried.flatMap((name) => ["", "*.", "*.*.", "*.*.*."].map((depth) => `${depth}${name}`))

/**
 * Makes the log. Throws what the file system throws where the file cannot be opened, so that a wrong path is known at
 * the start; whatever fails later goes to `onError` and disturbs nobody.
 */
export const makeLogger = (options: TelemetryOptions = {}): Telemetry => {
  const { level = "silent", destination, redactPayloads = true, fields, now, onError = () => {} } = options
  const settings: LoggerOptions = {
    level,
    base: fields === undefined ? null : { ...fields },
    formatters: { level: (label) => ({ level: label }) },
    ...(redactPayloads ? { redact: { paths: redactedPaths, censor: "[redacted]" } } : {}),
    ...(now === undefined ? {} : { timestamp: () => `,"time":${now()}` })
  }
  let closed: Promise<void> | undefined
  const file = typeof destination === "string" ? openFile(destination) : undefined
  file?.on("error", onError)
  // Lines that come after the end, such as from an actor on its way down, go nowhere; the file itself would throw.
  const stream =
    file === undefined
      ? typeof destination === "object"
        ? destination
        : undefined
      : { write: (line: string) => void (closed === undefined && file.write(line)), flush: file.flush.bind(file) }
  const logger = stream === undefined ? pino(settings) : pino(settings, stream)
  const flush = () => new Promise<void>((resolve) => logger.flush(() => resolve()))
  return {
    pino: logger,
    log: pinoLog(logger),
    layer: effectLoggerLayer(logger),
    flush,
    close: () => {
      closed ??= flush().then(() => (file === undefined ? undefined : end(file)))
      return closed
    }
  }
}

type LogFile = ReturnType<typeof pino.destination>

/** Opened at once, written without making whoever logs wait. */
const openFile = (path: string): LogFile => {
  mkdirSync(dirname(path), { recursive: true })
  // At a least length of 0, which would write just as soon, `flush` does not wait for what is being written.
  return pino.destination({ fd: openSync(path, "a"), sync: false, minLength: 1 })
}

const end = (file: LogFile): Promise<void> =>
  new Promise((resolve) => {
    file.once("close", () => resolve())
    // What cannot be written now will not be later; left open, the file would try again for ever as the process ends.
    file.once("error", () => file.destroy())
    file.end()
  })
