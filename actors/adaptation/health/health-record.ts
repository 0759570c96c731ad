import {
  AnomalyLog,
  type Assessment,
  type Ejections,
  healthDefaults,
  isIll,
  type Recovery,
  RunOutcomes,
  recoveryDefaults,
  recoveryOf,
  ServiceTimes,
  UsualFigure
} from "../../../src/adaptation/index.ts"
import type { LedgerReader, TaskRecord } from "../../../src/ledger/index.ts"
import type { Millis, WorkerId } from "../../../src/model/index.ts"
import type { BallastEvent, BallastEventTag } from "../../events.ts"
import type { Learner } from "../../run-record.ts"

/** What one worker has shown since its thread was started. */
export interface Seen {
  startedAt: Millis
  readyAt: Millis | undefined
  heardAt: Millis | undefined
  /** When its thread before this one was lost. */
  readonly lostAt: Millis | undefined
  runs: number
  failures: number
  /** How late its timers usually are. */
  readonly delay: UsualFigure
}

/**
 * What is known of the workers' health: what events and runs tell of it, how each was judged, and who is out. It outlives
 * the monitor, which works on it.
 */
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
  readonly outcomes = new RunOutcomes()
  readonly times = new ServiceTimes()
  readonly anomalies = new AnomalyLog()
  readonly assessments = new Map<WorkerId, Assessment>()
  ejections: Ejections = new Map()
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

  /** It takes work again after a pause: what it did before is no evidence against it. `wasSlow`: that was why it was out. */
  renew(workerId: WorkerId, wasSlow = false): void {
    this.outcomes.renew(workerId)
    this.times.renew(workerId, wasSlow)
  }

  /** Whose tasks should go on elsewhere, and whether balance has to wait. */
  recovery(now: Millis): Recovery {
    const conditions = [...this.#ledger.workers].map(([workerId, { phase }]) => {
      const assessment = this.assessments.get(workerId)
      const ill = assessment !== undefined && isIll(assessment, healthDefaults)
      return { workerId, phase, isIll: ill, lostAt: this.#seen.get(workerId)?.lostAt }
    })
    return recoveryOf(conditions, recoveryDefaults, now)
  }

  /** A run has ended by itself. */
  readonly learn: Learner = ({ spec, assignment }, workerId, { ok, aloneMs }, now) => {
    this.outcomes.record(workerId, spec.type, ok, now)
    if (aloneMs === undefined) return
    const { type, expectedDuration: expectedMs } = spec
    this.times.record(workerId, { epoch: assignment?.epoch ?? 0, type, ms: aloneMs, expectedMs }, now)
  }

  readonly onEvent = (event: BallastEvent, task?: TaskRecord): void => {
    switch (event._tag) {
      case "WorkerAdded":
        return this.#start(event.worker.id, event.at, undefined)
      case "WorkerExited":
        this.renew(event.workerId)
        return this.#start(event.workerId, event.at, event.at)
      case "WorkerReady": {
        const seen = this.#seen.get(event.workerId)
        if (seen !== undefined) seen.readyAt = event.at
        return
      }
      case "WorkerRemoved":
        this.outcomes.forget(event.workerId)
        this.times.forget(event.workerId)
        this.anomalies.forget(event.workerId)
        this.assessments.delete(event.workerId)
        this.#seen.delete(event.workerId)
        return
      case "TaskCompleted":
        return this.#ran(task?.left?.workerId, false)
      case "TaskDelayed":
      case "TaskFailed":
        return this.#ran(task?.left?.workerId, true)
    }
  }

  #start(workerId: WorkerId, startedAt: Millis, lostAt: Millis | undefined): void {
    if (this.#ledger.worker(workerId) === undefined) return
    const nothing = { readyAt: undefined, heardAt: undefined, runs: 0, failures: 0 }
    this.#seen.set(workerId, { startedAt, lostAt, ...nothing, delay: new UsualFigure() })
  }

  #ran(workerId: WorkerId | undefined, failed: boolean): void {
    const seen = workerId === undefined ? undefined : this.#seen.get(workerId)
    if (seen === undefined) return
    seen.runs += 1
    if (failed) seen.failures += 1
  }
}
