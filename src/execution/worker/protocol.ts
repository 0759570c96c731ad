import type { MessagePort } from "node:worker_threads"
import type { BenchmarkRates } from "./benchmark.ts"
import type { CommandsInTransit, MessageInTransit } from "./columns.ts"
import type { ErrorData } from "./error-data.ts"

/**
 * What crosses between a worker and its owner.
 *
 * Two lines: the data line carries arrays of commands one way and arrays of reports the other; the control line is
 * Comlink (`WorkerControl`). For a thread they are a `MessagePort` and the thread's own port, for a process two pipes.
 */

/** One thing wrong in a value: where, what, and what to do about it. */
export interface Problem {
  /** Such as `payload.items[3].cb`. */
  readonly path: string
  readonly message: string
  readonly hint: string
}

/** An accelerator that a run was given. */
export interface GivenDevice {
  readonly kind: string
  /** Among the worker's accelerators of this kind, from 0. */
  readonly index: number
  /** How much of it, 0–1. */
  readonly share: number
  /** GiB of its memory. */
  readonly memory: number
  /** By which the machine's own tools speak of it, such as `nvidia-smi`; only where it was found there. */
  readonly machineIndex?: number
}

/** Run a handler once. `state` is what the task last saved, `undefined` for a fresh start. */
export interface RunCommand<E extends number = number> {
  readonly epoch: E
  readonly taskId: string
  readonly type: string
  readonly payload: unknown
  readonly attempt: number
  readonly state: unknown
  /** The accelerators it was given; left out where there are none. */
  readonly devices?: ReadonlyArray<GivenDevice>
  /** Its owner counts the time: the report of its end must not wait for another run. */
  readonly timed?: boolean
  /** Sent ahead: to be begun once a slot is free, unless it is taken back before. */
  readonly ahead?: boolean
  /** Where it was sent ahead and can be taken back: its cell among the worker's claims. */
  readonly claim?: number
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
export type WorkerMessage<E extends number = number> =
  | { readonly _tag: "Reports"; readonly reports: ReadonlyArray<WorkerReport<E>> }
  | { readonly _tag: "Heartbeat"; readonly beat: Heartbeat }

/** The names of the handlers loaded, or why there are none. */
export interface LoadOutcome {
  readonly handlers: ReadonlyArray<string>
  readonly error?: ErrorData
  /** Where it was asked for: what the thread has shown, and in how many milliseconds. */
  readonly benchmark?: { readonly rates: BenchmarkRates; readonly ms: number }
}

/** The control line. Commands sent before a control call are seen before it takes effect. */
export interface WorkerControl {
  /** `mebibytes`: tries what the thread can do before it begins, copying so much. */
  load(module: string, mebibytes?: number): Promise<LoadOutcome>
  cancel(epoch: number, reason: string): void
  yieldAt(epoch: number): void
  probe(): Heartbeat
  /** Resolves once nothing runs or waits. */
  drain(): Promise<void>
  /** Ends the worker; does not return. */
  exit(): void
}

/** What a worker is started with. */
export interface WorkerBoot {
  readonly workerId: string
  readonly dutyCycle: number
  /** Runs it may have in progress at once; more wait. */
  readonly slots: number
  /** Milliseconds. */
  readonly heartbeatInterval: number
}

/** What a thread is started with. */
export interface ThreadBoot extends WorkerBoot {
  readonly data: MessagePort
  readonly blackBox: SharedArrayBuffer
  readonly claims: SharedArrayBuffer
}

/**
 * The pipes and files of a worker process, by descriptor. `down` carries frames to it, `up` frames from it. `life` ends
 * when its owner does, and carries back its resident bytes. `blackBox` is the file of its black box.
 */
export const processFds = { down: 3, up: 4, life: 5, blackBox: 6 } as const

/** A frame to a worker process: data line and control line share a pipe, so that neither overtakes the other. */
export type DownFrame =
  | readonly [line: "data", commands: CommandsInTransit]
  | readonly [line: "control", message: unknown]

/** A frame from a worker process. `fatal`: the uncaught error that is about to end it. */
export type UpFrame<E extends number = number> =
  | readonly [line: "data", message: MessageInTransit<E>]
  | readonly [line: "control", message: unknown]
  | readonly [line: "fatal", error: ErrorData]
