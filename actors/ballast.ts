import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import {
  type BallastOptions,
  type DurationInput,
  metricHints,
  problemsOf,
  type RequirementsInput,
  type SubmitOptions,
  toMillis,
  WorkerDefinition,
  WorkerMetrics,
  workerHints
} from "../src/config/index.ts"
import type { MachineReport } from "../src/execution/index.ts"
import {
  type HandlersNotLoaded,
  InvalidOptions,
  type TaskAnalysis,
  type TaskId,
  type WorkerId
} from "../src/model/index.ts"
import type { MetricsStore } from "../src/storage/index.ts"
import { ActorsFace } from "./actors-face.ts"
import type { ForecastReport } from "./adaptation/index.ts"
import type { BallastEvent } from "./events.ts"
import type { HandlerName, HandlersModule, PayloadOf, ResultOf, UntypedHandlers } from "./handlers.ts"
import { type Learned, learnedOf } from "./learned.ts"
import { pauseWorker, resumeWorker } from "./maintenance.ts"
import { type ItemOf, type MapBatchesOptions, mapInBatches } from "./map-in-batches.ts"
import { type MapInput, mapInOrder } from "./map-in-order.ts"
import { type Remote, remoteOf } from "./remote.ts"
import type { Runtime } from "./runtime.ts"
import { type PoolBoundsSaid, scalePool } from "./scaling.ts"
import { type SelectedRun, type Selection, Selections, type SelectOptions } from "./selections.ts"
import { type Recovery, type Started, startRuntime } from "./start.ts"
import type { Statistics, WorkerStatistics } from "./statistics.ts"
import { Submitter } from "./submitter.ts"
import type { TaskHandle } from "./task-handle.ts"

export interface ShutdownOptions {
  /** How long accepted tasks may take to end. Those that have not fail with `ShuttingDown`. Default 10 s. */
  readonly timeout?: DurationInput
}

export interface MapOptions extends Omit<SubmitOptions, "id" | "transfer"> {
  /** Inputs under way at once. Default: twice the workers' slots. */
  readonly concurrency?: number
}

/**
 * The pool of workers, while it runs. Each call rejects with `InvalidOptions` where there is no such worker, and with
 * `ShuttingDown` once the runtime has stopped, or where it stops meanwhile.
 */
export interface Workers {
  /** Starts another worker; resolves with its id once it takes work. */
  spawn(definition?: WorkerDefinition): Promise<WorkerId>
  /** Gives it no more work; resolves once it has none. */
  drain(id: WorkerId): Promise<void>
  /**
   * Maintenance: it gets no more work until it is resumed, however often its thread is started anew meanwhile; what it has
   * goes on. Resolves at once; `drain` waits until it has none, and is for good. Rejects with `InvalidOptions` where it
   * drains or has failed.
   */
  pause(id: WorkerId): Promise<void>
  /** Ends maintenance, and an ejection before its time. A worker of several slots gets them back one after the other, as one that has joined. */
  resume(id: WorkerId): Promise<void>
  /** Drains it, ends its thread and forgets it. */
  retire(id: WorkerId): Promise<void>
  /**
   * Ends its thread at once and starts it anew; its tasks go on elsewhere from their last checkpoints. A worker that was
   * given up on gets another chance; `HandlersNotLoaded` where it does not come up.
   */
  restart(id: WorkerId): Promise<void>
  /**
   * What somebody outside has measured of it, in the place of a heartbeat. What is left out keeps its latest value. Throws
   * `InvalidOptions`, also where there is no such worker.
   */
  report(id: WorkerId, metrics: WorkerMetrics): void
  /**
   * From now on as many come and go with the load, between these bounds: see `docs/scaling.md`. A bound that is left out
   * stays; where there was none, it is 1, or the cores of the machine. Of a runtime that was started with a number or a list
   * of workers, these may leave, and others like them come.
   */
  scale(bounds: PoolBoundsSaid): Promise<void>
  list(): ReadonlyArray<WorkerStatistics>
}

/**
 * An embedded runtime. `H` is the type of the handlers' module: with it payloads and results are typed.
 *
 * A task may be started more than once; it finishes exactly once. Every promise settles. Nothing accepted is lost by
 * the crash of a task or of a thread; with a data directory, nor by that of the process.
 */
export class Ballast<H extends HandlersModule = UntypedHandlers> implements AsyncDisposable {
  readonly workers: Workers
  /** What was found in the data directory at the start; nothing, where none was named. */
  readonly recovered: Recovery
  /** The supervision tree, and actors of one's own. */
  readonly actors: ActorsFace
  /** Workers outside of this process, which pull their tasks. */
  readonly remote: Remote
  /** What was learned so far, to go on from another time. */
  readonly learned: Learned
  readonly #runtime: Runtime
  readonly #look: () => Promise<MachineReport>
  readonly #store: MetricsStore
  readonly #submitter: Submitter
  readonly #selections: Selections
  readonly #scope: Scope.Closeable
  #stopped: Promise<void> | undefined

  private constructor(started: Started, scope: Scope.Closeable) {
    this.#runtime = started.runtime
    this.#store = started.store
    this.#scope = scope
    this.#submitter = new Submitter(started.runtime)
    this.#selections = new Selections(started.runtime, this.#submitter)
    this.remote = remoteOf(started.runtime, started.remote)
    this.actors = new ActorsFace(started.runtime.system)
    this.#look = started.look
    this.workers = workersOf(started)
    this.recovered = started.recovery
    this.learned = learnedOf(started.runtime)
  }

  /**
   * Starts a runtime; resolves once every worker takes work. Rejects with `InvalidOptions` (each problem with path and
   * hint), `HandlersNotLoaded`, `DataDirectoryLocked` or `JournalTooNew`, and leaves nothing behind then.
   */
  static async start<H extends HandlersModule = UntypedHandlers>(options: BallastOptions): Promise<Ballast<H>> {
    const scope = Scope.makeUnsafe()
    try {
      const started = await Effect.runPromise(Effect.provideService(startRuntime(options), Scope.Scope, scope))
      return new Ballast<H>(started, scope)
    } catch (cause) {
      await Effect.runPromise(Scope.close(scope, Exit.void))
      throw cause
    }
  }

  /** Submits a task and gives its handle at once. Where the queue is full, acceptance waits: see `accepted`. */
  submit<Name extends HandlerName<H>>(
    type: Name,
    payload: PayloadOf<H, Name>,
    options?: SubmitOptions
  ): TaskHandle<ResultOf<H, Name>>
  submit(type: string, payload: unknown, options?: SubmitOptions): TaskHandle<unknown> {
    return this.#submitter.submit(type, payload, options, true)
  }

  /** As `submit`, but where the queue is full the task is refused: its result rejects with `QueueFull`. */
  trySubmit<Name extends HandlerName<H>>(
    type: Name,
    payload: PayloadOf<H, Name>,
    options?: SubmitOptions
  ): TaskHandle<ResultOf<H, Name>>
  trySubmit(type: string, payload: unknown, options?: SubmitOptions): TaskHandle<unknown> {
    return this.#submitter.submit(type, payload, options, false)
  }

  /** Submits a task and resolves with its result. */
  run<Name extends HandlerName<H>>(
    type: Name,
    payload: PayloadOf<H, Name>,
    options?: SubmitOptions
  ): Promise<ResultOf<H, Name>>
  run(type: string, payload: unknown, options?: SubmitOptions): Promise<unknown> {
    return this.#submitter.submit(type, payload, options, true).result
  }

  /**
   * Runs a task for each input and resolves with the results in the order of the inputs. Takes inputs only as fast as
   * they are worked off. The first failure cancels those under way and rejects.
   */
  map<Name extends HandlerName<H>>(
    type: Name,
    inputs: MapInput<PayloadOf<H, Name>>,
    options?: MapOptions
  ): Promise<ReadonlyArray<ResultOf<H, Name>>>
  map(type: string, inputs: MapInput<unknown>, options: MapOptions = {}): Promise<ReadonlyArray<unknown>> {
    const { concurrency, ...submitOptions } = options
    if (concurrency !== undefined && !(Number.isInteger(concurrency) && concurrency >= 1)) {
      const hint = "a whole number, at least 1"
      const problem = { path: "options.concurrency", message: `Expected a count, got ${concurrency}`, hint }
      return Promise.reject(new InvalidOptions({ problems: [problem] }))
    }
    const slots = [...this.#runtime.ledger.workers.values()].reduce((sum, { spec }) => sum + spec.limits.slots, 0)
    return mapInOrder(inputs, concurrency ?? Math.max(1, 2 * slots), (input) =>
      this.#submitter.submit(type, input, submitOptions, true)
    )
  }

  /**
   * Chooses a worker for a task that the caller will run there by itself, once it is the task's turn: in the order, by the
   * strategy and with the reservations of all other tasks. Until `complete` is called with its epoch it holds what it
   * requires. Rejects as the result of a task does that never runs: with `Unschedulable`, `DeadlineExceeded`, `Cancelled` …
   */
  select(type: string, requires?: RequirementsInput, options?: SelectOptions): Promise<Selection> {
    return this.#selections.select(type, requires, options)
  }

  /**
   * Says how a selected task has ended: what it held is free, and all that is learned from runs is learned from it.
   * `false` where its run is not current: completed before, cancelled, expired, or its worker was lost.
   */
  complete(epoch: number, run: SelectedRun): Promise<boolean> {
    return this.#selections.complete(epoch, run)
  }

  /**
   * Runs a task for each batch of inputs, for a handler that takes a list and gives a list, and resolves with the results in
   * the order of the inputs. How many go into one follows from what batches of this kind have taken: enough that what each
   * costs beside its items is a small share, and no more than are done in the target time. The first failure cancels those
   * under way and rejects.
   */
  mapBatches<Name extends HandlerName<H>>(
    type: Name,
    inputs: MapInput<ItemOf<PayloadOf<H, Name>>>,
    options?: MapBatchesOptions
  ): Promise<ReadonlyArray<ItemOf<ResultOf<H, Name>>>>
  mapBatches(
    type: string,
    inputs: MapInput<unknown>,
    options: MapBatchesOptions = {}
  ): Promise<ReadonlyArray<unknown>> {
    return mapInBatches(this.#runtime, this.#submitter, type, inputs, options)
  }

  /** What is derived of such a task from its names, and from runs of its kind; `undefined`: nothing. */
  analyze(type: string, options: Pick<SubmitOptions, "model"> = {}): TaskAnalysis | undefined {
    const { model } = options
    return this.#runtime.analyst.derive(model === undefined ? { type } : { type, model })
  }

  /** How it stands now, and since it started. */
  stats(): Statistics {
    return this.#runtime.statistics.read(this.#runtime.system.now(), this.#runtime.coordination.intake)
  }

  /**
   * What load is expected `predictionWindow` from now, with an interval for each and how well earlier forecasts came true:
   * of the system, each worker, and what arrives of each kind of task. What nothing can be said of yet is `undefined`.
   */
  forecasts(): ForecastReport {
    return this.#runtime.forecastReport
  }

  /** Everything that happens from now on. A reader that falls far behind loses the oldest events. */
  events(): AsyncIterable<BallastEvent> {
    return this.#runtime.told.stream()
  }

  /**
   * Calls the listener with each event, at once; it must be quick; what it throws is logged. Returns what ends that.
   * Throws `InvalidOptions` for what is no function.
   */
  on(listener: (event: BallastEvent) => void): () => void {
    if (typeof listener !== "function") {
      const message = `Expected a function, got ${typeof listener}`
      const hint = "one listener for all events: look at event._tag"
      throw new InvalidOptions({ problems: [{ path: "listener", message, hint }] })
    }
    return this.#runtime.told.subscribe((event) => listener(event))
  }

  /** Why the task ran where it ran, why it waits, why it failed. */
  explain(taskId: TaskId): string {
    return this.#runtime.explain(taskId)
  }

  /** Asks the metrics in SQL; without DuckDB it rejects with `MetricsInMemoryOnly`. */
  query(sql: string): ReturnType<MetricsStore["query"]> {
    return this.#store.query(sql)
  }

  /** What this machine has and how it is, looked at now: each thing that was found, or why it was not. Never rejects. */
  machine(): Promise<MachineReport> {
    return this.#look()
  }

  /** Resolves once nothing is left to do: everything submitted has ended, also what is submitted meanwhile. */
  drain(): Promise<void> {
    return Effect.runPromise(this.#runtime.idle)
  }

  /** Takes no more tasks, lets the accepted ones end within the timeout, then stops everything. Idempotent. */
  shutdown({ timeout = "10 seconds" }: ShutdownOptions = {}): Promise<void> {
    if (this.#stopped !== undefined) return this.#stopped
    let millis: number
    try {
      millis = toMillis(timeout)
    } catch {
      const message = `Expected a span of time, got ${JSON.stringify(timeout)}`
      const problem = { path: "options.timeout", message, hint: 'milliseconds, or a text such as "30 seconds"' }
      return Promise.reject(new InvalidOptions({ problems: [problem] }))
    }
    this.#stopped = this.#shutdown(millis)
    return this.#stopped
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown()
  }

  async #shutdown(timeout: number): Promise<void> {
    this.#submitter.close()
    this.#runtime.coordinator.tell("Close")
    await Effect.runPromise(Effect.timeoutOption(this.#runtime.idle, Duration.millis(timeout)))
    await Effect.runPromise(Scope.close(this.#scope, Exit.void))
  }
}

/** Of a worker of which nothing was heard yet. */
const unheard = { eventLoopDelay: 0, eventLoopUtilization: 0, heapUsed: 0, running: 0, queued: 0 } as const

const workersOf = ({ runtime, toSpec, cores, detectFor }: Started): Workers => {
  const unknownWorker = (id: WorkerId): InvalidOptions => {
    const hint = `workers: ${[...runtime.ledger.workers.keys()].join(", ")}`
    return new InvalidOptions({ problems: [{ path: "id", message: `there is no worker "${id}"`, hint }] })
  }
  const known = (id: WorkerId): Effect.Effect<void, InvalidOptions> => {
    return runtime.ledger.worker(id) === undefined ? Effect.fail(unknownWorker(id)) : Effect.void
  }
  const on = (id: WorkerId, action: Effect.Effect<unknown, HandlersNotLoaded | InvalidOptions>): Promise<void> =>
    Effect.runPromise(runtime.whileAlive(Effect.andThen(known(id), Effect.asVoid(action))))
  return {
    async spawn(definition = {}) {
      const problems = problemsOf(WorkerDefinition, definition, "", workerHints)
      if (problems.length > 0) throw new InvalidOptions({ problems })
      await detectFor([definition])
      const spec = toSpec(definition)
      const spawned = await Effect.runPromise(runtime.whileAlive(runtime.workforce.spawn(spec)))
      if (!spawned) {
        const problem = { path: "id", message: `"${spec.id}" is taken`, hint: "each worker needs an id of its own" }
        throw new InvalidOptions({ problems: [problem] })
      }
      await Effect.runPromise(runtime.whileAlive(runtime.workforce.awaitUp(spec.id)))
      return spec.id
    },
    drain: (id) => on(id, runtime.workforce.drain(id)),
    pause: (id) => on(id, pauseWorker(runtime, id)),
    resume: (id) => on(id, resumeWorker(runtime, id)),
    retire: (id) => on(id, runtime.workforce.retire(id)),
    restart: (id) =>
      on(
        id,
        Effect.suspend(() =>
          runtime.ledger.worker(id)?.phase === "failed"
            ? runtime.workforce.revive(id)
            : Effect.sync(() => void runtime.workforce.restart(id))
        )
      ),
    report(id, metrics) {
      const problems = problemsOf(WorkerMetrics, metrics, "metrics", metricHints)
      if (problems.length > 0) throw new InvalidOptions({ problems })
      if (runtime.ledger.worker(id) === undefined) throw unknownWorker(id)
      const latest = runtime.vitals.beat(id) ?? unheard
      runtime.report(id, {
        eventLoopUtilization: metrics.load ?? latest.eventLoopUtilization,
        eventLoopDelay: metrics.eventLoopDelay ?? latest.eventLoopDelay,
        heapUsed: metrics.heapUsed ?? latest.heapUsed,
        running: metrics.running ?? latest.running,
        queued: metrics.queued ?? latest.queued
      })
      runtime.reportEnergy(id, metrics)
    },
    scale: (bounds) => Effect.runPromise(runtime.whileAlive(scalePool({ runtime, cores }, bounds))),
    list: () => runtime.statistics.read(runtime.system.now(), 0).workers
  }
}
