import type { GivenDevice } from "./protocol.ts"

/** Log lines of one task; they reach the owner with the task's ids. `fields` must be cloneable data. */
export interface TaskLog {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void
  info(message: string, fields?: Readonly<Record<string, unknown>>): void
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void
  error(message: string, fields?: Readonly<Record<string, unknown>>): void
}

/** What a handler knows of the run it is in. Its members may be destructured. */
export interface TaskContext<State = unknown> {
  readonly id: string
  readonly type: string
  /** 1 for the first run. */
  readonly attempt: number
  /** The fencing token of this run: rises with each run of a task, so outside writes can be guarded by it. */
  readonly epoch: number
  readonly workerId: string
  /** The accelerators that were given to this run, in the order it asked for them. */
  readonly devices: ReadonlyArray<GivenDevice>
  /** Aborts when the task is cancelled; the reason is a `TaskCancelled`. */
  readonly signal: AbortSignal
  /** What an earlier run saved last; `undefined` on a fresh start. */
  readonly state: State | undefined
  /**
   * Saves `state`, lets the thread hear its messages, and is where a task is cancelled or moved: it then rejects with
   * `TaskCancelled` or `TaskMoved`, to be let through so that `finally` blocks run. A handler that catches it and
   * returns has completed. `state` must be cloneable data; it is copied before the promise settles.
   */
  checkpoint(state: State): Promise<void>
  /** `fraction` 0–1. Of several in one turn of the event loop only the last is sent. */
  progress(fraction: number, note?: string): void
  readonly log: TaskLog
}

/** A task's code: one function, run in a worker thread. */
export type Handler<Payload = unknown, Result = unknown, State = unknown> = (
  payload: Payload,
  task: TaskContext<State>
) => Result | Promise<Result>

/** Thrown by `checkpoint` when the task goes on at another worker from the state just saved. */
export class TaskMoved extends Error {
  override readonly name = "TaskMoved"
  readonly code = "BALLAST_TASK_MOVED"
  constructor(epoch: number) {
    super(`run ${epoch} is handed over to another worker`)
  }
}

/** Thrown by `checkpoint`, and the reason of `signal`, when the task is cancelled. Named as `fetch` and timers name theirs. */
export class TaskCancelled extends Error {
  override readonly name = "AbortError"
  readonly code = "ABORT_ERR"
}
