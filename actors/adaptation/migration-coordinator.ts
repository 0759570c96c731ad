import { Actor, type ActorContext, type ActorRef } from "../../src/actor/index.ts"
import {
  adjustThresholds,
  chooseMigrations,
  type Forecast,
  findImbalance,
  type Imbalance,
  imbalanceDefaults,
  type MigrationDecision,
  type MigrationMemory,
  migrationDefaults,
  type RunningTask,
  type Thresholds,
  thresholdDefaults,
  type WorkerLoad
} from "../../src/adaptation/index.ts"
import { type Commit, fitsNow, type LedgerReader, type MigrationRecord } from "../../src/ledger/index.ts"
import type { PerformanceView, TaskId, WorkerId } from "../../src/model/index.ts"
import type { CoordinatorRef } from "../coordinator.ts"
import type { EventBus } from "../event-bus.ts"

export const migrationProtocol = {
  /** Judge what was seen, and move what pays. */
  Balance: Actor.message<{
    readonly tasks: ReadonlyArray<RunningTask>
    readonly loads: ReadonlyArray<WorkerLoad>
    readonly forecasts: ReadonlyMap<WorkerId, Forecast>
    /** The system's latest loads, oldest first. */
    readonly systemLoads: ReadonlyArray<number>
  }>(),
  /** The coordinator has answered. */
  Answered: Actor.message<{ readonly decision: MigrationDecision; readonly answer: Commit<MigrationRecord> }>(),
  /** A migration is over: the task runs on its target, or it was aborted. */
  Ended: Actor.message<{ readonly taskId: TaskId; readonly migrationId: number; readonly ok: boolean }>()
}

export type MigrationCoordinatorRef = ActorRef<typeof migrationProtocol>

export interface MigrationCoordinatorOptions {
  readonly ledger: LedgerReader
  readonly coordinator: () => CoordinatorRef | undefined
  readonly performance: PerformanceView
  readonly bus: EventBus
  /** Outlives the actor: what was moved rests, whoever remembers it. */
  readonly memory: MigrationMemory
  readonly rule: "set-point" | "incremental"
  readonly imbalanceThreshold: number
  readonly maxSimultaneousMigrations: number
  readonly features: {
    readonly dynamicThresholds: boolean
    readonly costBenefitAnalysis: boolean
    readonly taskMigration: boolean
  }
}

interface State {
  thresholds: Thresholds
  imbalance: Imbalance | undefined
  readonly underWay: Map<TaskId, number>
}

/** Moves running tasks from overloaded to idle workers where the gain exceeds the cost, both in seconds (G2–G7). */
export const migrationCoordinator = (options: MigrationCoordinatorOptions) => {
  const { ledger, performance, bus, memory, rule, features } = options
  const settings = {
    ...migrationDefaults,
    maxSimultaneousMigrations: options.maxSimultaneousMigrations,
    // Without cost-benefit analysis any move between the workers found is as good as another.
    ...(features.costBenefitAnalysis ? {} : { minGain: Number.NEGATIVE_INFINITY, hurdle: 0 })
  }

  const fits = (taskId: TaskId, workerId: WorkerId): boolean => {
    const task = ledger.task(taskId)
    const worker = ledger.worker(workerId)
    return task !== undefined && worker !== undefined && fitsNow(task.spec.requirements, worker)
  }

  const offer = (decision: MigrationDecision, context: ActorContext<typeof migrationProtocol>): void => {
    const { taskId, epoch, target } = decision
    void options
      .coordinator()
      ?.askPromise("Migrate", { taskId, epoch, target })
      .then(
        (answer) => context.self.tell("Answered", { decision, answer }),
        // The coordinator is being restarted: nothing was offered, and the next pass looks again.
        () => undefined
      )
  }

  return Actor.make("MigrationCoordinator", {
    protocol: migrationProtocol,
    initial: (): State => ({ thresholds: thresholdDefaults.initial, imbalance: undefined, underWay: new Map() }),
    handlers: {
      Balance: (state, { tasks, loads, forecasts, systemLoads }, context) => {
        const now = context.now()
        for (const { taskId } of memory.stale(now)) {
          const migrationId = state.underWay.get(taskId)
          if (migrationId === undefined) memory.ended(taskId, false, now)
          else options.coordinator()?.tell("AbandonMigration", { migrationId, reason: "it took too long" })
        }
        if (features.dynamicThresholds) {
          const { high, low } = adjustThresholds(state.thresholds, systemLoads, { ...thresholdDefaults, rule })
          const moved = high !== state.thresholds.high || low !== state.thresholds.low
          state.thresholds = { high, low }
          if (moved) bus.publish({ _tag: "ThresholdsMoved", at: now, high, low })
        }
        const { imbalanceThreshold } = options
        const imbalance = findImbalance(
          loads,
          state.thresholds,
          forecasts,
          { ...imbalanceDefaults, imbalanceThreshold },
          state.imbalance
        )
        state.imbalance = imbalance
        if (!features.taskMigration || !imbalance.act) return state
        const { over, under } = imbalance
        const input = {
          tasks,
          workers: loads,
          over,
          under,
          evacuate: new Set<WorkerId>(),
          recovering: false,
          fits,
          performance,
          memory
        }
        for (const decision of chooseMigrations(input, settings, now).chosen) offer(decision, context)
        return state
      },
      Answered: (state, { decision, answer }, context) => {
        if (!answer.ok) return state
        const { taskId, type, source, target, economics, explanation } = decision
        const now = context.now()
        memory.started({ taskId, type, source, target, startedAt: now })
        // It may have ended before this answer came.
        if (ledger.migrations.has(answer.value.id)) state.underWay.set(taskId, answer.value.id)
        else memory.ended(taskId, ledger.task(taskId)?.assignment?.workerId === target, now)
        bus.publish({
          _tag: "MigrationChosen",
          at: now,
          taskId,
          source,
          target,
          costSeconds: economics?.moveSeconds ?? 0,
          benefitSeconds: economics === undefined ? 0 : economics.staySeconds - economics.goSeconds,
          costScore: economics?.costScore ?? 0,
          explanation
        })
        return state
      },
      Ended: (state, { taskId, ok }, context) => {
        if (state.underWay.delete(taskId)) memory.ended(taskId, ok, context.now())
        return state
      }
    }
  })
}
