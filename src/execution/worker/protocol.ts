import type { MessagePort } from "node:worker_threads"
import type { ErrorData } from "./error-data.ts"

/**
 * What crosses between a worker's thread and its owner.
 *
 * Two lines: the data line is one `MessagePort` that carries arrays of commands one way and arrays of reports the
 * other; the control line is Comlink on the thread's own port (`WorkerControl`).
 */

/** One thing wrong in a value: where, what, and what to do about it. */
export interface Problem {
  /** Such as `payload.items[3].cb`. */
  readonly path: string
  readonly message: string
  readonly hint: string
}

/** Run a handler once. `state` is what the task last saved, `undefined` for a fresh start. */
export interface RunCommand<E extends number = number> {
  readonly epoch: E
  readonly taskId: string
  readonly type: string
  readonly payload: unknown
  readonly attempt: number
  readonly state: unknown
}

export type LogLevel = "debug" | "info" | "warn" | "error"

/**
 * What a worker says of one run. `Completed`, `Failed`, `Rejected`, `UnknownHandler`, `Yielded` and `Stopped` end it:
 * exactly one of them is sent, once the handler has settled, and nothing of that epoch but `Log` follows it.
 */
export type WorkerReport<E extends number = number> = { readonly epoch: E } & (
  | { readonly _tag: "Completed"; readonly value: unknown; readonly ms: number }
  | { readonly _tag: "Failed"; readonly error: ErrorData; readonly ms: number }
  /** Payload, result or state does not match its schema or cannot cross to another thread. */
  | { readonly _tag: "Rejected"; readonly problems: ReadonlyArray<Problem> }
  | { readonly _tag: "UnknownHandler"; readonly known: ReadonlyArray<string> }
  | { readonly _tag: "Checkpointed"; readonly state: unknown }
  /** Handed over on request: it goes on elsewhere from `state`. */
  | { readonly _tag: "Yielded"; readonly state: unknown }
  /** Cancelled, and settled since. */
  | { readonly _tag: "Stopped" }
  | { readonly _tag: "Progress"; readonly fraction: number; readonly note?: string }
  | {
      readonly _tag: "Log"
      readonly level: LogLevel
      readonly message: string
      readonly fields: Readonly<Record<string, unknown>>
    }
)

/** How a thread is doing. */
export interface Heartbeat {
  /** Milliseconds by which the latest beat came late: what a message to this thread would have waited. */
  readonly eventLoopDelay: number
  /** Share of the time since the latest beat that the event loop was busy, 0–1. */
  readonly eventLoopUtilization: number
  /** Bytes of JavaScript heap in use. Buffers are not counted. */
  readonly heapUsed: number
  /** Runs started and not yet settled. */
  readonly running: number
  /** Runs received and not yet started. */
  readonly queued: number
}

/** What a worker posts on the data line. */
export type WorkerMessage =
  | { readonly _tag: "Reports"; readonly reports: ReadonlyArray<WorkerReport> }
  | { readonly _tag: "Heartbeat"; readonly beat: Heartbeat }

/** The names of the handlers loaded, or why there are none. */
export interface LoadOutcome {
  readonly handlers: ReadonlyArray<string>
  readonly error?: ErrorData
}

/** The control line. Commands sent before a control call are seen before it takes effect. */
export interface WorkerControl {
  load(module: string): Promise<LoadOutcome>
  cancel(epoch: number, reason: string): void
  yieldAt(epoch: number): void
  probe(): Heartbeat
  /** Resolves once nothing runs or waits. */
  drain(): Promise<void>
  /** Ends the thread; does not return. */
  exit(): void
}

/** What a thread is started with. */
export interface WorkerBoot {
  readonly workerId: string
  readonly dutyCycle: number
  /** Milliseconds. */
  readonly heartbeatInterval: number
  readonly data: MessagePort
  readonly blackBox: SharedArrayBuffer
}
