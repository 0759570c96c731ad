import * as Effect from "effect/Effect"
import { Actor } from "../src/actor/index.ts"
import { Ring } from "../src/collections/index.ts"
import type { Settings } from "../src/config/index.ts"
import type { LedgerReader, TaskRecord } from "../src/ledger/index.ts"
import type { HealthView, Millis, TaskEnd, TaskId, WorkerId } from "../src/model/index.ts"
import type { LoadBalancerMetricsRow, MetricsStore, Rows, TableName } from "../src/storage/index.ts"
import type { BallastEvent, BallastEventTag } from "./events.ts"

export const recorderProtocol = {
  /** Something has happened since the last write. */
  Noted: Actor.message<Record<never, never>>(),
  /** Turn what happened into rows, and hand them to the store. */
  Write: Actor.message<Record<never, never>>()
}

/** Events kept between two writes; beyond that the newest are dropped and counted. */
const bufferLimit = 100_000

/** Enough for the rows that a store in memory keeps: a placement and an end each. */
const latestLimit = 2_000

/** Milliseconds from the first event after a write until the next. */
const writeDelay = 500

/** An event, and the task as the ledger has it: by the time of writing, that may have forgotten it. */
interface Noted {
  readonly event: BallastEvent
  readonly task: TaskRecord | undefined
}

/** Collects events for the recorder at the least cost: turning them into rows is the recorder's work. */
export class EventBuffer {
  /** The kinds of events that become rows. */
  static readonly heeds: ReadonlyArray<BallastEventTag> = [
    "TaskPlaced",
    "MigrationOffered",
    "MigrationChosen",
    "MigrationAborted",
    "ThresholdsMoved",
    "LoadForecast",
    "LoadSampled",
    "WorkerAssessed",
    "WorkerEjected",
    "WorkerReturned",
    "WorkerAnomaly",
    "TaskCompleted",
    "TaskFailed",
    "TaskCancelled",
    "TaskExpired",
    "TaskShed",
    "TaskQuarantined"
  ]
  readonly #limit: number
  readonly #keep: "first" | "latest"
  #events = new Ring<Noted>()
  /** What is not of a task, where the latest are kept: it must not be displaced by a flood of tasks. */
  #rare: Array<Noted> = []
  #dropped = 0
  /** Told of the first event after each `take`. */
  onFirst: () => void = () => {}

  /** `latest`: where only the latest rows are kept anyway, the events of earlier ones are not waited for. */
  constructor(keep: "first" | "latest" = "first") {
    this.#keep = keep
    this.#limit = keep === "first" ? bufferLimit : latestLimit
  }

  readonly onEvent = (event: BallastEvent, task?: TaskRecord): void => {
    const noted = { event, task }
    if (this.isEmpty) this.onFirst()
    if (this.#keep === "latest" && !isOfTask(event)) {
      this.#rare.push(noted)
      return
    }
    if (this.#events.size >= this.#limit) {
      if (this.#keep === "first") {
        this.#dropped += 1
        return
      }
      this.#events.shift()
    }
    this.#events.push(noted)
  }

  get isEmpty(): boolean {
    return this.#events.size + this.#rare.length === 0
  }

  /** Events that were lost because too many came between two writes. */
  get dropped(): number {
    return this.#dropped
  }

  take(): ReadonlyArray<Noted> {
    const events = [...this.#rare, ...this.#events]
    this.#events = new Ring()
    this.#rare = []
    return events
  }
}

const isOfTask = (event: BallastEvent): boolean =>
  event._tag.startsWith("Task") && !("migrationId" in event && event.migrationId !== undefined)

export interface RecorderOptions {
  readonly ledger: LedgerReader
  readonly buffer: EventBuffer
  readonly store: MetricsStore
  readonly settings: Settings
  readonly health: HealthView
  readonly strategy: string
  /** Wall-clock time, in milliseconds since 1970, of a time on the monotonic clock. */
  readonly wallClock: (at: Millis) => number
}

/** What rows of health that are no assessments say. */
const foundVerdicts = { WorkerEjected: "ejected", WorkerReturned: "returned", WorkerAnomaly: "anomaly" } as const

const ends: Partial<Record<BallastEvent["_tag"], TaskEnd>> = {
  TaskCompleted: "completed",
  TaskFailed: "failed",
  TaskCancelled: "cancelled",
  TaskExpired: "expired",
  TaskShed: "shed",
  TaskQuarantined: "quarantined"
}

interface Interval {
  initiated: number
  successful: number
  thresholds: { readonly high: number; readonly low: number }
  forecast: Extract<BallastEvent, { readonly _tag: "LoadForecast" }> | undefined
}

/** Writes what happens into the metrics store, in batches beside the ring. */
export const metricsRecorder = (options: RecorderOptions) => {
  const { ledger, buffer, store, settings, health, strategy, wallClock } = options
  const moves = new Map<number, { readonly source: WorkerId; readonly target: WorkerId; readonly at: Millis }>()
  const reasons = new Map<TaskId, Extract<BallastEvent, { readonly _tag: "MigrationChosen" }>>()
  const interval: Interval = {
    initiated: 0,
    successful: 0,
    thresholds: settings.adaptation.thresholds.initial,
    forecast: undefined
  }

  const metricsRow = (event: Extract<BallastEvent, { readonly _tag: "LoadSampled" }>): LoadBalancerMetricsRow => {
    const { initiated, successful, thresholds, forecast } = interval
    const { features, predictionWindow } = settings.adaptation
    const { high, low } = settings.adaptation.thresholds.initial
    return {
      timestamp: wallClock(event.at),
      system_load: event.systemLoad,
      threshold_high: thresholds.high,
      threshold_low: thresholds.low,
      imbalance_score: event.imbalance,
      migrations_initiated: initiated,
      migrations_successful: successful,
      prediction_accuracy: forecast?.accuracy ?? null,
      metrics: {
        worker_count: ledger.workers.size,
        active_migrations: ledger.migrations.size,
        imbalance: event.gaps,
        thresholds: { ...thresholds, initial_high: high, initial_low: low },
        migrations: { initiated, successful, success_rate: initiated === 0 ? null : successful / initiated },
        features: {
          dynamic_thresholds: features.dynamicThresholds,
          predictive_balancing: features.predictiveBalancing,
          cost_benefit_analysis: features.costBenefitAnalysis,
          hardware_specific: features.hardwareSpecific,
          resource_efficiency: features.resourceEfficiency
        },
        prediction: {
          current_load: event.systemLoad,
          predicted_load: forecast?.load ?? event.systemLoad,
          confidence: forecast?.confidence ?? 0,
          window_minutes: predictionWindow / 60_000
        }
      }
    }
  }

  const migrationRow = (migrationId: number, taskId: TaskId, outcome: string, reason: string, at: Millis) => {
    const move = moves.get(migrationId)
    const why = reasons.get(taskId)
    moves.delete(migrationId)
    reasons.delete(taskId)
    return {
      timestamp: wallClock(at),
      migration_id: migrationId,
      task_id: taskId,
      source: move?.source ?? "",
      target: move?.target ?? "",
      outcome,
      reason,
      cost_score: why?.costScore ?? null,
      net_seconds: why === undefined ? null : why.benefitSeconds - why.costSeconds,
      took_ms: move === undefined ? null : at - move.at,
      explanation: why?.explanation ?? null
    }
  }

  const rowsOf = (events: ReadonlyArray<Noted>): { readonly [T in TableName]: Array<Rows[T]> } => {
    const rows: { readonly [T in TableName]: Array<Rows[T]> } = {
      load_balancer_metrics: [],
      tasks: [],
      placements: [],
      migrations: [],
      health: []
    }
    for (const { event, task } of events) {
      switch (event._tag) {
        case "TaskPlaced": {
          const { taskId, epoch, at, migrationId } = event
          const { workerId } = event.reservation
          const timestamp = wallClock(at)
          rows.placements.push({
            timestamp,
            task_id: taskId,
            epoch,
            worker_id: workerId,
            strategy,
            score: null,
            explanation: null
          })
          if (migrationId === undefined) break
          interval.successful += 1
          rows.migrations.push(migrationRow(migrationId, taskId, "completed", "balance", at))
          break
        }
        case "MigrationOffered":
          interval.initiated += 1
          moves.set(event.migrationId, { source: event.source, target: event.reservation.workerId, at: event.at })
          break
        case "MigrationChosen":
          reasons.set(event.taskId, event)
          break
        case "MigrationAborted":
          rows.migrations.push(migrationRow(event.migrationId, event.taskId, "aborted", event.reason, event.at))
          break
        case "ThresholdsMoved":
          interval.thresholds = { high: event.high, low: event.low }
          break
        case "LoadForecast":
          interval.forecast = event
          break
        case "LoadSampled":
          rows.load_balancer_metrics.push(metricsRow(event))
          interval.initiated = 0
          interval.successful = 0
          break
        case "WorkerAssessed":
          rows.health.push({
            timestamp: wallClock(event.at),
            worker_id: event.workerId,
            verdict: event.verdict,
            score: event.score,
            reasons: event.reasons
          })
          break
        // Beside the assessments, which have a score: what was found between two of them.
        case "WorkerEjected":
        case "WorkerReturned":
        case "WorkerAnomaly":
          rows.health.push({
            timestamp: wallClock(event.at),
            worker_id: event.workerId,
            verdict: foundVerdicts[event._tag],
            score: health.of(event.workerId),
            reasons: [event._tag === "WorkerReturned" ? event.reason : event.message]
          })
          break
        case "TaskCompleted":
        case "TaskFailed":
        case "TaskCancelled":
        case "TaskExpired":
        case "TaskShed":
        case "TaskQuarantined": {
          const outcome = ends[event._tag]
          reasons.delete(event.taskId)
          if (task === undefined || outcome === undefined) break
          const { type, priority } = task.spec
          rows.tasks.push({
            timestamp: wallClock(event.at),
            task_id: event.taskId,
            type,
            priority,
            outcome,
            worker_id: task.left?.workerId ?? null,
            attempts: task.attempts,
            waited_ms: (task.firstRunAt ?? event.at) - task.acceptedAt,
            ran_ms: task.left === undefined ? null : event.at - task.left.startedAt,
            error: event._tag === "TaskFailed" ? event.error.message : null
          })
        }
      }
    }
    return rows
  }

  const write = (): void => {
    const rows = rowsOf(buffer.take())
    store.append("load_balancer_metrics", rows.load_balancer_metrics)
    store.append("tasks", rows.tasks)
    store.append("placements", rows.placements)
    store.append("migrations", rows.migrations)
    store.append("health", rows.health)
  }

  return Actor.make("MetricsRecorder", {
    protocol: recorderProtocol,
    initial: (context) => {
      // A runtime in which nothing happens is not woken for nothing.
      const soon = (): void => void context.self.tell("Noted", {})
      buffer.onFirst = soon
      if (!buffer.isEmpty) soon()
      return store
    },
    handlers: {
      Noted: (state, _, context) => {
        context.timers.after("write", writeDelay, "Write")
        return state
      },
      Write: (state) => {
        write()
        return Effect.as(
          Effect.promise(() => state.flush()),
          state
        )
      }
    },
    stopping: (state) => {
      write()
      return Effect.promise(() => state.flush())
    }
  })
}
