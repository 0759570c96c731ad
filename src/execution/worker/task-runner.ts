import { AsyncLocalStorage } from "node:async_hooks"
import { availableParallelism } from "node:os"
import { performance } from "node:perf_hooks"
import type { BlackBox } from "./black-box.ts"
import { Brevity } from "./brevity.ts"
import type { Claims } from "./claims.ts"
import { ComputeGate } from "./compute-gate.ts"
import type { DataPort } from "./data-port.ts"
import { cloneableFields } from "./error-data.ts"
import type { HandlerTable } from "./handler-table.ts"
import { Outbox } from "./outbox.ts"
import type { Problem, RunCommand, WorkerMessage, WorkerReport } from "./protocol.ts"
import type { TaskHost } from "./running-task.ts"
import { RunningTask } from "./running-task.ts"
import { findUncloneable } from "./uncloneable.ts"

/** How long runs are started in one go before reports leave and messages come in. Milliseconds. */
const slice = 1

/** Messages taken in before what they ask for is begun. */
const atOnce = 16

/**
 * How long an idle thread looks out for its next run before it sleeps, in milliseconds: to be woken takes longer than
 * that, so a caller who waits for each result before the next task is served in half the time.
 */
const lingering = 0.03

export interface TaskRunnerOptions {
  readonly workerId: string
  readonly dutyCycle: number
  /** Runs in progress at once; more wait, in order. */
  readonly slots: number
  readonly data: DataPort<ReadonlyArray<RunCommand>, WorkerMessage>
  readonly blackBox: BlackBox
  /** For runs that may be taken back before they begin. */
  readonly claims?: Claims
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function"

/** Runs what comes down the data line and reports what becomes of it. */
export class TaskRunner implements TaskHost {
  readonly workerId: string
  readonly outbox: Outbox
  readonly gate: ComputeGate
  readonly #data: TaskRunnerOptions["data"]
  readonly #blackBox: BlackBox
  readonly #slots: number
  readonly #claims: Claims | undefined
  readonly #lingers: boolean
  readonly #brevity = new Brevity()
  readonly #attribution = new AsyncLocalStorage<number>()
  readonly #queued = new Map<number, RunCommand>()
  readonly #running = new Map<number, RunningTask>()
  #handlers: HandlerTable | undefined
  #starting = false
  #drained: Array<() => void> = []

  constructor(options: TaskRunnerOptions) {
    this.workerId = options.workerId
    this.#data = options.data
    this.#blackBox = options.blackBox
    this.#slots = options.slots
    this.#claims = options.claims
    // A pipe is read by the event loop alone, and on one core its owner could not run meanwhile.
    this.#lingers = options.data.border.beyond === "thread" && availableParallelism() > 1
    this.outbox = new Outbox(options.data, (refused) => this.#replace(refused))
    this.gate = new ComputeGate(options.dutyCycle)
    options.data.listen(
      (commands) => {
        this.#enqueue(commands)
        this.#enqueueReceived(atOnce)
        if (!this.#starting) this.#startQueued()
        if (this.#lingers && this.#isIdle) setImmediate(this.#linger)
      },
      (error) => {
        throw error
      }
    )
  }

  /** The epoch whose code is being executed, however deep in its callbacks. */
  get current(): number | undefined {
    return this.#attribution.getStore()
  }

  get running(): number {
    return this.#running.size
  }

  get queued(): number {
    return this.#queued.size
  }

  /** Runs that came before their handlers were loaded have waited. */
  begin(handlers: HandlerTable): void {
    this.#handlers = handlers
    this.#blackBox.loaded()
    this.#startSoon()
  }

  cancel(epoch: number, reason: string): void {
    this.#catchUp(epoch)
    if (this.#unqueue(epoch) !== undefined) this.#report({ _tag: "Stopped", epoch })
    // Listeners of the signal are the task's own code.
    else this.#attribution.run(epoch, () => this.#running.get(epoch)?.cancel(reason))
  }

  yieldAt(epoch: number): void {
    this.#catchUp(epoch)
    const waiting = this.#unqueue(epoch)
    if (waiting === undefined) return this.#running.get(epoch)?.yieldAtCheckpoint()
    this.#report({ _tag: "Yielded", epoch, state: waiting.state })
  }

  /** Resolves once nothing runs or waits. */
  drain(): Promise<void> {
    this.#receive()
    return new Promise((resolve) => {
      this.#drained.push(resolve)
      this.#wakeDrained()
    })
  }

  /** Takes a run out that has not begun. */
  #unqueue(epoch: number): RunCommand | undefined {
    const command = this.#queued.get(epoch)
    if (command === undefined) return undefined
    this.#queued.delete(epoch)
    // Where its owner was faster it has the run, and a report of it means nothing.
    this.#isRecalled(command)
    return command
  }

  #enqueue(commands: ReadonlyArray<RunCommand>): void {
    for (const command of commands) this.#queued.set(command.epoch, command)
  }

  /** A control call may overtake the run it concerns, which is then in the data line already. */
  #catchUp(epoch: number): void {
    if (!this.#running.has(epoch) && !this.#queued.has(epoch)) this.#receive()
  }

  #receive(): void {
    this.#enqueueReceived(Number.POSITIVE_INFINITY)
    this.#startSoon()
  }

  /** What has come meanwhile comes along: what runs in one go is reported in one go. */
  #enqueueReceived(most: number): void {
    for (let messages = 0; messages < most; messages += 1) {
      const got = this.#data.receive()
      if (got === undefined) return
      this.#enqueue(got)
    }
  }

  get #isIdle(): boolean {
    return this.#running.size === 0 && this.#queued.size === 0
  }

  readonly #linger = (): void => {
    const begun = performance.now()
    let until = begun + lingering
    // Bounded in all: timers, control calls and heartbeats have their turn too.
    while (this.#isIdle && performance.now() < Math.min(until, begun + slice)) {
      const got = this.#data.receive()
      if (got === undefined) continue
      this.#enqueue(got)
      this.#startQueued()
      this.outbox.flush()
      until = performance.now() + lingering
    }
  }

  #startSoon(): void {
    if (this.#starting) return
    this.#starting = true
    setImmediate(() => this.#startQueued())
  }

  #startQueued(): void {
    this.#starting = false
    const handlers = this.#handlers
    if (handlers === undefined) return
    const begun = performance.now()
    for (const [epoch, command] of this.#queued) {
      if (this.#running.size >= this.#slots) return
      const rest = this.gate.enter(this)
      if (rest !== undefined) {
        this.#starting = true
        void rest.then(() => this.#startQueued())
        return
      }
      const now = performance.now()
      if (now - begun > slice) {
        this.outbox.flush()
        this.#startSoon()
        return
      }
      this.outbox.flushBefore(now, this.#brevity.isBrief(command.type))
      this.#queued.delete(epoch)
      if (this.#isRecalled(command)) continue
      this.#start(command, handlers, now)
      this.#brevity.held(command.type, performance.now() - now)
    }
  }

  #isRecalled({ claim, epoch }: RunCommand): boolean {
    return claim !== undefined && this.#claims !== undefined && !this.#claims.take(claim, epoch)
  }

  #start(command: RunCommand, handlers: HandlerTable, now: number): void {
    const { epoch, timed = false } = command
    const handler = handlers.get(command.type)
    if (handler === undefined) {
      this.#report({ _tag: "UnknownHandler", epoch, known: [...handlers.keys()] })
      return
    }
    const task = new RunningTask(command, this, now)
    this.#running.set(epoch, task)
    this.#blackBox.started(epoch)
    let outcome: unknown
    let pending: Promise<unknown> | undefined
    try {
      outcome = this.#attribution.run(epoch, handler, command.payload, task)
      // A promise stays itself; any other thenable may settle twice and is tamed.
      if (isThenable(outcome)) pending = Promise.resolve(outcome)
    } catch (error) {
      this.#settle(epoch, task.failed(error, performance.now()), timed)
      return
    }
    if (pending === undefined) {
      this.#settle(epoch, task.completed(outcome, performance.now()), timed)
      return
    }
    pending.then(
      (value) => this.#settle(epoch, task.completed(value, performance.now()), timed),
      (error) => this.#settle(epoch, task.failed(error, performance.now()), timed)
    )
  }

  #settle(epoch: number, report: WorkerReport, timed: boolean): void {
    this.#running.delete(epoch)
    this.#blackBox.settled(epoch)
    this.#report(report, timed)
    if (this.#queued.size > 0 && !this.#starting) this.#startSoon()
  }

  #report(report: WorkerReport, isUrgent = false): void {
    this.outbox.push(report, isUrgent)
    if (this.#drained.length > 0) this.#wakeDrained()
  }

  #wakeDrained(): void {
    if (this.#running.size > 0 || this.#queued.size > 0) return
    this.outbox.flush()
    for (const resolve of this.#drained.splice(0)) resolve()
  }

  #findUncloneable(value: unknown, root: string): Problem {
    return findUncloneable(value, root, undefined, this.#data.border)
  }

  /** What goes in the place of a report that cannot be cloned. */
  #replace(refused: WorkerReport): WorkerReport | undefined {
    const { epoch } = refused
    switch (refused._tag) {
      case "Completed":
        return { _tag: "Rejected", epoch, problems: [this.#findUncloneable(refused.value, "result")] }
      case "Yielded":
        return { _tag: "Rejected", epoch, problems: [this.#findUncloneable(refused.state, "state")] }
      case "Checkpointed": {
        const problems = [this.#findUncloneable(refused.state, "state")]
        const task = this.#running.get(epoch)
        if (task === undefined) return { _tag: "Rejected", epoch, problems }
        task.reject(problems)
        return undefined
      }
      case "Log":
        return { ...refused, message: String(refused.message), fields: cloneableFields(refused.fields) ?? {} }
      default:
        return undefined
    }
  }
}
