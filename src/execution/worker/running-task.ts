import type { ComputeGate } from "./compute-gate.ts"
import { problemsOf } from "./define-handler.ts"
import { toErrorData } from "./error-data.ts"
import type { Outbox } from "./outbox.ts"
import type { GivenDevice, LogLevel, Problem, RunCommand, WorkerReport } from "./protocol.ts"
import type { TaskContext, TaskLog } from "./task-context.ts"
import { TaskCancelled, TaskMoved } from "./task-context.ts"

/** What a run needs of the thread it is in. */
export interface TaskHost {
  readonly workerId: string
  readonly outbox: Outbox
  readonly gate: ComputeGate
}

/** Whether `error` is `searched`, or was caused by it. */
const stemsFrom = (error: unknown, searched: Error): boolean => {
  const seen = new Set<unknown>()
  for (let at = error; at !== undefined && !seen.has(at); at = at instanceof Error ? at.cause : undefined) {
    if (at === searched) return true
    seen.add(at)
  }
  return false
}

const eventLoopTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const noDevices: ReadonlyArray<GivenDevice> = []

/** One run of a task: what its handler sees, and what its settling means. */
export class RunningTask implements TaskContext {
  readonly id: string
  readonly type: string
  readonly attempt: number
  readonly epoch: number
  readonly workerId: string
  readonly devices: ReadonlyArray<GivenDevice>
  readonly state: unknown
  readonly #host: TaskHost
  readonly #startedAt: number
  #saved: unknown
  #controller: AbortController | undefined
  #cancelled: TaskCancelled | undefined
  #asked = false
  #moved: TaskMoved | undefined
  #problems: ReadonlyArray<Problem> | undefined
  #ended = false
  #progress: { readonly _tag: "Progress"; readonly epoch: number; fraction: number; note?: string } | undefined
  #progressTurn = -1

  constructor(command: RunCommand, host: TaskHost, now: number) {
    this.id = command.taskId
    this.type = command.type
    this.attempt = command.attempt
    this.epoch = command.epoch
    this.workerId = host.workerId
    this.devices = command.devices ?? noDevices
    this.state = command.state
    this.#saved = command.state
    this.#host = host
    this.#startedAt = now
  }

  // Members are getters that close over `this`, so that a handler may destructure them and pays only for those it uses.

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#cancelled !== undefined) this.#controller.abort(this.#cancelled)
    }
    return this.#controller.signal
  }

  get checkpoint(): (state: unknown) => Promise<void> {
    return (state) => {
      const reached = this.#checkpoint(state)
      // A handler that does not wait for it must not bring the thread down by an unhandled rejection.
      reached.catch(() => {})
      return reached
    }
  }

  get progress(): (fraction: number, note?: string) => void {
    return (fraction, note) => {
      if (this.#ended) return
      const { outbox } = this.#host
      if (this.#progress !== undefined && this.#progressTurn === outbox.turn) {
        this.#progress.fraction = fraction
        if (note !== undefined) this.#progress.note = note
        return
      }
      this.#progress = { _tag: "Progress", epoch: this.epoch, fraction, ...(note !== undefined && { note }) }
      this.#progressTurn = outbox.turn
      outbox.push(this.#progress)
    }
  }

  get log(): TaskLog {
    const line =
      (level: LogLevel) =>
      (message: string, fields: Readonly<Record<string, unknown>> = {}): void =>
        this.#host.outbox.push({ _tag: "Log", epoch: this.epoch, level, message, fields })
    return { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") }
  }

  cancel(reason: string): void {
    if (this.#cancelled !== undefined) return
    this.#cancelled = new TaskCancelled(reason)
    this.#host.gate.release(this)
    this.#controller?.abort(this.#cancelled)
  }

  /** Hands the task over at its next checkpoint; one that never comes there runs to its end. */
  yieldAtCheckpoint(): void {
    this.#asked = true
    this.#host.gate.release(this)
  }

  /** Its saved state cannot cross: the run ends as rejected, whatever its handler returns. */
  reject(problems: ReadonlyArray<Problem>): void {
    this.#problems = problems
  }

  completed(value: unknown, now: number): WorkerReport {
    this.#ended = true
    return this.#rejection() ?? { _tag: "Completed", epoch: this.epoch, value, ms: now - this.#startedAt }
  }

  failed(error: unknown, now: number): WorkerReport {
    this.#ended = true
    const { epoch } = this
    const rejection = this.#rejection()
    if (rejection !== undefined) return rejection
    if (this.#cancelled !== undefined) return { _tag: "Stopped", epoch }
    if (this.#moved !== undefined && stemsFrom(error, this.#moved)) {
      return { _tag: "Yielded", epoch, state: this.#saved }
    }
    const problems = problemsOf(error)
    if (problems !== undefined) return { _tag: "Rejected", epoch, problems }
    return { _tag: "Failed", epoch, error: toErrorData(error), ms: now - this.#startedAt }
  }

  #rejection(): WorkerReport | undefined {
    return this.#problems && { _tag: "Rejected", epoch: this.epoch, problems: this.#problems }
  }

  async #checkpoint(state: unknown): Promise<void> {
    if (this.#ended) return
    this.#saved = state
    this.#host.outbox.push({ _tag: "Checkpointed", epoch: this.epoch, state })
    await eventLoopTurn()
    if (!this.#interrupted) await this.#host.gate.enter(this)
    if (this.#problems !== undefined) {
      throw new TypeError(this.#problems.map(({ path, message }) => `${path}: ${message}`).join("\n"))
    }
    if (this.#cancelled !== undefined) throw this.#cancelled
    if (!this.#asked) return
    // Copied here: a `finally` block that changes it must not change what goes on elsewhere.
    this.#saved = structuredClone(state)
    this.#moved = new TaskMoved(this.epoch)
    throw this.#moved
  }

  get #interrupted(): boolean {
    return this.#problems !== undefined || this.#cancelled !== undefined || this.#asked
  }
}
