import type { LedgerReader, WorkerRecord } from "../src/ledger/index.ts"
import type { Millis, TaskId, TaskStatus, WorkerId, WorkerStatus } from "../src/model/index.ts"
import type { BallastEvent } from "./events.ts"

/** One worker, now and since it joined. Times in milliseconds. */
export interface WorkerStatistics {
  readonly id: WorkerId
  readonly status: WorkerStatus
  readonly running: number
  readonly slots: number
  readonly completed: number
  readonly failed: number
  readonly restarts: number
  /** Share of its slots' time that was taken, since it joined, 0–1. */
  readonly utilisation: number
  /** Run times of its latest 1,000 completed runs. */
  readonly p50: Millis
  readonly p99: Millis
}

/** The runtime, now and since it started. */
export interface Statistics {
  readonly tasks: Readonly<Record<TaskStatus, number>>
  /** Waiting to be accepted into a full queue. */
  readonly intake: number
  readonly workers: ReadonlyArray<WorkerStatistics>
  readonly restarts: number
  /** Running tasks that went back to the queue because their worker was lost. */
  readonly failedOver: number
  readonly migrations: { readonly initiated: number; readonly successful: number }
}

/** Run times kept for a worker's quantiles. */
const sampleSize = 1_000

class WorkerTally {
  readonly joinedAt: Millis
  completed = 0
  failed = 0
  restarts = 0
  slotTime = 0
  running = 0
  changedAt: Millis
  readonly samples: Array<Millis> = []
  #next = 0

  constructor(joinedAt: Millis) {
    this.joinedAt = joinedAt
    this.changedAt = joinedAt
  }

  change(by: number, now: Millis): void {
    this.slotTime += this.running * (now - this.changedAt)
    this.changedAt = now
    this.running += by
  }

  sample(ms: Millis): void {
    this.samples[this.#next] = ms
    this.#next = (this.#next + 1) % sampleSize
  }
}

const quantile = (sorted: ReadonlyArray<number>, q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0

/** A worker's phase, and where it is up, how full it is: overloaded from 90 % of its slots on, busy from 70 %. */
export const statusOf = ({ phase, slots, spec }: WorkerRecord): WorkerStatus => {
  if (phase !== "up") return phase
  const load = slots / spec.limits.slots
  if (load >= 0.9) return "overloaded"
  return load >= 0.7 ? "busy" : "available"
}

/** Counts what happens, from the events alone. */
export class StatisticsBook {
  readonly #ledger: LedgerReader
  readonly #workers = new Map<WorkerId, WorkerTally>()
  readonly #runs = new Map<TaskId, { readonly workerId: WorkerId; readonly at: Millis }>()
  #restarts = 0
  #failedOver = 0
  #initiated = 0
  #successful = 0

  constructor(ledger: LedgerReader) {
    this.#ledger = ledger
  }

  readonly onEvent = (event: BallastEvent): void => {
    switch (event._tag) {
      case "WorkerAdded":
        this.#workers.set(event.worker.id, new WorkerTally(event.at))
        return
      case "WorkerRemoved":
        this.#workers.delete(event.workerId)
        return
      case "WorkerRestarted":
        this.#restarts += 1
        return this.#onWorker(event.workerId, (tally) => {
          tally.restarts += 1
        })
      case "WorkerExited":
        this.#failedOver += event.failedOver.length
        return
      case "TaskPlaced":
        if (event.migrationId !== undefined) this.#successful += 1
        this.#runs.set(event.taskId, { workerId: event.reservation.workerId, at: event.at })
        return this.#onWorker(event.reservation.workerId, (tally) => tally.change(1, event.at))
      case "MigrationOffered":
        this.#initiated += 1
        return
      case "TaskCompleted":
        return this.#endRun(event.taskId, event.at, (tally, ms) => {
          tally.completed += 1
          tally.sample(ms)
        })
      case "TaskFailed":
      case "TaskDelayed":
        return this.#endRun(event.taskId, event.at, (tally) => {
          tally.failed += 1
        })
      case "TaskRequeued":
      case "TaskCancelled":
      case "TaskExpired":
      case "TaskQuarantined":
      case "MigrationReleased":
        return this.#endRun(event.taskId, event.at, () => {})
    }
  }

  read(now: Millis, intake: number): Statistics {
    const workers = [...this.#ledger.workers.values()].map((worker): WorkerStatistics => {
      const tally = this.#workers.get(worker.spec.id) ?? new WorkerTally(now)
      tally.change(0, now)
      const sorted = tally.samples.toSorted((a, b) => a - b)
      const available = (now - tally.joinedAt) * worker.spec.limits.slots
      return {
        id: worker.spec.id,
        status: statusOf(worker),
        running: worker.running.size,
        slots: worker.spec.limits.slots,
        completed: tally.completed,
        failed: tally.failed,
        restarts: tally.restarts,
        utilisation: available > 0 ? tally.slotTime / available : 0,
        p50: quantile(sorted, 0.5),
        p99: quantile(sorted, 0.99)
      }
    })
    return {
      tasks: { ...this.#ledger.counts },
      intake,
      workers,
      restarts: this.#restarts,
      failedOver: this.#failedOver,
      migrations: { initiated: this.#initiated, successful: this.#successful }
    }
  }

  #onWorker(workerId: WorkerId, change: (tally: WorkerTally) => void): void {
    const tally = this.#workers.get(workerId)
    if (tally !== undefined) change(tally)
  }

  #endRun(taskId: TaskId, now: Millis, count: (tally: WorkerTally, ms: Millis) => void): void {
    const run = this.#runs.get(taskId)
    if (run === undefined) return
    this.#runs.delete(taskId)
    this.#onWorker(run.workerId, (tally) => {
      tally.change(-1, now)
      count(tally, now - run.at)
    })
  }
}
