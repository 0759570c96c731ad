import type { EnergyUse, WaitEstimate } from "../src/adaptation/index.ts"
import type { LedgerReader, TaskRecord, WorkerRecord } from "../src/ledger/index.ts"
import type {
  Assignment,
  Millis,
  Priority,
  TaskStatus,
  WeightView,
  WorkerId,
  WorkerStatus
} from "../src/model/index.ts"
import type { BallastEvent, BallastEventTag } from "./events.ts"

/** One worker, now and since it joined. Times in milliseconds. */
export interface WorkerStatistics {
  readonly id: WorkerId
  readonly status: WorkerStatus
  readonly running: number
  readonly slots: number
  /** How much it is given against others where a strategy goes by weight: as learned or, until then, as declared. */
  readonly weight: number
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
  /** How long a task of each priority would wait that came now, as estimated: see `docs/scaling.md`. */
  readonly waits: Readonly<Record<Priority, WaitEstimate>>
  readonly workers: ReadonlyArray<WorkerStatistics>
  readonly restarts: number
  /** Running tasks that went back to the queue because their worker was lost. */
  readonly failedOver: number
  readonly migrations: { readonly initiated: number; readonly successful: number }
  /** What was used of energy, as estimated; absent where nothing is measured or declared: see `docs/energy.md`. */
  readonly energy?: EnergyUse
}

const noWait: WaitEstimate = { ms: 0, low: 0, proven: false }
const noWaits = { critical: noWait, high: noWait, normal: noWait, low: noWait, minimal: noWait }

/** Run times kept for a worker's quantiles. */
const sampleSize = 1_000

class WorkerTally {
  readonly joinedAt: Millis
  readonly #slots: number
  completed = 0
  failed = 0
  restarts = 0
  slotTime = 0
  running = 0
  changedAt: Millis
  readonly samples: Array<Millis> = []
  #next = 0

  constructor(joinedAt: Millis, slots: number) {
    this.joinedAt = joinedAt
    this.#slots = slots
    this.changedAt = joinedAt
  }

  change(by: number, now: Millis): void {
    // What was sent ahead waits there, and takes no slot's time.
    this.slotTime += Math.min(this.running, this.#slots) * (now - this.changedAt)
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
  /** The kinds of events it is about. */
  static readonly heeds: ReadonlyArray<BallastEventTag> = [
    "WorkerAdded",
    "WorkerRemoved",
    "WorkerRestarted",
    "WorkerExited",
    "TaskPlaced",
    "MigrationOffered",
    "TaskCompleted",
    "TaskFailed",
    "TaskDelayed",
    "TaskRequeued",
    "TaskCancelled",
    "TaskExpired",
    "TaskQuarantined",
    "MigrationReleased"
  ]
  readonly #ledger: LedgerReader
  readonly #weights: WeightView | undefined
  readonly #waits: (now: Millis) => Statistics["waits"]
  readonly #energy: () => EnergyUse | undefined
  readonly #workers = new Map<WorkerId, WorkerTally>()
  #restarts = 0
  #failedOver = 0
  #initiated = 0
  #successful = 0

  /** `waits`: how long tasks would wait that came now. Default: not at all. */
  constructor(
    ledger: LedgerReader,
    weights?: WeightView,
    waits: (now: Millis) => Statistics["waits"] = () => noWaits,
    energy: () => EnergyUse | undefined = () => undefined
  ) {
    this.#energy = energy
    this.#ledger = ledger
    this.#weights = weights
    this.#waits = waits
  }

  readonly onEvent = (event: BallastEvent, task?: TaskRecord): void => {
    switch (event._tag) {
      case "WorkerAdded":
        this.#workers.set(event.worker.id, new WorkerTally(event.at, event.worker.limits.slots))
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
        this.#workers.get(event.reservation.workerId)?.change(1, event.at)
        return
      case "MigrationOffered":
        this.#initiated += 1
        return
      case "TaskCompleted":
        return this.#endRun(task?.left, event.at, true)
      case "TaskFailed":
      case "TaskDelayed":
        return this.#endRun(task?.left, event.at, false)
      case "TaskRequeued":
      case "TaskCancelled":
      case "TaskExpired":
      case "TaskQuarantined":
      case "MigrationReleased":
        return this.#endRun(task?.left, event.at, undefined)
    }
  }

  read(now: Millis, intake: number): Statistics {
    const workers = [...this.#ledger.workers.values()].map((worker): WorkerStatistics => {
      const tally = this.#workers.get(worker.spec.id) ?? new WorkerTally(now, worker.spec.limits.slots)
      tally.change(0, now)
      const sorted = tally.samples.toSorted((a, b) => a - b)
      const available = (now - tally.joinedAt) * worker.spec.limits.slots
      return {
        id: worker.spec.id,
        status: statusOf(worker),
        running: worker.running.size - worker.ahead.length,
        slots: worker.spec.limits.slots,
        weight: this.#weights?.of(worker.spec.id) ?? worker.spec.weight,
        completed: tally.completed,
        failed: tally.failed,
        restarts: tally.restarts,
        utilisation: available > 0 ? tally.slotTime / available : 0,
        p50: quantile(sorted, 0.5),
        p99: quantile(sorted, 0.99)
      }
    })
    const energy = this.#energy()
    return {
      tasks: { ...this.#ledger.counts },
      intake,
      waits: this.#waits(now),
      workers,
      restarts: this.#restarts,
      failedOver: this.#failedOver,
      migrations: { initiated: this.#initiated, successful: this.#successful },
      ...(energy !== undefined && { energy })
    }
  }

  #onWorker(workerId: WorkerId, change: (tally: WorkerTally) => void): void {
    const tally = this.#workers.get(workerId)
    if (tally !== undefined) change(tally)
  }

  /** `ok`: whether the run gave a result; `undefined` where it was cut short. */
  #endRun(run: Assignment | undefined, now: Millis, ok: boolean | undefined): void {
    const tally = run && this.#workers.get(run.workerId)
    if (run === undefined || tally === undefined) return
    tally.change(-1, now)
    if (ok === true) {
      tally.completed += 1
      tally.sample(now - run.startedAt)
    } else if (ok === false) {
      tally.failed += 1
    }
  }
}
