import { Actor, type ActorRef } from "../../src/actor/index.ts"
import { type Assessment, assess, type HealthSignals, healthDefaults } from "../../src/adaptation/index.ts"
import type { Heartbeat } from "../../src/execution/index.ts"
import type { LedgerReader, TaskRecord } from "../../src/ledger/index.ts"
import type { Millis, WorkerId } from "../../src/model/index.ts"
import type { EventBus } from "../event-bus.ts"
import type { BallastEvent, BallastEventTag } from "../events.ts"
import type { Vitals } from "./vitals.ts"

export const healthProtocol = {
  Beat: Actor.message<{ readonly workerId: WorkerId; readonly beat: Heartbeat }>(),
  Check: Actor.message<Record<never, never>>()
}

export type HealthMonitorRef = ActorRef<typeof healthProtocol>

/** What one worker has shown since its thread was started. */
interface Seen {
  startedAt: Millis
  readyAt: Millis | undefined
  heardAt: Millis | undefined
  runs: number
  failures: number
}

/** What the events tell of each worker's health. It outlives the monitor, which reads it at each check. */
export class HealthRecord {
  /** The kinds of events it is about. */
  static readonly heeds: ReadonlyArray<BallastEventTag> = [
    "WorkerAdded",
    "WorkerExited",
    "WorkerReady",
    "WorkerRemoved",
    "TaskCompleted",
    "TaskDelayed",
    "TaskFailed"
  ]
  readonly #seen = new Map<WorkerId, Seen>()
  readonly #ledger: LedgerReader

  constructor(ledger: LedgerReader) {
    this.#ledger = ledger
  }

  of(workerId: WorkerId): Seen | undefined {
    return this.#seen.get(workerId)
  }

  hear(workerId: WorkerId, now: Millis): void {
    const seen = this.#seen.get(workerId)
    if (seen !== undefined) seen.heardAt = now
  }

  /** Half of what is counted is forgotten at each check, so that the latest counts most. */
  fade(): void {
    for (const seen of this.#seen.values()) {
      seen.runs /= 2
      seen.failures /= 2
    }
  }

  readonly onEvent = (event: BallastEvent, task?: TaskRecord): void => {
    switch (event._tag) {
      case "WorkerAdded":
        return this.#start(event.worker.id, event.at)
      case "WorkerExited":
        return this.#start(event.workerId, event.at)
      case "WorkerReady": {
        const seen = this.#seen.get(event.workerId)
        if (seen !== undefined) seen.readyAt = event.at
        return
      }
      case "WorkerRemoved":
        this.#seen.delete(event.workerId)
        return
      case "TaskCompleted":
        return this.#ran(task?.left?.workerId, false)
      case "TaskDelayed":
      case "TaskFailed":
        return this.#ran(task?.left?.workerId, true)
    }
  }

  #start(workerId: WorkerId, now: Millis): void {
    if (this.#ledger.worker(workerId) === undefined) return
    this.#seen.set(workerId, { startedAt: now, readyAt: undefined, heardAt: undefined, runs: 0, failures: 0 })
  }

  #ran(workerId: WorkerId | undefined, failed: boolean): void {
    const seen = workerId === undefined ? undefined : this.#seen.get(workerId)
    if (seen === undefined) return
    seen.runs += 1
    if (failed) seen.failures += 1
  }
}

export interface HealthMonitorOptions {
  readonly ledger: LedgerReader
  readonly record: HealthRecord
  readonly vitals: Vitals
  readonly bus: EventBus
  /** Milliseconds between two checks. */
  readonly interval: Millis
  readonly heartbeatInterval: Millis
  /** A worker that has failed without its thread ending: it is to be started anew. */
  readonly restart: (workerId: WorkerId) => void
}

interface State {
  readonly assessments: Map<WorkerId, Assessment>
  checkedAt: Millis | undefined
}

/** Judges each worker at an interval, never in the way of a placement (E1). */
export const healthMonitor = (options: HealthMonitorOptions) => {
  const { ledger, record, vitals, bus, interval, heartbeatInterval, restart } = options
  const settings = {
    ...healthDefaults,
    heartbeatLate: Math.max(healthDefaults.heartbeatLate, 3 * heartbeatInterval),
    heartbeatLost: Math.max(healthDefaults.heartbeatLost, 10 * heartbeatInterval)
  }

  const signalsOf = (workerId: WorkerId, observerDelay: Millis): HealthSignals | undefined => {
    const worker = ledger.worker(workerId)
    const seen = record.of(workerId)
    if (worker === undefined || seen === undefined) return undefined
    const beat = vitals.beat(workerId)
    const { maxOldGenerationSizeMb } = worker.spec.resourceLimits
    return {
      workerId,
      startedAt: seen.startedAt,
      running: worker.running.size,
      recentRuns: seen.runs,
      recentFailures: seen.failures,
      observerDelay,
      ...(seen.readyAt !== undefined && { readyAt: seen.readyAt }),
      ...(seen.heardAt !== undefined && { lastHeartbeatAt: seen.heardAt }),
      ...(beat !== undefined && { eventLoopDelay: beat.eventLoopDelay }),
      ...(beat !== undefined &&
        maxOldGenerationSizeMb !== undefined && { memory: beat.heapUsed / (maxOldGenerationSizeMb * 2 ** 20) })
    }
  }

  return Actor.make("HealthMonitor", {
    protocol: healthProtocol,
    initial: (context): State => {
      context.timers.every("check", interval, "Check")
      return { assessments: new Map(), checkedAt: undefined }
    },
    handlers: {
      Beat: (state, { workerId, beat }, context) => {
        // The last of one that has left must not stay.
        if (ledger.worker(workerId) === undefined) return state
        vitals.hear(workerId, beat)
        record.hear(workerId, context.now())
        return state
      },
      Check: (state, _, context) => {
        const now = context.now()
        const late = state.checkedAt === undefined ? 0 : Math.max(0, now - state.checkedAt - interval)
        state.checkedAt = now
        for (const workerId of ledger.workers.keys()) {
          const signals = signalsOf(workerId, late)
          if (signals === undefined) continue
          const before = state.assessments.get(workerId)
          const { score, verdict, reasons, ...rest } = assess(signals, before, settings, now)
          state.assessments.set(workerId, { ...rest, score, verdict, reasons })
          vitals.judge(workerId, score)
          if (before?.verdict === verdict && Math.abs(before.score - score) < 0.05) continue
          const messages = reasons.map(({ message }) => message)
          bus.publish({ _tag: "WorkerAssessed", at: now, workerId, score, verdict, reasons: messages })
          if (verdict === "failed" && before?.verdict !== "failed") restart(workerId)
        }
        for (const workerId of state.assessments.keys()) {
          if (ledger.worker(workerId) === undefined) state.assessments.delete(workerId)
        }
        record.fade()
        return state
      }
    }
  })
}
