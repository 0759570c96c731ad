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

type Settled<A> = { readonly ok: true; readonly value: A } | { readonly ok: false; readonly error: TaskError }

/** A promise that exists only once somebody asks for it. */
class Settlement<A> {
  #settled: Settled<A> | undefined
  #promise: Promise<A> | undefined
  #deferred: { readonly resolve: (value: A) => void; readonly reject: (error: TaskError) => void } | undefined

  get isSettled(): boolean {
    return this.#settled !== undefined
  }

  settle(settled: Settled<A>): void {
    if (this.#settled !== undefined) return
    this.#settled = settled
    if (this.#deferred === undefined) return
    if (settled.ok) this.#deferred.resolve(settled.value)
    else this.#deferred.reject(settled.error)
    this.#deferred = undefined
  }

  get promise(): Promise<A> {
    this.#promise ??= this.#make()
    return this.#promise
  }

  #make(): Promise<A> {
    if (this.#settled !== undefined) {
      return this.#settled.ok ? Promise.resolve(this.#settled.value) : quiet(Promise.reject(this.#settled.error))
    }
    const { promise, resolve, reject } = Promise.withResolvers<A>()
    this.#deferred = { resolve, reject }
    return quiet(promise)
  }
}

/** A rejection that nobody takes must not end the process: whoever wants to know awaits. */
const quiet = <A>(promise: Promise<A>): Promise<A> => {
  promise.catch(() => undefined)
  return promise
}

/** What a handle asks of the runtime it belongs to. */
export interface HandleHost {
  statusOf(taskId: TaskId): TaskStatus | undefined
  cancel(taskId: TaskId, reason: string): void
}

/** The runtime's side of a handle. */
export class Handle implements TaskHandle<unknown> {
  readonly id: TaskId
  readonly #host: HandleHost
  readonly #result = new Settlement<unknown>()
  readonly #accepted = new Settlement<void>()
  readonly #progress = new ProgressFeed()
  /** How it ended; the ledger forgets in time. */
  #final: HandleStatus | undefined

  constructor(id: TaskId, host: HandleHost) {
    this.id = id
    this.#host = host
  }

  get result(): Promise<unknown> {
    return this.#result.promise
  }

  get accepted(): Promise<void> {
    return this.#accepted.promise
  }

  get progress(): AsyncIterable<TaskProgress> {
    return this.#progress.stream()
  }

  get status(): HandleStatus {
    return this.#final ?? this.#host.statusOf(this.id) ?? "submitted"
  }

  get isSettled(): boolean {
    return this.#result.isSettled
  }

  get isAccepted(): boolean {
    return this.#accepted.isSettled
  }

  cancel(reason = "cancelled by its submitter"): void {
    if (!this.isSettled) this.#host.cancel(this.id, reason)
  }

  accept(): void {
    this.#accepted.settle({ ok: true, value: undefined })
  }

  report(progress: TaskProgress): void {
    this.#progress.push(progress)
  }

  complete(value: unknown): void {
    this.#final = "completed"
    this.#result.settle({ ok: true, value })
    this.#progress.end()
  }

  fail(error: TaskError, status: HandleStatus = "failed"): void {
    this.#final = status
    this.#result.settle({ ok: false, error })
    this.#progress.end()
  }

  /** The task was never accepted. */
  refuse(error: TaskError): void {
    this.#accepted.settle({ ok: false, error })
    this.fail(error, "refused")
  }
}
