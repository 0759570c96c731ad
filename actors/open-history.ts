import type { BallastOptions } from "../src/config/index.ts"
import { HistoryFile } from "../src/storage/index.ts"
import { HistoryRecorder } from "./history-recorder.ts"
import type { Runtime } from "./runtime.ts"

const usualBytes = 64 * 1024 ** 2

/** Options that can be tried with other values. */
const tunable = ["strategy", "sticky", "maxQueue", "shedding", "ageing", "queue", "hardware", "adaptation"] as const

/** What holds a function is somebody's own, and no line can hold it. */
const isPlain = (value: unknown): boolean =>
  typeof value === "object" && value !== null ? Object.values(value).every(isPlain) : typeof value !== "function"

const tunableIn = (options: BallastOptions): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    tunable.flatMap((name) => {
      const value: unknown = options[name]
      return value !== undefined && isPlain(value) ? [[name, value]] : []
    })
  )

/** Records what the runtime is given to do, where that is asked for; it has no workers yet. */
export const openHistory = (
  options: BallastOptions,
  runtime: Runtime,
  wallClock: number
): HistoryRecorder | undefined => {
  if (options.record === undefined) return undefined
  const { path, maxBytes = usualBytes } = typeof options.record === "string" ? { path: options.record } : options.record
  const onProblem = (problem: string): void =>
    runtime.bus.publish({ _tag: "HistoryNotKept", at: runtime.system.now(), problem })
  const recorder = new HistoryRecorder({
    ledger: runtime.ledger,
    settings: tunableIn(options),
    startedAt: new Date(wallClock).toISOString(),
    origin: runtime.system.now(),
    open: (standing) => new HistoryFile({ path, maxBytes, onProblem }, standing)
  })
  runtime.bus.subscribe(recorder.onEvent, HistoryRecorder.heeds)
  runtime.runs.teach(recorder.learn)
  return recorder
}
