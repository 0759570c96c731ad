import * as Data from "effect/Data"
import type { Crash, MadeRoomFor, TaskId } from "./task.ts"
import type { WorkerId } from "./worker.ts"

/** One thing wrong in what the caller gave: where, what, and what to do about it. */
export interface Problem {
  /** Such as `workers[0].capacity.cpu`. */
  readonly path: string
  readonly message: string
  readonly hint: string
}

const lines = (problems: ReadonlyArray<Problem>): string =>
  problems.map(({ path, message, hint }) => `${path}: ${message} (${hint})`).join("\n")

/** Options that cannot be used; each problem with its path and hint. */
export class InvalidOptions extends Data.TaggedError("InvalidOptions")<{ readonly problems: ReadonlyArray<Problem> }> {
  readonly code = "BALLAST_INVALID_OPTIONS"
  readonly hint = "mend the options at the paths named"
  override get message(): string {
    return lines(this.problems)
  }
}

/** The handlers' module could not be loaded, or holds no handler. */
export class HandlersNotLoaded extends Data.TaggedError("HandlersNotLoaded")<{
  readonly module: string
  readonly hint: string
  readonly cause?: unknown
}> {
  readonly code = "BALLAST_HANDLERS_NOT_LOADED"
  override get message(): string {
    const why = this.cause instanceof Error ? `: ${this.cause.message}` : ""
    return `the handlers' module ${this.module} could not be loaded${why} (${this.hint})`
  }
}

/** No handler of this name is exported by the handlers' module. */
export class UnknownHandler extends Data.TaggedError("UnknownHandler")<{
  readonly taskId: TaskId
  readonly type: string
  readonly known: ReadonlyArray<string>
}> {
  readonly code = "BALLAST_UNKNOWN_HANDLER"
  get hint(): string {
    return `exported handlers: ${this.known.join(", ") || "none"}`
  }
  override get message(): string {
    return `no handler named "${this.type}" (${this.hint})`
  }
}

/** A payload, result or checkpoint that cannot cross to another thread, or does not match its schema. */
export class InvalidPayload extends Data.TaggedError("InvalidPayload")<{
  readonly taskId: TaskId
  readonly problems: ReadonlyArray<Problem>
}> {
  readonly code = "BALLAST_INVALID_PAYLOAD"
  readonly hint = "mend the payload at the paths named"
  override get message(): string {
    return lines(this.problems)
  }
}

/** The queue is full and the caller asked not to wait. */
export class QueueFull extends Data.TaggedError("QueueFull")<{
  readonly taskId: TaskId
  /** How many tasks may wait. */
  readonly limit: number
  /** Where the queue is bounded by time and that is what is full: how long it would wait, in milliseconds. */
  readonly wait?: number
  readonly maxQueueTime?: number
}> {
  readonly code = "BALLAST_QUEUE_FULL"
  get hint(): string {
    return `use submit, which waits, or raise ${this.maxQueueTime === undefined ? "maxQueue" : "maxQueueTime"}`
  }
  override get message(): string {
    if (this.maxQueueTime === undefined) return `${this.limit} tasks are waiting already (${this.hint})`
    return `it would wait for about ${Math.round(this.wait ?? 0)} ms, more than ${this.maxQueueTime} ms (${this.hint})`
  }
}

/** By all that is known it would not begin in time: it was not taken in, as asked. */
export class WouldBeLate extends Data.TaggedError("WouldBeLate")<{
  readonly taskId: TaskId
  readonly limit: "deadline" | "queueTimeout"
  /** The least it would wait before it begins, and the time it has, in milliseconds. */
  readonly wait: number
  readonly left: number
}> {
  readonly code = "BALLAST_WOULD_BE_LATE"
  readonly hint = "allow more time, give it a higher priority, or add workers"
  override get message(): string {
    const { wait, left, limit } = this
    return `it would wait for at least ${Math.round(wait)} ms, and its ${limit} is in ${Math.round(left)} ms (${this.hint})`
  }
}

/** What one worker does not have of what a task needs. */
export interface Unmet {
  readonly workerId: WorkerId
  readonly reasons: ReadonlyArray<string>
}

/** No worker can ever meet the task's hard requirements, and none has come that can, for as often as it was tried. */
export class Unschedulable extends Data.TaggedError("Unschedulable")<{
  readonly taskId: TaskId
  readonly unmet: ReadonlyArray<Unmet>
  /** How often it was tried in vain, where it had waited for a worker to come. */
  readonly tries?: number
}> {
  readonly code = "BALLAST_UNSCHEDULABLE"
  readonly hint = "lower the requirements, or add a worker that meets them"
  override get message(): string {
    const why = this.unmet.map(({ workerId, reasons }) => `${workerId}: ${reasons.join(", ")}`).join("; ")
    const tried = this.tries === undefined ? "" : `, tried ${this.tries} time${this.tries === 1 ? "" : "s"}`
    return `no worker can ever run task ${this.taskId}${tried}: ${why || "there are no workers"} (${this.hint})`
  }
}

/** The handler failed and no attempt is left. `cause` is its own error, with its fields. */
export class TaskFailed extends Data.TaggedError("TaskFailed")<{
  readonly taskId: TaskId
  readonly type: string
  readonly attempts: number
  readonly cause: unknown
}> {
  readonly code = "BALLAST_TASK_FAILED"
  readonly hint = "see cause; retries gives a task more attempts"
  override get message(): string {
    const why = this.cause instanceof Error ? this.cause.message : String(this.cause)
    return `task ${this.taskId} (${this.type}) failed after ${this.attempts} attempt(s): ${why}`
  }
}

/** A run took longer than the task's timeout; its worker was ended where it did not yield. */
export class TaskTimeout extends Data.TaggedError("TaskTimeout")<{
  readonly taskId: TaskId
  readonly timeout: number
}> {
  readonly code = "BALLAST_TASK_TIMEOUT"
  readonly hint = "raise timeout, or checkpoint and heed the signal"
  override get message(): string {
    return `task ${this.taskId} ran longer than ${this.timeout} ms (${this.hint})`
  }
}

/** The task did not end, or did not start, in the time it was given. */
export class DeadlineExceeded extends Data.TaggedError("DeadlineExceeded")<{
  readonly taskId: TaskId
  readonly limit: "deadline" | "queueTimeout"
}> {
  readonly code = "BALLAST_DEADLINE_EXCEEDED"
  readonly hint = "allow more time, or add workers"
  override get message(): string {
    return `task ${this.taskId} passed its ${this.limit} (${this.hint})`
  }
}

/** Cancelled by its submitter. */
export class Cancelled extends Data.TaggedError("Cancelled")<{ readonly taskId: TaskId; readonly reason: string }> {
  readonly code = "BALLAST_CANCELLED"
  readonly hint = "cancelled on purpose: submit again if it is wanted after all"
  override get message(): string {
    return `task ${this.taskId} was cancelled: ${this.reason}`
  }
}

/** An outside worker that is not known: it has not registered, has left, or has been silent for longer than its lease. */
export class NotRegistered extends Data.TaggedError("NotRegistered")<{ readonly workerId: WorkerId }> {
  readonly code = "BALLAST_NOT_REGISTERED"
  readonly hint = "register it, again where its lease has run out"
  override get message(): string {
    return `worker ${this.workerId} is not registered (${this.hint})`
  }
}

/** Shed under overload to keep more urgent work going. */
export class Shed extends Data.TaggedError("Shed")<{
  readonly taskId: TaskId
  /** (running + waiting) / (slots + queue), as it was then. */
  readonly load: number
  readonly madeRoomFor?: MadeRoomFor
}> {
  readonly code = "BALLAST_SHED"
  readonly hint = "submit again later, or with a higher priority"
  override get message(): string {
    const { taskId, priority } = this.madeRoomFor ?? {}
    const why = taskId === undefined ? "" : `, for task ${taskId} (${priority})`
    return `task ${this.taskId} was shed at ${Math.round(this.load * 100)} % load${why} (${this.hint})`
  }
}

/** Took down as many workers as it may, and is not tried again. */
export class Quarantined extends Data.TaggedError("Quarantined")<{
  readonly taskId: TaskId
  /** In the order they happened. */
  readonly crashes: ReadonlyArray<Crash>
}> {
  readonly code = "BALLAST_QUARANTINED"
  readonly hint = "the handler ends its worker: look for process.exit, late throws, native crashes, memory"
  /** The workers it took down, one for each crash. */
  get workers(): ReadonlyArray<WorkerId> {
    return this.crashes.map(({ workerId }) => workerId)
  }
  override get message(): string {
    const downs = this.crashes.map(({ workerId, reason, exitCode }) =>
      exitCode === undefined ? `${workerId} (${reason})` : `${workerId} (${reason}, code ${exitCode})`
    )
    return `task ${this.taskId} is quarantined: it took down ${downs.join(", ")} (${this.hint})`
  }
}

/** The worker is gone and the task could not be run elsewhere. */
export class WorkerLost extends Data.TaggedError("WorkerLost")<{
  readonly taskId: TaskId
  readonly workerId: WorkerId
  readonly exitCode?: number
}> {
  readonly code = "BALLAST_WORKER_LOST"
  readonly hint = "no worker is left that could run it"
  override get message(): string {
    return `worker ${this.workerId} was lost with task ${this.taskId} (${this.hint})`
  }
}

/** The task drove its worker over its memory limit, as often as it may crash; its status is `quarantined`. */
export class WorkerOutOfMemory extends Data.TaggedError("WorkerOutOfMemory")<{
  readonly taskId: TaskId
  /** The last it took down. */
  readonly workerId: WorkerId
  /** In the order they happened. */
  readonly crashes: ReadonlyArray<Crash>
}> {
  readonly code = "BALLAST_WORKER_OUT_OF_MEMORY"
  readonly hint = "raise resourceLimits (maxOldGenerationSizeMb, maxBuffersMb) or memoryLimit, or split the work"
  override get message(): string {
    return `worker ${this.workerId} ran out of memory with task ${this.taskId} (${this.hint})`
  }
}

/** The runtime is shutting down and takes no more work. */
export class ShuttingDown extends Data.TaggedError("ShuttingDown")<{ readonly taskId?: TaskId }> {
  readonly code = "BALLAST_SHUTTING_DOWN"
  readonly hint = "start another runtime to go on"
  override get message(): string {
    return "the runtime is shutting down"
  }
}

/** Another runtime holds the data directory. */
export class DataDirectoryLocked extends Data.TaggedError("DataDirectoryLocked")<{
  readonly directory: string
  readonly pid: number
}> {
  readonly code = "BALLAST_DATA_DIRECTORY_LOCKED"
  readonly hint = "stop the other process, or name another dataDir"
  override get message(): string {
    return `${this.directory} is in use by process ${this.pid} (${this.hint})`
  }
}

/** What a submitted task's `result` may reject with. */
export type TaskError =
  | UnknownHandler
  | InvalidOptions
  | InvalidPayload
  | QueueFull
  | WouldBeLate
  | Unschedulable
  | TaskFailed
  | TaskTimeout
  | DeadlineExceeded
  | Cancelled
  | Shed
  | Quarantined
  | WorkerLost
  | WorkerOutOfMemory
  | ShuttingDown
