import type { PerformanceBook } from "../src/adaptation/index.ts"
import type { LedgerReader, TaskRecord, WorkerRecord } from "../src/ledger/index.ts"
import type { Millis, TaskId, WorkerId } from "../src/model/index.ts"
import { crowding } from "../src/placement/index.ts"
import type { BallastEvent, BallastEventTag } from "./events.ts"
import type { Vitals } from "./vitals.ts"

/** What runs tell of their workers, and how far running tasks say they are. */
export class RunRecord {
  /** The kinds of events it is about. */
  static readonly heeds: ReadonlyArray<BallastEventTag> = [
    "TaskProgressed",
    "TaskPlaced",
    "TaskCompleted",
    "TaskFailed",
    "TaskCancelled",
    "TaskExpired",
    "TaskQuarantined"
  ]
  readonly #ledger: LedgerReader
  readonly #vitals: Vitals
  readonly #book: PerformanceBook
  readonly #progress = new Map<TaskId, number>()
  /** Tasks on its worker when a run began, itself included; only where there can be several. */
  readonly #company = new Map<TaskId, number>()

  constructor(ledger: LedgerReader, vitals: Vitals, book: PerformanceBook) {
    this.#ledger = ledger
    this.#vitals = vitals
    this.#book = book
  }

  /** The worker's speed, as learned from runs or, until they tell, as declared: weight × duty cycle. 1 is ordinary. */
  speedOf({ spec }: WorkerRecord): number {
    return this.#book.times.speedOf(spec.id)
  }

  /** The share of its thread's time that the worker's tasks compute, 0–1; 1 until a heartbeat has told. */
  busy(workerId: WorkerId): number {
    const beat = this.#vitals.beat(workerId)
    const dutyCycle = this.#ledger.worker(workerId)?.spec.dutyCycle ?? 1
    return beat === undefined ? 1 : Math.min(1, beat.eventLoopUtilization / dutyCycle)
  }

  progressOf(taskId: TaskId): number | undefined {
    return this.#progress.get(taskId)
  }

  /** A worker joins: nothing is known of it but what it declares. */
  joined({ spec }: WorkerRecord): void {
    this.#book.times.assume(spec.id, spec.weight * spec.dutyCycle)
  }

  /** A run is about to be recorded as completed; `ms`: what it took on its worker. */
  completed({ spec, attempts, state }: TaskRecord, workerId: WorkerId, ms: Millis, now: Millis): void {
    this.#book.record(workerId, spec.type, { ms, ok: true }, now)
    // A run that went on from a checkpoint did only part of the work.
    if (attempts > 1 && state !== undefined) return
    const taken = ms / this.#crowding(spec.id, workerId)
    this.#book.times.record(workerId, spec.type, { ms: taken, expectedMs: spec.expectedDuration }, now)
  }

  readonly onEvent = (event: BallastEvent): void => {
    switch (event._tag) {
      case "TaskProgressed":
        this.#progress.set(event.taskId, event.fraction)
        return
      case "TaskPlaced": {
        const worker = this.#ledger.worker(event.reservation.workerId)
        if (worker !== undefined && worker.spec.limits.slots > 1) this.#company.set(event.taskId, worker.running.size)
        return
      }
      case "TaskCompleted":
      case "TaskFailed":
      case "TaskCancelled":
      case "TaskExpired":
      case "TaskQuarantined":
        this.#progress.delete(event.taskId)
        this.#company.delete(event.taskId)
        return
    }
  }

  /** By how much the run was slowed down by others on the same thread, from how many there were first and last. */
  #crowding(taskId: TaskId, workerId: WorkerId): number {
    const first = this.#company.get(taskId)
    if (first === undefined) return 1
    const last = this.#ledger.worker(workerId)?.running.size ?? first
    return crowding((first + last) / 2, this.busy(workerId))
  }
}
