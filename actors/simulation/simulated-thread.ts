import type {
  Heartbeat,
  RunCommand,
  WorkerConnection,
  WorkerExit,
  WorkerReport,
  WorkerSink
} from "../../src/execution/index.ts"
import type { Epoch, Millis, WorkerId, WorkerSpec } from "../../src/model/index.ts"
import { bootTime, type Chance, chanceOf, planRun, type RunPlan, type WorldOptions } from "./run-plan.ts"

/** What a simulated thread lives in. */
export interface World {
  readonly seed: string
  /** As it is at this moment: it may become calm while threads live. */
  readonly options: WorldOptions
  readonly handlers: ReadonlyArray<string>
  now(): Millis
  /** A run has begun on one of its threads. */
  started(): void
  /** Returns what calls it off. */
  after(ms: Millis, happen: () => void): () => void
}

interface Run {
  readonly command: RunCommand
  readonly startedAt: Millis
  readonly plan: RunPlan
  /** Checkpoints made, those of earlier runs of the task included. */
  done: number
  saved: unknown
  cancelled: boolean
  asked: boolean
  callOff: () => void
}

/** Checkpoints a task had made when it saved this. */
const doneIn = (state: unknown): number =>
  typeof state === "object" && state !== null && "done" in state && typeof state.done === "number" ? state.done : 0

/**
 * A worker thread that exists only in virtual time. It keeps the contract of `WorkerConnection` as a real one does:
 * `ready` at most once, reports in order, `exit` exactly once and last; and nothing is said within a call.
 */
export class SimulatedThread implements WorkerConnection {
  readonly workerId: WorkerId
  readonly id: number
  readonly #sink: WorkerSink
  readonly #world: World
  readonly #chance: Chance
  readonly #slots: number
  readonly #ended = Promise.withResolvers<void>()
  readonly #waiting: Array<RunCommand> = []
  readonly #runs = new Map<Epoch, Run>()
  #phase: "starting" | "up" | "ending" | "ended" = "starting"
  #closing = false
  #sabotaged = false
  /** When the latest of what is on its way arrives: nothing overtakes it. */
  #lastArrival: Millis = 0

  constructor({ id: workerId, limits }: WorkerSpec, id: number, sink: WorkerSink, world: World) {
    this.workerId = workerId
    this.#slots = limits.slots
    this.id = id
    this.#sink = sink
    this.#world = world
    this.#chance = chanceOf(`${world.seed}/${workerId}/${id}`)
    this.#boot()
  }

  /** Whether it is still there, be it on its way out. */
  get isAlive(): boolean {
    return this.#phase !== "ended"
  }

  /** The runs that are in progress: what really runs, whoever believes otherwise. */
  get running(): ReadonlyArray<RunCommand> {
    return [...this.#runs.values()].map(({ command }) => command)
  }

  /** Ends it as a crash does. `culprits` as in `WorkerExit`. */
  crash(culprits: ReadonlyArray<Epoch> | undefined): void {
    this.#end({ reason: "crashed", culprits, error: { name: "Error", message: "the simulated thread crashed" } })
  }

  /** The next call of its owner throws: a fault of this side of the connection. */
  sabotage(): void {
    this.#sabotaged = true
  }

  mend(): void {
    this.#sabotaged = false
  }

  run(command: RunCommand): void {
    this.#spring()
    if (this.#isGone) return
    this.#waiting.push(command)
    if (this.#phase === "up") this.#startWaiting()
  }

  cancel(epoch: Epoch): void {
    this.#spring()
    this.#after(() => {
      const waiting = this.#waiting.findIndex((command) => command.epoch === epoch)
      if (waiting >= 0) {
        this.#waiting.splice(waiting, 1)
        return this.#report({ _tag: "Stopped", epoch })
      }
      const run = this.#runs.get(epoch)
      if (run === undefined) return
      run.cancelled = true
      if (run.plan.heeds) this.#settle(run, { _tag: "Stopped", epoch })
    })
  }

  yieldAt(epoch: Epoch): void {
    this.#spring()
    this.#after(() => {
      const waiting = this.#waiting.findIndex((command) => command.epoch === epoch)
      const [command] = waiting < 0 ? [] : this.#waiting.splice(waiting, 1)
      if (command !== undefined) return this.#report({ _tag: "Yielded", epoch, state: command.state })
      const run = this.#runs.get(epoch)
      if (run !== undefined) run.asked = true
    })
  }

  recall(epochs: ReadonlyArray<Epoch>): ReadonlyArray<Epoch> {
    const recalled = this.#waiting.filter(({ epoch }) => epochs.includes(epoch)).map(({ epoch }) => epoch)
    for (const epoch of recalled) {
      this.#waiting.splice(
        this.#waiting.findIndex((command) => command.epoch === epoch),
        1
      )
    }
    return recalled
  }

  probe(): Promise<Heartbeat> {
    return this.#isGone ? Promise.reject(new Error("the worker has ended")) : Promise.resolve(this.#beat)
  }

  terminate(culprits: ReadonlyArray<Epoch> = []): Promise<void> {
    if (!this.#isGone) this.#end({ reason: "terminated", culprits })
    return this.#ended.promise
  }

  close(): Promise<void> {
    this.#closing = true
    this.#closeWhenIdle()
    return this.#ended.promise
  }

  get #isGone(): boolean {
    return this.#phase === "ending" || this.#phase === "ended"
  }

  get #beat(): Heartbeat {
    return {
      eventLoopDelay: 1,
      eventLoopUtilization: this.#runs.size > 0 ? 0.9 : 0.01,
      heapUsed: 10 * 2 ** 20,
      running: this.#runs.size,
      queued: this.#waiting.length
    }
  }

  #boot(): void {
    const bootMs = bootTime(this.#world.options, this.#chance)
    this.#world.after(bootMs, () => {
      if (this.#isGone) return
      if (this.#chance() < this.#world.options.loadFailures) {
        const error = { name: "Error", message: "the simulated handlers cannot be loaded" }
        return this.#end({ reason: "load-failed", culprits: [], error })
      }
      this.#phase = "up"
      this.#sink.ready({ handlers: this.#world.handlers, bootMs, threadId: this.id })
      this.#startWaiting()
      this.#beatOn()
      this.#closeWhenIdle()
    })
  }

  #beatOn(): void {
    this.#world.after(this.#world.options.heartbeatInterval, () => {
      if (this.#isGone) return
      this.#sink.heartbeat(this.#beat)
      this.#beatOn()
    })
  }

  #startWaiting(): void {
    while (this.#runs.size < this.#slots) {
      const command = this.#waiting.shift()
      if (command === undefined) return
      this.#start(command)
    }
  }

  #start(command: RunCommand): void {
    const { epoch, taskId, attempt, state } = command
    const done = doneIn(state)
    const plan = planRun(this.#world.options, done, chanceOf(`${this.#world.seed}/${taskId}/${attempt}`))
    const startedAt = this.#world.now()
    const run: Run = { command, startedAt, plan, done, saved: state, cancelled: false, asked: false, callOff: () => {} }
    this.#runs.set(epoch, run)
    this.#world.started()
    this.#step(run, 0)
  }

  #step(run: Run, index: number): void {
    const { steps } = run.plan
    run.callOff = this.#world.after(steps[index] ?? 1, () => {
      if (index === steps.length - 1) this.#finish(run)
      else if (this.#checkpoint(run)) this.#step(run, index + 1)
    })
  }

  /** `false` where the run ends there. */
  #checkpoint(run: Run): boolean {
    const { epoch } = run.command
    run.done += 1
    run.saved = { done: run.done }
    this.#report({ _tag: "Checkpointed", epoch, state: run.saved })
    if (run.cancelled) this.#settle(run, { _tag: "Stopped", epoch })
    else if (run.asked) this.#settle(run, { _tag: "Yielded", epoch, state: run.saved })
    else this.#report({ _tag: "Progress", epoch, fraction: run.done / (run.done + run.plan.steps.length) })
    return this.#runs.has(epoch)
  }

  #finish(run: Run): void {
    const { epoch, taskId } = run.command
    const ms = this.#world.now() - run.startedAt
    switch (run.plan.end) {
      case "completes":
        return this.#settle(run, { _tag: "Completed", epoch, value: taskId, ms })
      case "fails": {
        if (run.cancelled) return this.#settle(run, { _tag: "Stopped", epoch })
        const error = { name: "Error", message: "the simulated handler failed" }
        return this.#settle(run, { _tag: "Failed", epoch, error, ms })
      }
      case "hangs":
        return this.#hang(run)
      case "crashes":
        return this.crash([epoch])
      case "vanishes":
        return this.crash(undefined)
    }
  }

  /** It comes to an end only once the world has become calm. */
  #hang(run: Run): void {
    if (this.#world.options.hangs === 0) {
      const { epoch, taskId } = run.command
      return this.#settle(run, { _tag: "Completed", epoch, value: taskId, ms: this.#world.now() - run.startedAt })
    }
    run.callOff = this.#world.after(1_000, () => this.#hang(run))
  }

  #settle(run: Run, report: WorkerReport): void {
    run.callOff()
    this.#runs.delete(run.command.epoch)
    this.#report(report)
    this.#startWaiting()
    this.#closeWhenIdle()
  }

  #report(report: WorkerReport): void {
    this.#arrive(() => this.#sink.reports([report]))
  }

  /** On its way from the thread to its owner, behind whatever left before it. */
  #arrive(happen: () => void): void {
    const now = this.#world.now()
    const at = Math.max(this.#lastArrival, now + Math.round(this.#chance() * this.#world.options.latency))
    this.#lastArrival = at
    this.#world.after(at - now, happen)
  }

  /** On its way from its owner to the thread. */
  #after(happen: () => void): void {
    if (this.#isGone) return
    this.#world.after(Math.round(this.#chance() * this.#world.options.latency), () => {
      if (!this.#isGone) happen()
    })
  }

  #spring(): void {
    if (!this.#sabotaged) return
    this.#sabotaged = false
    throw new Error("a simulated fault of the connection")
  }

  #closeWhenIdle(): void {
    if (!this.#closing || this.#phase !== "up" || this.#runs.size > 0 || this.#waiting.length > 0) return
    this.#end({ reason: "stopped", culprits: [] })
  }

  #end(exit: WorkerExit): void {
    if (this.#isGone) return
    this.#phase = "ending"
    for (const { callOff } of this.#runs.values()) callOff()
    // Until it is gone whatever ran there still holds what it took.
    this.#arrive(() => {
      this.#phase = "ended"
      this.#runs.clear()
      this.#sink.exit(exit)
      this.#ended.resolve()
    })
  }
}
