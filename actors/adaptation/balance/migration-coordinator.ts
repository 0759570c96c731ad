import { Actor, type ActorContext, type ActorRef } from "../../../src/actor/index.ts"
import {
  adjustThresholds,
  beginLook,
  chooseMigrations,
  closedBecause,
  compareUnderWay,
  DimensionGuard,
  type DimensionState,
  dimensionDefaults,
  dimensionRequests,
  type Economics,
  endLook,
  evenOut,
  type Forecast,
  findImbalance,
  type ImbalanceRule,
  imbalanceDefaults,
  isAwake,
  judgeMove,
  type LearnedPolicy,
  learnPolicy,
  type MigrationDecision,
  type MigrationInput,
  type MigrationMemory,
  type MoveKind,
  type MoveOutcomes,
  migrationDefaults,
  moveKindOf,
  type PolicyVerdict,
  policyDefaults,
  type Recovery,
  type ReliefMove,
  type RunningTask,
  reliefDefaults,
  relieve,
  sessionDefaults,
  type ThresholdSettings,
  thresholdDefaults,
  unevennessOf,
  type WorkerLoad
} from "../../../src/adaptation/index.ts"
import { type Commit, fitsNow, type MigrationRecord } from "../../../src/ledger/index.ts"
import type { Millis, TaskId, WorkerId } from "../../../src/model/index.ts"
import type { CoordinatorRef } from "../../coordinator.ts"
import type { EventBus } from "../../event-bus.ts"
import type { BalanceRecord } from "./balance-record.ts"
import { dimensionedWorkers, dimensionShare } from "./dimension-view.ts"
import { homeSteals } from "./home-stealing.ts"
import { knownMigrations } from "./known-migrations.ts"
import { speedEstimates } from "./speed-estimates.ts"
import type { TaskUsage } from "./task-usage.ts"
import { type LoadSources, runningTasks, workerLoads } from "./worker-loads.ts"

/** A move that was decided upon. */
type Decided = MigrationDecision & { readonly relief?: Pick<ReliefMove, "avoided" | "cost"> }

export const migrationProtocol = {
  /** Judge what was seen, and move what pays. */
  Balance: Actor.message<{
    readonly tasks: ReadonlyArray<RunningTask>
    readonly loads: ReadonlyArray<WorkerLoad>
    readonly forecasts: ReadonlyMap<WorkerId, Forecast>
    /** The system's latest loads, oldest first. */
    readonly systemLoads: ReadonlyArray<number>
  }>(),
  /** The worker has nothing to do, and nothing waits that it could begin. */
  Idle: Actor.message<{ readonly workerId: WorkerId }>(),
  /** The coordinator has answered; `undefined`: it is being restarted. */
  Answered: Actor.message<{
    readonly decision: Decided
    readonly answer: Commit<MigrationRecord> | undefined
  }>()
}

export type MigrationCoordinatorRef = ActorRef<typeof migrationProtocol>

export interface MigrationCoordinatorOptions {
  readonly sources: LoadSources
  readonly coordinator: () => CoordinatorRef | undefined
  readonly bus: EventBus
  /** Both outlive the actor. What is under way the ledger knows. */
  readonly memory: MigrationMemory
  readonly record: BalanceRecord
  /** What became of moves, and whether that has a say. */
  readonly outcomes: MoveOutcomes
  readonly policy: "economic" | "learned"
  /** What tasks without a known end use. */
  readonly usage: TaskUsage
  /** Workers that are to be cleared, and whether the system recovers from a failure. */
  readonly recovery: (now: Millis) => Recovery
  readonly checkInterval: Millis
  /** Where the thresholds begin, and how they move. */
  readonly thresholds: Pick<ThresholdSettings, "rule" | "initial" | "rate">
  readonly imbalance: ReadonlyArray<ImbalanceRule>
  readonly imbalanceThreshold: number
  readonly maxSimultaneousMigrations: number
  readonly features: {
    readonly dynamicThresholds: boolean
    readonly costBenefitAnalysis: boolean
    readonly taskMigration: boolean
    readonly workStealing: boolean
    readonly relief: boolean
  }
}

type Context = ActorContext<typeof migrationProtocol>

/** The loads, with whoever is to be cleared marked, so that no party gives it anything: it would only be moved on. */
const marked = (loads: ReadonlyArray<WorkerLoad>, cleared: ReadonlySet<WorkerId>): ReadonlyArray<WorkerLoad> =>
  cleared.size === 0 ? loads : loads.map((load) => (cleared.has(load.workerId) ? { ...load, isCleared: true } : load))

/** Moves running tasks from overloaded to idle workers where the gain exceeds the cost, both in seconds (G2–G7). */
export const migrationCoordinator = (options: MigrationCoordinatorOptions) => {
  const { sources, bus, memory, record, features, checkInterval } = options
  const { ledger, performance } = sources
  const { maxSimultaneousMigrations, imbalanceThreshold } = options
  const settings = { ...migrationDefaults, maxSimultaneousMigrations, weigh: features.costBenefitAnalysis }
  const imbalanceSettings = { ...imbalanceDefaults, imbalanceThreshold, rules: options.imbalance }

  const fits = (taskId: TaskId, workerId: WorkerId): boolean => {
    const task = ledger.task(taskId)
    const worker = ledger.worker(workerId)
    return task !== undefined && worker !== undefined && fitsNow(task.spec.requirements, worker)
  }

  /** What the ledger knows is true, whoever asked for it and whatever was forgotten. */
  const putRight = (now: Millis): void => {
    const { unknown, over } = compareUnderWay(memory.moves, knownMigrations(ledger), now)
    for (const { taskId, target } of over) {
      memory.ended(taskId, ledger.task(taskId)?.assignment?.workerId === target, now)
    }
    for (const { offeredAt, ...move } of unknown) memory.started({ ...move, startedAt: offeredAt })
  }

  const offer = (decision: Decided, context: Context): void => {
    const coordinator = options.coordinator()
    if (coordinator === undefined) return
    const { taskId, epoch, type, source, target, explanation: reason } = decision
    memory.offered({ taskId, type, source, target, startedAt: context.now() })
    void coordinator.askPromise("Migrate", { taskId, epoch, target, reason }).then(
      (answer) => context.self.tell("Answered", { decision, answer }),
      () => context.self.tell("Answered", { decision, answer: undefined })
    )
  }

  /** What the learned policy says of moves at this time, each kind of them learned of once; `undefined`: nothing. */
  const learnedVerdicts = (now: Millis) => {
    if (options.policy !== "learned") return undefined
    const bounds = { ...policyDefaults, minGain: settings.minGain }
    const kinds = new Map<MoveKind, LearnedPolicy>()
    return (type: string, economics: Economics): PolicyVerdict => {
      const kind = moveKindOf(type, economics)
      const policy = kinds.get(kind) ?? learnPolicy(options.outcomes.of(kind), bounds, now)
      kinds.set(kind, policy)
      return judgeMove(economics.netSeconds, policy, bounds)
    }
  }

  /** Chooses among these workers, and asks for what was chosen. Gives how many. */
  const move = (
    input: Pick<MigrationInput, "tasks" | "workers" | "over" | "under" | "evacuate" | "recovering">,
    context: Context
  ): number => {
    const speeds = speedEstimates(ledger, performance.times)
    const sparing = isSparing(input.workers)
    const fitsWell = (taskId: TaskId, workerId: WorkerId): boolean => {
      if (!fits(taskId, workerId)) return false
      const source = ledger.task(taskId)?.assignment?.workerId
      return (source !== undefined && input.evacuate.has(source)) || sparing(taskId, workerId)
    }
    const verdictOf = learnedVerdicts(context.now())
    const isRefused = verdictOf && ((type: string, economics: Economics) => verdictOf(type, economics).isRefused)
    const { chosen } = chooseMigrations(
      { ...input, fits: fitsWell, performance, speeds, memory, ...(isRefused && { isRefused }) },
      settings,
      context.now()
    )
    for (const decision of chosen) {
      const { type, economics, reason, explanation } = decision
      // Evacuations are not its business.
      const verdict = reason === "balance" && economics !== undefined ? verdictOf?.(type, economics) : undefined
      offer(verdict ? { ...decision, explanation: `${explanation}; ${verdict.explanation}` } : decision, context)
    }
    return chosen.length
  }

  /** Moves tasks without a known end that are expected to need more than their worker has. */
  const relieveTasks = (
    tasks: ReadonlyArray<RunningTask>,
    loads: ReadonlyArray<WorkerLoad>,
    context: Context
  ): void => {
    const { usage } = options
    usage.look(sources, tasks)
    const seen = usage.state(sources, tasks, loads, settings.minHealth)
    if (seen === undefined) return
    const { movesPerWorker } = settings
    const bounds = { ...reliefDefaults, maxMoves: maxSimultaneousMigrations, movesPerWorker }
    for (const { avoided, cost, ...moved } of relieve({ ...seen, fits, memory }, bounds, context.now())) {
      offer({ ...moved, reason: "balance", economics: undefined, relief: { avoided, cost } }, context)
    }
  }

  /**
   * Brings workers closer together in whatever dimension lies too far apart; compute is balanced by time. The thresholds
   * that move follow the use of compute, so they say nothing here.
   */
  const evenOutDimensions = (
    tasks: ReadonlyArray<RunningTask>,
    loads: ReadonlyArray<WorkerLoad>,
    context: Context
  ): void => {
    const now = context.now()
    const workers = dimensionedWorkers(ledger, loads)
    const open = new Set(
      loads.flatMap((load) => (closedBecause(load, settings.minHealth) === undefined ? load.workerId : []))
    )
    const state: DimensionState = {
      tasks,
      workers,
      shareOf: (taskId, workerId) => dimensionShare(ledger, taskId, workerId),
      fits: (taskId, workerId) => open.has(workerId) && fits(taskId, workerId),
      memory
    }
    const bounds = { ...dimensionDefaults, imbalanceThreshold, movesPerWorker: settings.movesPerWorker }
    for (const request of dimensionRequests(workers, options.thresholds.initial, imbalanceThreshold)) {
      if (request.dimension === "cpu" || memory.active >= maxSimultaneousMigrations) continue
      const decision = evenOut(request, state, bounds, now)
      if (decision !== undefined) return offer({ ...decision, reason: "balance", economics: undefined }, context)
    }
  }

  /** Whether a move puts no dimension out of balance, or further out of it. */
  const isSparing = (loads: ReadonlyArray<WorkerLoad>) => {
    const guard = new DimensionGuard(dimensionedWorkers(ledger, loads), imbalanceThreshold)
    return (taskId: TaskId, target: WorkerId): boolean => {
      const source = ledger.task(taskId)?.assignment?.workerId
      if (source === undefined) return true
      const leaves = dimensionShare(ledger, taskId, source)
      const move = { source, target, leaves, comes: dimensionShare(ledger, taskId, target) }
      return guard.worsened(move).length === 0
    }
  }

  /** What waits for busy workers goes to idle ones. */
  const steal = (workers: ReadonlyArray<WorkerLoad>): void => {
    const lines = sources.homes?.()
    if (lines === undefined || lines.size === 0) return
    const taskIds = homeSteals(sources, workers, lines)
    if (taskIds.length > 0) options.coordinator()?.tell("Steal", { taskIds })
  }

  const adjust = (systemLoads: ReadonlyArray<number>, now: Millis): void => {
    if (!features.dynamicThresholds) return
    const before = record.thresholds
    const { high, low } = adjustThresholds(before, systemLoads, { ...thresholdDefaults, ...options.thresholds })
    record.thresholds = { high, low }
    if (high !== before.high || low !== before.low) bus.publish({ _tag: "ThresholdsMoved", at: now, high, low })
  }

  return Actor.make("MigrationCoordinator", {
    protocol: migrationProtocol,
    initial: () => ({}),
    handlers: {
      Balance: (state, { tasks, loads: seen, forecasts, systemLoads }, context) => {
        const now = context.now()
        putRight(now)
        adjust(systemLoads, now)
        const { evacuate, recovering } = options.recovery(now)
        const loads = marked(seen, evacuate)
        record.imbalance = findImbalance(loads, record.thresholds, forecasts, imbalanceSettings, record.imbalance)
        record.session = beginLook(record.session, unevennessOf(loads), sessionDefaults, now)
        if (features.workStealing) steal(loads)
        if (!features.taskMigration) return state
        if (features.relief && !recovering) relieveTasks(tasks, loads, context)
        if (!recovering) evenOutDimensions(tasks, loads, context)
        const { act, over, under } = record.imbalance
        const isBalancing = act && isAwake(record.session) && !recovering
        if (!isBalancing && evacuate.size === 0) return state
        const between = isBalancing ? { over, under } : { over: [], under: [] }
        const moves = move({ tasks, workers: loads, ...between, evacuate, recovering }, context)
        record.session = endLook(record.session, moves + memory.active, checkInterval, sessionDefaults, now)
        return state
      },
      Idle: (state, { workerId }, context) => {
        const now = context.now()
        const tasks = runningTasks(sources, now)
        const { evacuate, recovering } = options.recovery(now)
        const workers = marked(workerLoads(sources, tasks), evacuate)
        steal(workers)
        if (!features.taskMigration || recovering || memory.active >= maxSimultaneousMigrations) return state
        const over = workers.flatMap((load) => (load.workerId === workerId || load.running < 2 ? [] : load.workerId))
        if (over.length > 0) move({ tasks, workers, over, under: [workerId], evacuate, recovering }, context)
        return state
      },
      Answered: (state, { decision, answer }, context) => {
        const { taskId, type, source, target, economics, relief, explanation } = decision
        if (answer?.ok !== true) {
          // A coordinator that was restarted meanwhile may have agreed: the next look finds that out.
          if (answer !== undefined) memory.withdrawn(taskId)
          return state
        }
        const now = context.now()
        memory.begun({ taskId, type, source, target, startedAt: now })
        if (economics !== undefined) options.outcomes.chosen(taskId, type, economics, now)
        bus.publish({
          _tag: "MigrationChosen",
          at: now,
          taskId,
          source,
          target,
          costSeconds: economics?.moveSeconds ?? relief?.cost ?? 0,
          benefitSeconds:
            economics === undefined ? (relief?.avoided ?? 0) : economics.staySeconds - economics.goSeconds,
          costScore: economics?.costScore ?? 0,
          reason: decision.reason,
          explanation
        })
        return state
      }
    }
  })
}
