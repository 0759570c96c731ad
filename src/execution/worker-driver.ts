import type { Transferable } from "node:worker_threads"
import type { Epoch, ErrorData, ExitReason, WorkerSpec } from "../model/index.ts"
import type { BenchmarkResult } from "./worker/benchmark-speed.ts"
import type * as Wire from "./worker/protocol.ts"

/**
 * The seam between whoever owns a worker and where it runs: threads and processes when live, a simulation in tests. Plain callbacks,
 * called on the owner's thread; none is called before `open` has returned.
 */
export interface WorkerDriver {
  open(spec: WorkerSpec, sink: WorkerSink): WorkerConnection
}

export type RunCommand = Wire.RunCommand<Epoch>
export type WorkerReport = Wire.WorkerReport<Epoch>
export type Heartbeat = Wire.Heartbeat

/** A worker that has loaded its handlers. */
export interface WorkerInfo {
  readonly handlers: ReadonlyArray<string>
  /** Milliseconds from `open` until its handlers were loaded. */
  readonly bootMs: number
  /** 0 where it is a process. */
  readonly threadId: number
  /** Set where it is a process. */
  readonly pid?: number
  /** Set where its speed was to be measured. */
  readonly benchmark?: BenchmarkResult
}

/** How a worker ended. */
export interface WorkerExit {
  readonly reason: ExitReason
  /** Of a process that was ended by a signal: 128 and the signal's number. */
  readonly code?: number
  readonly error?: ErrorData
  /** The runs to blame, possibly ended ones; `[]`: none. `undefined`: any run that was in progress may be guilty. */
  readonly culprits: ReadonlyArray<Epoch> | undefined
}

/** What a worker tells its owner. */
export interface WorkerSink {
  /** At most once. Commands sent before it are run after it. */
  ready(info: WorkerInfo): void
  /** In the worker's order. */
  reports(batch: ReadonlyArray<WorkerReport>): void
  heartbeat(beat: Heartbeat): void
  /** Of a worker that pulls: it asks for so many runs, beside those it has. `seen`: the epoch of the latest, 0 for none. */
  asks?(open: number, seen: number): void
  /** Exactly once, and last: every report that had left the worker has been delivered. */
  exit(exit: WorkerExit): void
}

/** One worker in its life from `open` to `exit`. Calls after `exit` do nothing. */
export interface WorkerConnection {
  /** Commands of one turn travel together. `transfer` holds parts of the payload to hand over to a thread; a process gets copies. */
  run(command: RunCommand, transfer?: ReadonlyArray<Transferable>): void
  /** Takes back runs that were sent ahead; gives those that had not begun: they never will. */
  recall(epochs: ReadonlyArray<Epoch>): ReadonlyArray<Epoch>
  /** Aborts the run's signal and makes its next checkpoint throw; `Stopped` follows once it has settled. */
  cancel(epoch: Epoch, reason: string): void
  /** Hands the run over at its next checkpoint (`Yielded`); a run that never comes to one completes. */
  yieldAt(epoch: Epoch): void
  /** Rejects when the worker ends first. */
  probe(): Promise<Heartbeat>
  /**
   * Ends the worker whatever it does; resolves after `exit`. `culprits` names the runs to blame, `[]` for none; left
   * out, they are found as for a crash.
   */
  terminate(culprits?: ReadonlyArray<Epoch>): Promise<void>
  /** Lets what was sent run to its end, then ends the worker; resolves after `exit`. Send nothing after it. */
  close(): Promise<void>
}
