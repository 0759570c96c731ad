/** Logs: pino, for synchronous code and for Effect. */
export { type Log, type LogFields, type LogLevel, logLevels, silentLog } from "./log.ts"
export { type LogEvent, logEvents } from "./log-events.ts"
export { makeLogger, type Telemetry, type TelemetryOptions } from "./make-logger.ts"
