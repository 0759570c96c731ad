import type { TaskError, TaskId, TaskStatus } from "../src/model/index.ts"
import { ProgressFeed, type TaskProgress } from "./task-progress.ts"

/** Where a submitted task stands: `submitted` until it is accepted, `refused` where it never was. */
export type HandleStatus = "submitted" | "refused" | TaskStatus

/** A submitted task, as its submitter holds it. */
export interface TaskHandle<A> {
  readonly id: TaskId
  /** The handler's result, or a `TaskError`. Nothing is reported as unhandled where nobody takes it. */
  readonly result: Promise<A>
  /** Resolves once the task is accepted, which a full queue delays; rejects where it never is. */
  readonly accepted: Promise<void>
  readonly status: HandleStatus
  /** What the handler reports from now on, until the task ends. */
  readonly progress: AsyncIterable<TaskProgress>
  /** Ends the task wherever it stands; its `result` rejects with `Cancelled`. Without effect on one that has ended. */
  cancel(reason?: string): void
}

const noop = (): void => {}

/** A promise, and how it is settled. */
class Deferred<A> {
  readonly promise: Promise<A>
  resolve: (value: A) => void = noop
  #reject: (error: TaskError) => void = noop

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.#reject = reject
    })
  }

  /** A rejection that nobody takes must not end the process: whoever wants to know awaits. */
  rejectQuietly(error: TaskError): void {
    this.promise.catch(noop)
    this.#reject(error)
  }
}

/** What a handle asks of the runtime it belongs to. */
export interface HandleHost {
  statusOf(taskId: TaskId): TaskStatus | undefined
  cancel(taskId: TaskId, reason: string): void
}

/** The runtime's side of a handle. Most handles are asked for their result alone, so all else is made when asked for. */
export class Handle implements TaskHandle<unknown> {
  readonly id: TaskId
  /** Whether it is kept when its task has ended. */
  readonly keep: boolean
  readonly #host: HandleHost
  /** How it ended; the ledger forgets in time. */
  #final: HandleStatus | undefined
  #value: unknown
  #error: TaskError | undefined
  #isAccepted = false
  #result: Deferred<unknown> | undefined
  #acceptance: Deferred<void> | undefined
  #progress: ProgressFeed | undefined

  constructor(id: TaskId, host: HandleHost, keep = true) {
    this.id = id
    this.keep = keep
    this.#host = host
  }

  get result(): Promise<unknown> {
    if (this.#result === undefined) {
      this.#result = new Deferred()
      if (this.#error !== undefined) this.#result.rejectQuietly(this.#error)
      else if (this.#final !== undefined) this.#result.resolve(this.#value)
    }
    return this.#result.promise
  }

  get accepted(): Promise<void> {
    if (this.#acceptance === undefined) {
      this.#acceptance = new Deferred()
      if (this.#isAccepted) this.#acceptance.resolve()
      else if (this.#error !== undefined) this.#acceptance.rejectQuietly(this.#error)
    }
    return this.#acceptance.promise
  }

  get progress(): AsyncIterable<TaskProgress> {
    if (this.#progress === undefined) {
      this.#progress = new ProgressFeed()
      if (this.isSettled) this.#progress.end()
    }
    return this.#progress.stream()
  }

  get status(): HandleStatus {
    return this.#final ?? this.#host.statusOf(this.id) ?? "submitted"
  }

  get isSettled(): boolean {
    return this.#final !== undefined
  }

  get isAccepted(): boolean {
    return this.#isAccepted
  }

  cancel(reason = "cancelled by its submitter"): void {
    if (!this.isSettled) this.#host.cancel(this.id, reason)
  }

  accept(): void {
    if (this.#isAccepted) return
    this.#isAccepted = true
    this.#acceptance?.resolve()
  }

  report(progress: TaskProgress): void {
    this.#progress?.push(progress)
  }

  complete(value: unknown): void {
    if (this.#final !== undefined) return
    this.#final = "completed"
    this.#value = value
    this.#result?.resolve(value)
    this.#progress?.end()
  }

  fail(error: TaskError, status: HandleStatus = "failed"): void {
    if (this.#final !== undefined) return
    this.#final = status
    this.#error = error
    if (this.#result !== undefined) this.#result.rejectQuietly(error)
    this.#progress?.end()
  }

  /** The task was never accepted. */
  refuse(error: TaskError): void {
    if (this.#final === undefined && !this.#isAccepted && this.#acceptance !== undefined) {
      this.#acceptance.rejectQuietly(error)
    }
    this.fail(error, "refused")
  }
}
