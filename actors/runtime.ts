import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { ActorSystem, describeExit, type SupervisorChild, type TopSupervisor } from "../src/actor/index.ts"
import { HardwareProfiles, PerformanceBook } from "../src/adaptation/index.ts"
import type { Settings } from "../src/config/index.ts"
import type { Heartbeat, MachineReport, WorkerDriver } from "../src/execution/index.ts"
import { byAge, guarded, Ledger, type OrderMaker, type TaskRecord } from "../src/ledger/index.ts"
import { HandlersNotLoaded, ShuttingDown, type TaskId, type WorkerId, type WorkerSpec } from "../src/model/index.ts"
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
import { Adaptation, LoadForecasts, Vitals } from "./adaptation/index.ts"
import { Coordination } from "./coordination.ts"
import { type CoordinatorRef, coordinator } from "./coordinator.ts"
import { EventBus } from "./event-bus.ts"
import { MachineRecord, machineMonitor } from "./machine-monitor.ts"
import { EventBuffer, metricsRecorder } from "./metrics-recorder.ts"
import { OutputGate } from "./output-gate.ts"
import { RunRecord } from "./run-record.ts"
import { StatisticsBook } from "./statistics.ts"
import { TaskAnalyst } from "./task-analyst.ts"
import { taskErrorOf } from "./task-error.ts"
import type { Handle } from "./task-handle.ts"
import { TaskHandles } from "./task-handles.ts"
import { countsAgainstWorker, type NodeListener, workerNode } from "./worker-node.ts"

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
}

/**
 * The living parts of a runtime and the tree that supervises them:
 *
 * ```
 * ballast (one-for-one: its parts do not depend on each other's state)
 * ├ coordinator
 * ├ metrics-recorder (may fail for ever: nothing else ends for it)
 * ├ adaptation (the same; rest-for-one: each works on what the ones before it saw)
 * │ ├ health-monitor
 * │ ├ migration-coordinator
 * │ └ predictor
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
  readonly vitals = new Vitals((workerId) => this.#haveChanged([workerId]))
  /** What is known of each worker's hardware, moving with what its runs show. */
  readonly profiles: HardwareProfiles
  /** What was seen of the machine last, where it is looked at. */
  readonly machine = new MachineRecord()
  /** What load is expected of each worker. */
  readonly forecasts = new LoadForecasts()
  readonly runs: RunRecord
  /** Derives what tasks do not say of themselves. */
  readonly analyst: TaskAnalyst
  readonly placement: Placement
  /** The most a payload may weigh. */
  readonly maxPayloadBytes: number
  readonly #options: RuntimeOptions
  readonly #adaptation: Adaptation
  #top: TopSupervisor | undefined
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
    this.statistics = new StatisticsBook(this.ledger)
    this.profiles = new HardwareProfiles((workerId) => this.ledger.worker(workerId)?.spec, {
      known: settings.hardware,
      onMoved: (kind) => this.#haveChanged(this.#workersOf(kind))
    })
    this.runs = new RunRecord(this.ledger, this.vitals, this.performance, this.profiles)
    this.runs.teach(this.analyst.learn)
    this.coordination = new Coordination({
      ledger: this.ledger,
      placement: this.placement,
      performance: this.performance,
      profiles: this.profiles,
      forecast: this.forecasts,
      runs: this.runs,
      health: this.vitals,
      bus: this.bus,
      runner: options.runner ?? inlineRunner,
      onTurn: (resume) => void this.#coordinator?.tell("Scored", { resume }),
      maxQueue: settings.maxQueue,
      sheddingFrom: settings.shedding === false ? Number.POSITIVE_INFINITY : settings.shedding.from,
      ageing: settings.ageing,
      reserveAfter: settings.queue.reserveAfter,
      backfill: settings.queue.backfill,
      requeue: settings,
      retain: settings.retain,
      ...(this.#gate !== undefined && { durable: this.#gate }),
      refuse: (taskId, error) => this.handles.refuse(taskId, error)
    })
    this.#adaptation = new Adaptation({
      settings,
      ledger: this.ledger,
      vitals: this.vitals,
      runs: this.runs,
      performance: this.performance,
      bus: this.bus,
      coordinator: () => this.#coordinator,
      restart: (workerId) => this.restartWorker(workerId),
      onForecasts: (forecasts) => this.#haveChanged(this.forecasts.update(forecasts))
    })
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
        strategy: typeof strategy === "string" ? strategy : strategy.id,
        wallClock: (at) => at + skew
      })
      const { probes } = settings
      const { look } = this.#options
      const machineActor =
        probes === false || look === undefined
          ? undefined
          : machineMonitor({ record: this.machine, bus, interval: probes.interval, look: Effect.promise(look) })
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
          ...(machineActor === undefined ? [] : [{ id: "machine-monitor", actor: machineActor, ...inessential }]),
          { id: "workers", supervisor: { dynamic: {} } }
        ]
      })
      this.#top = top
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
    })
  }

  /** Registers a worker and starts its thread; it takes work as soon as that is ready. `false`: the id is taken. */
  spawnWorker(spec: WorkerSpec): Effect.Effect<boolean> {
    return Effect.gen({ self: this }, function* () {
      const workers = this.#workers
      const listener = this.#listener
      if (workers === undefined || listener === undefined) return false
      const added = yield* Effect.orDie(this.coordinator.ask("AddWorker", { spec }))
      if (!added) return false
      yield* Effect.orDie(workers.startChild(this.#workerChild(spec, listener)))
      return true
    })
  }

  #workerChild(spec: WorkerSpec, listener: NodeListener): SupervisorChild {
    const { driver, settings } = this.#options
    const { type, maxRestarts, window, backoff } = spec.restart
    // A thread never ends in order by itself: one that is not to be restarted is given up on at its first end.
    const once = type === "temporary"
    return {
      id: spec.id,
      restart: "temporary",
      supervisor: {
        strategy: "one-for-one",
        maxRestarts: once ? 0 : maxRestarts,
        window,
        children: [
          {
            id: "node",
            actor: workerNode({ spec, driver, listener, grace: graceOf(spec, settings) }),
            mailbox: { kind: "unbounded" },
            restart: "permanent",
            backoff,
            // Where its tasks are to blame, the worker need not be spared.
            backoffFor: (cause) => (countsAgainstWorker(cause) ? undefined : atOnce),
            counts: once ? () => true : countsAgainstWorker
          }
        ]
      }
    }
  }

  /** Succeeds once the worker takes work; fails where its handlers cannot be loaded, or it is gone before. */
  awaitWorker(workerId: WorkerId): Effect.Effect<void, HandlersNotLoaded> {
    return Effect.callback((resume) => {
      const isUp = () => this.ledger.worker(workerId)?.phase === "up"
      if (isUp()) return resume(Effect.void)
      const fail = (hint: string, cause: unknown): void => {
        unsubscribe()
        resume(Effect.fail(new HandlersNotLoaded({ module: "", hint, cause })))
      }
      const unsubscribe = this.bus.subscribe((event) => {
        const ready = event._tag === "WorkerReady" && event.workerId === workerId
        if (isUp() || ready) {
          unsubscribe()
          resume(Effect.void)
        } else if (event._tag === "RuntimeEnded") {
          fail("the runtime has ended meanwhile", undefined)
        } else if (event._tag === "WorkerExited" && event.workerId === workerId && event.reason === "load-failed") {
          const { error } = event
          const cause = error && Object.assign(new Error(error.message), { name: error.name })
          fail("mend the module, then start again", cause)
        } else if (event._tag === "WorkerGivenUp" && event.workerId === workerId) {
          fail("its thread ends before it is ready: see its resourceLimits", new Error(event.cause))
        } else if (event._tag === "WorkerRemoved" && event.workerId === workerId) {
          fail("the worker was retired before it was ready", undefined)
        }
      })
      return Effect.sync(unsubscribe)
    })
  }

  /** Succeeds once the worker has nothing left to do; it takes no more work. */
  drainWorker(workerId: WorkerId): Effect.Effect<void> {
    const ask = this.coordinator.ask("DrainWorker", { workerId }, { timeout: Number.MAX_SAFE_INTEGER })
    // A coordinator that is restarted has forgotten who asked.
    return Effect.orDie(Effect.retry(ask, { times: 3 }))
  }

  /** Drains the worker, ends its thread and forgets it. */
  retireWorker(workerId: WorkerId): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      yield* this.drainWorker(workerId)
      const workers = this.#workers
      // A worker that was given up on has no supervisor any more.
      if (workers !== undefined) yield* Effect.ignore(workers.terminateChild(workerId))
      yield* Effect.orDie(this.coordinator.ask("RemoveWorker", { workerId }))
    })
  }

  /** What somebody outside has measured of a worker; it counts as its heartbeat until the next. */
  report(workerId: WorkerId, beat: Heartbeat): void {
    this.#listener?.heartbeat(workerId, beat)
  }

  /** Ends the worker at once and forgets it; what it had goes on elsewhere. */
  dismissWorker(workerId: WorkerId): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      if (this.#workers !== undefined) yield* Effect.ignore(this.#workers.terminateChild(workerId))
      yield* Effect.orDie(this.coordinator.ask("DismissWorker", { workerId }))
    })
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

  /** Ends the worker's thread at once and starts it anew: its tasks fail over, and none is blamed. */
  restartWorker(workerId: WorkerId): boolean {
    return this.coordination.nodes.get(workerId)?.node.tell("Restart") ?? false
  }

  /** Starts a worker again that was given up on, under a restart policy that has forgotten. */
  reviveWorker(workerId: WorkerId): Effect.Effect<void, HandlersNotLoaded> {
    return Effect.gen({ self: this }, function* () {
      const worker = this.ledger.worker(workerId)
      if (worker === undefined || this.#workers === undefined || this.#listener === undefined) return
      this.coordination.dispatch.regain(workerId)
      yield* Effect.orDie(this.#workers.startChild(this.#workerChild(worker.spec, this.#listener)))
      yield* this.awaitWorker(workerId)
    })
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

  get #workers() {
    return this.#top?.supervisor.dynamic("workers")
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

/** What runs outside cannot be ended: its driver waits for it as long as it means to. */
const graceOf = ({ isolation }: WorkerSpec, { grace }: Settings): number =>
  isolation === "remote" ? Number.POSITIVE_INFINITY : grace

const atOnce = { base: 0, max: 0, jitter: 0 } as const

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
