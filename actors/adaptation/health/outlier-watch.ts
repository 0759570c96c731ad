import {
  type Anomaly,
  findOutliers,
  type Outlier,
  type OutlierSignals,
  sweepEjections,
  type TimedService
} from "../../../src/adaptation/index.ts"
import type { HealthWatchSettings } from "../../../src/config/index.ts"
import { type LedgerReader, takesWork, unmetEver, type WorkerRecord } from "../../../src/ledger/index.ts"
import type { Millis, PhaseEvent, Requirements, WorkerId } from "../../../src/model/index.ts"
import type { CoordinatorRef } from "../../coordinator.ts"
import type { EventBus } from "../../event-bus.ts"
import type { RunRecord } from "../../run-record.ts"
import type { HealthRecord } from "./health-record.ts"

export interface OutlierWatchOptions {
  readonly ledger: LedgerReader
  readonly record: HealthRecord
  readonly runs: RunRecord
  readonly bus: EventBus
  readonly coordinator: () => CoordinatorRef | undefined
  readonly settings: HealthWatchSettings
}

/** Workers compared in one sweep. */
const atOnce = 1_000

/** Finds workers that do markedly worse than the others, takes them out of placement and brings them back (E3). */
export class OutlierWatch {
  readonly #options: OutlierWatchOptions
  #from = 0

  constructor(options: OutlierWatchOptions) {
    this.#options = options
  }

  /** What is seen of each worker beside the others. */
  signals(now: Millis, workers = [...this.#options.ledger.workers.values()]): ReadonlyArray<OutlierSignals> {
    const { record } = this.#options
    return workers.map((worker) => {
      const workerId = worker.spec.id
      const slowness = record.times.of(workerId, this.#running(worker, now), now)
      return { workerId, outcomes: record.outcomes.of(workerId, now), slowness }
    })
  }

  sweep(now: Millis): void {
    const { ledger, record, bus, settings } = this.#options
    const outliers = findOutliers(this.signals(now, this.#next()), settings.outliers)
    for (const { severity: deviation, ...outlier } of outliers) this.report({ ...outlier, deviation }, now)
    if (settings.ejection === false) return
    const workers = [...ledger.workers].map(([workerId, { phase }]) => ({ workerId, phase }))
    const open = [...ledger.workers.values()].filter(({ phase }) => takesWork(phase))
    const canDoWithout = (workerId: WorkerId, gone: ReadonlySet<WorkerId>) => this.#canDoWithout(workerId, gone, open)
    const { eject, restore, ejections } = sweepEjections(
      record.ejections,
      { workers, outliers, canDoWithout },
      settings.ejection,
      now
    )
    record.ejections = ejections
    for (const { workerId, why } of restore) {
      record.renew(workerId, ejections.get(workerId)?.cause === "serviceTime")
      bus.publish({ _tag: "WorkerReturned", at: now, workerId, reason: why })
      this.#change(workerId, "return")
    }
    for (const { outlier, until } of eject) {
      const { workerId, signal, figure, expected, message }: Outlier = outlier
      bus.publish({ _tag: "WorkerEjected", at: now, workerId, until, signal, figure, expected, message })
      this.#change(workerId, "eject")
    }
  }

  /** Tells of it, unless it was told a short while ago. */
  report(anomaly: Anomaly, now: Millis): void {
    const told = this.#options.record.anomalies.note(anomaly, now)
    if (told === undefined) return
    const { workerId, signal, figure, expected, deviation, message } = anomaly
    const { suppressed } = told
    const figures = { signal, figure, expected, deviation, message, suppressed }
    this.#options.bus.publish({ _tag: "WorkerAnomaly", at: now, workerId, ...figures })
  }

  /** In a large pool some at a time, in turn: to look at ten thousand takes tens of milliseconds. */
  #next(): Array<WorkerRecord> {
    const all = [...this.#options.ledger.workers.values()]
    if (all.length <= atOnce) return all
    const from = this.#from < all.length ? this.#from : 0
    this.#from = from + atOnce
    return all.slice(from, from + atOnce)
  }

  /** Where nothing comes of it, the next sweep sees that. */
  #change(workerId: WorkerId, event: PhaseEvent): void {
    void this.#options
      .coordinator()
      ?.askPromise("ChangePhase", { workerId, event })
      .catch(() => undefined)
  }

  #running(worker: WorkerRecord, now: Millis): ReadonlyArray<TimedService> {
    const { ledger, runs } = this.#options
    if (worker.running.size === 0) return []
    const ahead = new Set(worker.ahead.map(({ spec }) => spec.id))
    const running: Array<TimedService> = []
    for (const { taskId, startedAt, epoch } of worker.running.values()) {
      const task = ahead.has(taskId) ? undefined : ledger.task(taskId)
      // What goes on from a checkpoint, or runs in other hands, says nothing.
      if (task === undefined || task.state !== undefined || task.spec.requirements.demand.external === true) continue
      const ms = (now - startedAt) / runs.slowdown(worker, worker.running.size)
      running.push({ epoch, type: task.spec.type, ms, expectedMs: task.spec.expectedDuration })
    }
    return running
  }

  /** Whether what waits, and what runs on it, could run on others than these of those that take work. */
  #canDoWithout(workerId: WorkerId, gone: ReadonlySet<WorkerId>, open: ReadonlyArray<WorkerRecord>): boolean {
    const { ledger } = this.#options
    const worker = ledger.worker(workerId)
    if (worker === undefined) return true
    const shapes = new Map<string, Requirements>()
    for (const { spec } of ledger.heads()) shapes.set(spec.requirements.shape, spec.requirements)
    for (const { taskId } of worker.running.values()) {
      const requirements = ledger.task(taskId)?.spec.requirements
      if (requirements !== undefined) shapes.set(requirements.shape, requirements)
    }
    const canTake = (requirements: Requirements, { spec }: WorkerRecord) => unmetEver(requirements, spec).length === 0
    const isElsewhere = (requirements: Requirements) =>
      open.some((other) => !gone.has(other.spec.id) && canTake(requirements, other))
    return [...shapes.values()].every((requirements) => !canTake(requirements, worker) || isElsewhere(requirements))
  }
}
