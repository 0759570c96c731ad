import type { PerformanceBook } from "../src/adaptation/index.ts"
import type { LedgerReader, TaskRecord, WorkerRecord } from "../src/ledger/index.ts"
import type { Millis, TaskId, WorkerId } from "../src/model/index.ts"
import { crowding } from "../src/placement/index.ts"
import type { BallastEvent, BallastEventTag } from "./events.ts"
import type { Vitals } from "./vitals.ts"

/** Milliseconds below which a run is one of the shortest. */
const tiny = 0.05
/** Runs of a type on a worker after which more of the shortest tell little. */
const knownWell = 64
const oneIn = 8

/** What runs tell of their workers, and how far running tasks say they are. */
export class RunRecord {
  /** The kinds of events it is about. */
  static readonly heeds: ReadonlyArray<BallastEventTag> = [
    "TaskProgressed",
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
  /** Runs too short to be of interest one by one, since the last that was learned from. */
  #tiny = 0

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
  completed(task: TaskRecord, workerId: WorkerId, ms: Millis, now: Millis): void {
    const { spec, attempts, state, assignment } = task
    if (this.#skips(spec.type, workerId, ms)) return
    this.#book.record(workerId, spec.type, { ms, ok: true }, now)
    // A run that went on from a checkpoint did only part of the work.
    if (attempts > 1 && state !== undefined) return
    const taken = ms / this.#crowding(assignment?.company ?? 1, workerId)
    this.#book.times.record(workerId, spec.type, { ms: taken, expectedMs: spec.expectedDuration }, now)
  }

  readonly onEvent = (event: BallastEvent): void => {
    switch (event._tag) {
      case "TaskProgressed":
        this.#progress.set(event.taskId, event.fraction)
        return
      case "TaskCompleted":
      case "TaskFailed":
      case "TaskCancelled":
      case "TaskExpired":
      case "TaskQuarantined":
        if (this.#progress.size > 0) this.#progress.delete(event.taskId)
        return
    }
  }

  /** A run has failed, after so long. */
  failed({ spec }: TaskRecord, workerId: WorkerId, ms: Millis, now: Millis): void {
    if (!this.#skips(spec.type, workerId, ms)) this.#book.record(workerId, spec.type, { ms, ok: false }, now)
  }

  /** Of a flood of the shortest runs one in eight is learned from: to learn would cost a good part of what they take. */
  #skips(type: string, workerId: WorkerId, ms: Millis): boolean {
    if (ms >= tiny || (this.#book.of(workerId, type)?.runs ?? 0) < knownWell) return false
    this.#tiny = (this.#tiny + 1) % oneIn
    return this.#tiny !== 0
  }

  /** By how much the run was slowed down by others on the same thread, from how many there were first and last. */
  #crowding(first: number, workerId: WorkerId): number {
    const worker = this.#ledger.worker(workerId)
    if (worker === undefined || worker.spec.limits.slots === 1) return 1
    return crowding((first + worker.running.size) / 2, this.busy(workerId))
  }
}
