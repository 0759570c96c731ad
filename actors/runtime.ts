import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { ActorSystem, describeExit } from "../src/actor/index.ts"
import {
  batchesPart,
  type FitRunner,
  HardwareProfiles,
  hardwarePart,
  inlineFitting,
  LearnedParts,
  type LearnedState,
  LearnedWeights,
  type LostPart,
  PerformanceBook,
  performancePart,
  weightsPart
} from "../src/adaptation/index.ts"
import type { Settings } from "../src/config/index.ts"
import type { Heartbeat, MachineReport, WorkerDriver } from "../src/execution/index.ts"
import { byAge, guarded, Ledger, type OrderMaker, type TaskRecord } from "../src/ledger/index.ts"
import { ShuttingDown, type TaskId, type WorkerId } from "../src/model/index.ts"
import {
  inlineRunner,
  Placement,
  type ScoreRunner,
  type Strategy,
  type StrategyId,
  strategies
} from "../src/placement/index.ts"
import type { MetricsStore } from "../src/storage/index.ts"
import type { Journal, Recovered } from "../src/storage/journal/index.ts"
import {
  Adaptation,
  type EnergyReading,
  type ForecastReport,
  LoadForecasts,
  learnedKeeper,
  type UsageByEpoch,
  Vitals,
  WorkerPool
} from "./adaptation/index.ts"
import { Coordination } from "./coordination.ts"
import { type CoordinatorRef, coordinator } from "./coordinator.ts"
import { EventBus } from "./event-bus.ts"
import { MachineRecord, machineMonitor } from "./machine-monitor.ts"
import { EventBuffer, metricsRecorder } from "./metrics-recorder.ts"
import { OutputGate } from "./output-gate.ts"
import { RunRecord } from "./run-record.ts"
import { StatisticsBook } from "./statistics.ts"
import { analysisPart, TaskAnalyst } from "./task-analyst.ts"
import { taskErrorOf } from "./task-error.ts"
import type { Handle } from "./task-handle.ts"
import { TaskHandles } from "./task-handles.ts"
import type { NodeListener } from "./worker-node.ts"
import { Workforce } from "./workforce.ts"

/** What a runtime is made of: everything that touches the world is given to it. */
export interface RuntimeOptions {
  readonly settings: Settings
  readonly strategy: Strategy | StrategyId
  readonly driver: WorkerDriver
  readonly store: MetricsStore
  /** Where what happens to tasks is kept beyond this process. Default: nowhere. */
  readonly journal?: Journal
  /** Looks at the machine. Default: nobody does. */
  readonly look?: (signal: AbortSignal) => Promise<MachineReport>
  /** Where batches of scores are worked out. Default: inline. */
  readonly runner?: ScoreRunner
  /** Where many series of load are fitted. Default: inline. */
  readonly fitting?: FitRunner
  /** What an earlier runtime has learned. */
  readonly learned?: LearnedState
  /** Where what is learned is kept beyond this process. Default: nowhere. */
  readonly keepLearned?: (state: LearnedState) => Promise<void>
}

/**
 * The living parts of a runtime and the tree that supervises them:
 *
 * ```
 * ballast (one-for-one: its parts do not depend on each other's state)
 * ├ coordinator
 * ├ metrics-recorder (may fail for ever: nothing else ends for it)
 * ├ adaptation (the same; rest-for-one: each works on what the ones before it saw)
 * │ ├ weight-keeper
 * │ ├ health-monitor
 * │ ├ migration-coordinator
 * │ ├ predictor
 * │ ├ energy-manager
 * │ ├ autoscaler
 * │ └ concurrency-limiter (only with the option `adaptation.concurrency`)
 * ├ learned-keeper (only with a data directory; may fail for ever)
 * ├ machine-monitor (only with the option `probes`; may fail for ever)
 * └ workers (dynamic: they come and go, and all stop at once)
 *   └ <worker id> (a supervisor each, temporary: the worker's own restart policy; when it gives up, it is gone)
 *     └ node
 * ```
 *
 * What must outlive a restart (the ledger, what was learned) is held here and handed to the actors.
 */
export class Runtime {
  readonly system: ActorSystem
  readonly ledger: Ledger
  readonly bus = new EventBus((cause) => this.#listenerFailed(cause))
  /** What is told of it: with a journal, of tasks only what is durable. */
  readonly told: EventBus
  readonly coordination: Coordination
  readonly handles: TaskHandles
  readonly statistics: StatisticsBook
  readonly performance = new PerformanceBook()
  /** Workers that come and go with the load, where they do. */
  readonly pool = new WorkerPool()
  readonly vitals = new Vitals((workerId) => this.#haveChanged([workerId]))
  /** What is known of each worker's hardware, moving with what its runs show. */
  readonly profiles: HardwareProfiles
  /** What was seen of the machine last, where it is looked at. */
  readonly machine = new MachineRecord()
  /** Workers' weights as they were learned. */
  readonly weights = new LearnedWeights()
  /** All that learns. */
  readonly learned = new LearnedParts()
  /** What of an earlier state could not be taken over. */
  readonly lostParts: ReadonlyArray<LostPart>
  /** What load is expected of each worker. */
  readonly forecasts = new LoadForecasts()
  readonly runs: RunRecord
  /** Derives what tasks do not say of themselves. */
  readonly analyst: TaskAnalyst
  readonly placement: Placement
  readonly workforce: Workforce
  /** The most a payload may weigh. */
  readonly maxPayloadBytes: number
  readonly #options: RuntimeOptions
  readonly #adaptation: Adaptation
  #isEnding = false
  #isOver = false
  #coordinator: CoordinatorRef | undefined
  #listener: NodeListener | undefined
  /** Those who wait until nothing is left to do. */
  readonly #idlers = new Set<() => void>()
  readonly #gate: OutputGate | undefined

  constructor(context: Context.Context<never>, options: RuntimeOptions) {
    const { settings, strategy, journal } = options
    this.#options = options
    this.told = journal === undefined ? this.bus : new EventBus((cause) => this.#listenerFailed(cause))
    this.#gate = journal && new OutputGate(journal, this.told, () => void this.#coordinator?.tell("Due", {}))
    if (this.#gate !== undefined) this.bus.subscribe(this.#gate.onEvent)
    this.maxPayloadBytes = settings.maxPayloadBytes
    this.system = new ActorSystem(context, {
      name: "ballast",
      onRestart: ({ actor, cause, delay }) => this.#restarted(actor, cause, delay),
      // Its thread runs until it has ended.
      onGiveUp: ({ supervisor, cause, ended }) =>
        this.system.fork(
          Effect.andThen(
            ended,
            Effect.sync(() => this.#gaveUp(supervisor, cause))
          )
        )
    })
    this.ledger = new Ledger({
      ageing: settings.ageing,
      order: settings.queue.order ?? this.#orderOf(strategy),
      retain: settings.retain,
      onEvent: (event, task) => {
        this.coordination.onEvent(event, task)
        this.bus.publish(event, task)
      }
    })
    this.placement = new Placement({
      strategy,
      wishes: { sticky: settings.sticky },
      onFault: ({ strategy: id, taskId, message }) =>
        this.bus.publish({ _tag: "StrategyFaulted", at: this.system.now(), strategy: id, taskId, message })
    })
    const host = {
      statusOf: (taskId: TaskId) => this.ledger.task(taskId)?.status,
      cancel: (taskId: TaskId, reason: string) => {
        this.#coordinator?.tell("Cancel", { taskId, reason })
      }
    }
    this.handles = new TaskHandles(this.ledger, host, settings.retain, () => this.#tellIdle())
    this.analyst = new TaskAnalyst(this.ledger, settings.analysis)
    this.statistics = new StatisticsBook(
      this.ledger,
      this.weights,
      (now) => this.coordination.waits.all(now),
      () => this.#adaptation.energyUse
    )
    this.profiles = new HardwareProfiles((workerId) => this.ledger.worker(workerId)?.spec, {
      known: settings.hardware,
      onMoved: (kind) => this.#haveChanged(this.#workersOf(kind))
    })
    this.runs = new RunRecord(
      this.ledger,
      this.vitals,
      this.performance,
      settings.adaptation.features.hardwareSpecific ? this.profiles : undefined
    )
    this.runs.teach(this.analyst.learn)
    this.coordination = new Coordination({
      ledger: this.ledger,
      placement: this.placement,
      performance: this.performance,
      ...(settings.adaptation.features.hardwareSpecific && { profiles: this.profiles }),
      forecast: this.forecasts,
      worthOf: (worker) => this.#adaptation.worthOf(worker),
      weights: this.weights,
      runs: this.runs,
      health: this.vitals,
      bus: this.bus,
      runner: options.runner ?? inlineRunner,
      onTurn: (resume) => void this.#coordinator?.tell("Scored", { resume }),
      maxQueue: settings.maxQueue,
      maxQueueTime: settings.maxQueueTime,
      refuseLate: settings.refuseLate,
      sheddingFrom: settings.shedding === false ? Number.POSITIVE_INFINITY : settings.shedding.from,
      ageing: settings.ageing,
      reserveAfter: settings.queue.reserveAfter,
      backfill: settings.queue.backfill,
      requeue: { ...settings, comers: () => this.pool.comers },
      retain: settings.retain,
      slowStart: (worker, now) => this.#adaptation.slowStart(worker, now),
      ...(this.#gate !== undefined && { durable: this.#gate }),
      refuse: (taskId, error) => this.handles.refuse(taskId, error)
    })
    this.workforce = new Workforce({
      settings,
      driver: options.driver,
      ledger: this.ledger,
      bus: this.bus,
      pool: this.pool,
      coordinator: () => this.coordinator,
      nodes: () => this.coordination.nodes,
      now: () => this.system.now(),
      rebound: () => this.#adaptation.rebound()
    })
    this.#adaptation = new Adaptation({
      settings,
      ledger: this.ledger,
      vitals: this.vitals,
      runs: this.runs,
      performance: this.performance,
      weights: this.weights,
      learned: this.learned,
      profiles: this.profiles,
      bus: this.bus,
      coordinator: () => this.#coordinator,
      restart: (workerId) => this.workforce.restart(workerId),
      homes: {
        any: () => this.coordination.dispatch.hasHomeWaits,
        lines: () => this.coordination.dispatch.homeWaits
      },
      scaling: {
        pool: this.pool,
        parked: () => this.coordination.dispatch.parked,
        outside: () => this.coordination.intake,
        spawn: (spec, settled) => this.#onBehalf(this.workforce.spawn(spec), (isThere) => settled(isThere === true)),
        retire: (workerId, settled) => this.#onBehalf(this.workforce.retire(workerId), () => settled())
      },
      fitting: options.fitting ?? inlineFitting,
      onLearned: (workers) => this.#haveChanged(workers),
      onForecasts: (forecasts) => this.#haveChanged(this.forecasts.update(forecasts))
    })
    this.learned.add("performance", performancePart(this.performance))
    this.learned.add("weights", weightsPart(this.weights))
    this.learned.add("hardware", hardwarePart(this.profiles))
    this.learned.add("batches", batchesPart(this.analyst.batches))
    this.learned.add("analysis", analysisPart(this.analyst.history))
    const { memory } = this.placement.strategy
    if (memory !== undefined) this.learned.add(`strategy ${this.placement.strategy.id}`, memory)
    this.lostParts = options.learned === undefined ? [] : this.learned.import(options.learned, this.system.now())
    this.told.subscribe(this.handles.onEvent, TaskHandles.heeds)
    this.bus.subscribe(this.statistics.onEvent, StatisticsBook.heeds)
  }

  /** That of the strategy where it has one: it may be anybody's, so it is not relied upon. */
  #orderOf(strategy: Strategy | StrategyId): OrderMaker {
    const { order }: Strategy = typeof strategy === "string" ? strategies[strategy]() : strategy
    if (order === undefined) return byAge
    return guarded(order, ({ order: name, task, cause }) => {
      const message = `its order ${name}: ${cause instanceof Error ? cause.message : String(cause)}`
      const at = this.system.now()
      const id = typeof strategy === "string" ? strategy : strategy.id
      this.bus.publish({ _tag: "StrategyFaulted", at, strategy: id, taskId: task?.id ?? "", message })
    })
  }

  /** A runtime that is stopped with its scope. */
  static make(options: RuntimeOptions): Effect.Effect<Runtime, never, Scope.Scope> {
    return Effect.acquireRelease(
      Effect.contextWith((context: Context.Context<never>) => {
        const runtime = new Runtime(context, options)
        return Effect.as(Effect.orDie(runtime.start), runtime)
      }),
      (runtime) => runtime.stop
    )
  }

  /** All that is forecast at this time, and how well earlier forecasts came true. */
  get forecastReport(): ForecastReport {
    return this.#adaptation.forecasts(this.system.now())
  }

  /** Whether everything has stopped: nobody takes anything any more. */
  get hasEnded(): boolean {
    return this.#isOver
  }

  /** The one that changes the ledger. */
  get coordinator(): CoordinatorRef {
    if (this.#coordinator === undefined) throw new Error("the runtime has not been started")
    return this.#coordinator
  }

  /** Starts everything but the workers. */
  get start() {
    return Effect.gen({ self: this }, function* () {
      const { settings, store, strategy } = this.#options
      const { ledger, bus } = this
      const clock = yield* Clock.Clock
      const skew = clock.currentTimeMillisUnsafe() - this.system.now()
      const { runs } = this
      const buffer = new EventBuffer(store.stats().mode === "memory" ? "latest" : "first")
      bus.subscribe(runs.onEvent, RunRecord.heeds)
      bus.subscribe(buffer.onEvent, EventBuffer.heeds)
      this.#adaptation.subscribe()

      const coordinatorActor = coordinator(this.coordination)
      const recorderActor = metricsRecorder({
        ledger,
        buffer,
        store,
        settings,
        health: this.vitals,
        strategy: typeof strategy === "string" ? strategy : strategy.id,
        wallClock: (at) => at + skew
      })
      const { probes } = settings
      const { look } = this.#options
      const machineActor =
        probes === false || look === undefined
          ? undefined
          : machineMonitor({ record: this.machine, bus, interval: probes.interval, look: Effect.promise(look) })
      const { keepLearned: write } = this.#options
      const { saveInterval: every } = settings.adaptation.learning
      const { learned } = this
      const keeperActor = write && learnedKeeper({ learned, bus, interval: every, write })
      const mailbox = { kind: "unbounded" } as const
      const top = yield* this.system.supervise({
        name: "ballast",
        strategy: "one-for-one",
        maxRestarts: 10,
        window: 10_000,
        children: [
          { id: "coordinator", actor: coordinatorActor, mailbox },
          { id: "metrics-recorder", actor: recorderActor, ...inessential },
          { id: "adaptation", ...inessential, supervisor: this.#adaptation.supervisor },
          ...(keeperActor === undefined ? [] : [{ id: "learned-keeper", actor: keeperActor, ...inessential }]),
          ...(machineActor === undefined ? [] : [{ id: "machine-monitor", actor: machineActor, ...inessential }]),
          { id: "workers", supervisor: { dynamic: {} } }
        ]
      })
      // Asked to end or given up: no promise may be left open by it.
      this.system.fork(Effect.map(top.ended, (reason) => this.#ended(describeExit(reason))))
      this.#coordinator = top.supervisor.ref("coordinator", coordinatorActor)
      this.#adaptation.started(top.supervisor.supervisor("adaptation"))
      this.#listener = {
        ready: (workerId, node, thread, info) =>
          void this.#coordinator?.tell("NodeReady", { workerId, node, thread, info }),
        reports: (workerId, batch) => void this.#coordinator?.tell("NodeReports", { workerId, batch }),
        closing: (workerId) => void this.#coordinator?.tell("NodeClosing", { workerId }),
        gone: (workerId, exit) => void this.#coordinator?.tell("NodeGone", { workerId, exit }),
        heartbeat: (workerId, beat) => this.#adaptation.heard(workerId, beat),
        asks: (workerId, open, seen) => void this.#coordinator?.tell("NodeAsks", { workerId, open, seen })
      }
      this.workforce.started(top.supervisor.dynamic("workers"), this.#listener)
    })
  }

  /** Done beside the actor that asks for it; `settled` once it is done, with `undefined` where it has failed. */
  #onBehalf<A>(effect: Effect.Effect<A>, settled: (value: A | undefined) => void): void {
    this.system.fork(
      Effect.catchCause(
        Effect.map(effect, (value) => settled(value)),
        () => Effect.sync(() => settled(undefined))
      )
    )
  }

  /** What somebody outside has measured of a worker; it counts as its heartbeat until the next. */
  report(workerId: WorkerId, beat: Heartbeat): void {
    this.#listener?.heartbeat(workerId, beat)
  }

  /** What each of a worker's runs uses, as it says itself. */
  used(workerId: WorkerId, usage: UsageByEpoch): void {
    this.#adaptation.used(workerId, usage)
  }

  /** How hot somebody has found a worker to be, and what it draws; it counts for some minutes. */
  reportEnergy(workerId: WorkerId, reading: EnergyReading): void {
    this.#adaptation.measured(workerId, reading, this.system.now())
  }

  /** Why the task ran where it ran, why it waits, why it failed. */
  explain(taskId: TaskId): string {
    const task = this.ledger.task(taskId)
    if (task === undefined) {
      if (this.coordination.waitsOutside(taskId)) return "waits outside: the queue is full"
      return `there is no task ${taskId}, or it ended too long ago`
    }
    const story = this.coordination.dispatch.explain(task, this.system.now())
    const error = taskErrorOf(task)
    return error === undefined ? story : `${story}\n${error.message}`
  }

  /** Succeeds once every submitted task has ended, be it by the runtime's own end. */
  get idle(): Effect.Effect<void> {
    return Effect.callback((resume) => {
      const isIdle = () => this.#busy === 0
      if (isIdle()) return resume(Effect.void)
      const look = (): void => {
        if (!isIdle()) return
        leave()
        resume(Effect.void)
      }
      const unsubscribe = this.told.subscribe(() => this.system.dispatcher.defer(look))
      this.#idlers.add(look)
      const leave = (): void => {
        unsubscribe()
        this.#idlers.delete(look)
      }
      return Effect.sync(leave)
    })
  }

  /** The effect, as long as the runtime lives: `ShuttingDown` where that has ended, or ends meanwhile. */
  whileAlive<A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E | ShuttingDown> {
    return Effect.suspend(() => {
      if (this.#isEnding) return Effect.fail(new ShuttingDown({}))
      return Effect.catchCause(
        effect,
        (cause): Effect.Effect<never, E | ShuttingDown> =>
          this.#isEnding ? Effect.fail(new ShuttingDown({})) : Effect.failCause(cause)
      )
    })
  }

  /** Takes over what earlier runs have left, once there are workers for it. Gives the handles of what goes on. */
  restore(recovered: Recovered): Effect.Effect<ReadonlyArray<Handle>> {
    const unfinished: Array<Handle> = []
    const restored = (tasks: Iterable<TaskRecord>): void => {
      for (const task of tasks) if (task.outcome === undefined) unfinished.push(this.handles.adopt(task))
      const { ended, setAside, cut, took } = recovered
      this.bus.publish({
        _tag: "JournalRecovered",
        at: this.system.now(),
        tasks: unfinished.length,
        ended: ended.length,
        setAside,
        cut,
        ms: took
      })
    }
    return Effect.orDie(Effect.as(this.coordinator.ask("Restore", { legacy: recovered, restored }), unfinished))
  }

  /** Ends everything, in the order of the tree; handles that are still open are turned away. */
  get stop(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      this.#isEnding = true
      const gate = this.#gate
      // A disk that does not answer must not keep the runtime from ending.
      if (gate !== undefined)
        yield* Effect.timeoutOption(
          Effect.promise(() => gate.seal()),
          flushLimit
        )
      this.handles.failAll((taskId) => new ShuttingDown({ taskId }))
      this.coordination.halt()
      yield* this.system.shutdown
      this.#ended("was stopped")
      this.bus.close()
      this.told.close()
    })
  }

  #ended(reason: string): void {
    if (this.#isOver) return
    this.#isEnding = true
    this.#isOver = true
    this.handles.failAll((taskId) => new ShuttingDown({ taskId }))
    this.#tellIdle()
    this.bus.publish({ _tag: "RuntimeEnded", at: this.system.now(), reason })
  }

  get #busy(): number {
    if (this.#isOver) return 0
    const { queued, delayed, running, moving } = this.ledger.counts
    // A handle is open from the submit on, before the coordinator knows of the task.
    const inside = this.handles.unsettled + queued + delayed + running + moving + this.coordination.intake
    return inside + (this.#gate?.held ?? 0)
  }

  #tellIdle(): void {
    for (const look of [...this.#idlers]) look()
  }

  #workersOf(hardware: string): ReadonlyArray<WorkerId> {
    const workers = [...this.ledger.workers.values()].filter(({ spec }) => spec.capabilities.hardware === hardware)
    return workers.map(({ spec }) => spec.id)
  }

  /** Of these workers something else is known or expected than before, which may count in a decision. */
  #haveChanged(workers: ReadonlyArray<WorkerId>): void {
    for (const workerId of workers) this.coordination.dispatch.learned(workerId)
  }

  /** A listener's fault is its own: whoever published goes on. */
  #listenerFailed(cause: unknown): void {
    this.system.fork(Effect.logError("a listener to the runtime's events failed", cause))
  }

  #restarted(actor: string, cause: unknown, delay: number): void {
    const at = this.system.now()
    const workerId = workerIn(actor)
    if (workerId !== undefined) this.bus.publish({ _tag: "WorkerRestarted", at, workerId, delay })
    else this.bus.publish({ _tag: "ActorRestarted", at, actor, cause: String(cause), delay })
  }

  #gaveUp(supervisor: string, cause: Error): void {
    const workerId = workerIn(supervisor)
    if (workerId === undefined) return
    this.bus.publish({ _tag: "WorkerGivenUp", at: this.system.now(), workerId, cause: cause.message })
    this.coordination.giveUpOn(workerId)
    this.#coordinator?.tell("WorkerFailed", { workerId })
  }
}

/** How long the end of a runtime waits for its journal, in milliseconds. */
const flushLimit = 2_000

/** Tasks go on without it: it is started anew after ever longer pauses, and never uses up what the others may need. */
const inessential = {
  backoff: { base: 100, max: 30_000, jitter: 0.2 },
  counts: () => false
} as const

/** The worker that a path of the tree belongs to. */
export const workerIn = (path: string): WorkerId | undefined => {
  const [root, group, ...rest] = path.split("/")
  if (root !== "ballast" || group !== "workers" || rest.length === 0) return undefined
  return rest.at(-1) === "node" ? rest.slice(0, -1).join("/") : rest.join("/")
}
