import { type HardwareProfiles, MeasuredSpeeds, type PerformanceBook } from "../src/adaptation/index.ts"
import type { LedgerReader, TaskRecord, WorkerRecord } from "../src/ledger/index.ts"
import type { Millis, TaskId, WorkerId } from "../src/model/index.ts"
import { crowding } from "../src/placement/index.ts"
import type { Vitals } from "./adaptation/index.ts"
import type { BallastEvent, BallastEventTag } from "./events.ts"

/** Milliseconds below which a run is one of the shortest. */
const tiny = 0.05
/** Runs of a type on a worker after which more of the shortest tell little. */
const knownWell = 64
const oneIn = 8

/** Learns from a run that has ended by itself; the task still stands as it ran. Must not throw. */
export type Learner = (
  task: TaskRecord,
  workerId: WorkerId,
  run: { readonly ms: Millis; readonly ok: boolean },
  now: Millis
) => void

/** What runs tell of their workers, and how far running tasks say they are. */
export class RunRecord {
  /** The kinds of events it is about. */
  static readonly heeds: ReadonlyArray<BallastEventTag> = [
    "TaskProgressed",
    "TaskCompleted",
    "TaskFailed",
    "TaskCancelled",
    "TaskExpired",
    "TaskQuarantined",
    "WorkerRemoved"
  ]
  readonly #ledger: LedgerReader
  readonly #vitals: Vitals
  readonly #book: PerformanceBook
  readonly #profiles: HardwareProfiles | undefined
  readonly #progress = new Map<TaskId, number>()
  readonly #measured = new MeasuredSpeeds()
  readonly #learners: Array<Learner> = []
  /** Runs too short to be of interest one by one, since the last that was learned from. */
  #tiny = 0

  /** `profiles`: what is to move with the speeds that are learned. */
  constructor(ledger: LedgerReader, vitals: Vitals, book: PerformanceBook, profiles?: HardwareProfiles) {
    this.#ledger = ledger
    this.#vitals = vitals
    this.#book = book
    this.#profiles = profiles
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

  /** A worker has shown its speed at its start, at full time. */
  measured({ spec }: WorkerRecord, speed: number): void {
    this.#book.times.prior(spec.id, this.#measured.note(spec.id, speed) * spec.dutyCycle)
  }

  /** A run is about to be recorded as completed; `ms`: what it took on its worker. */
  completed(task: TaskRecord, workerId: WorkerId, ms: Millis, now: Millis): void {
    const { spec, attempts, state, assignment } = task
    if (this.#skips(spec.type, workerId, ms)) return
    this.#book.record(workerId, spec.type, { ms, ok: true }, now)
    for (const learn of this.#learners) learn(task, workerId, { ms, ok: true }, now)
    // A run that went on from a checkpoint did only part of the work.
    if (attempts > 1 && state !== undefined) return
    const taken = ms / this.#crowding(assignment?.company ?? 1, workerId)
    this.#book.times.record(workerId, spec.type, { ms: taken, expectedMs: spec.expectedDuration }, now)
    this.#observe(workerId, spec.type)
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
      case "WorkerRemoved":
        this.#measured.forget(event.workerId)
        this.#profiles?.forget(event.workerId)
        return
    }
  }

  /** A run has failed, after so long. */
  failed(task: TaskRecord, workerId: WorkerId, ms: Millis, now: Millis): void {
    const { type } = task.spec
    if (this.#skips(type, workerId, ms)) return
    this.#book.record(workerId, type, { ms, ok: false }, now)
    for (const learn of this.#learners) learn(task, workerId, { ms, ok: false }, now)
  }

  /** From now on the learner is told of each run that has ended by itself, but for most of a flood of the shortest. */
  teach(learner: Learner): void {
    this.#learners.push(learner)
  }

  /** Its hardware has shown itself once its speed rests on runs that could be compared. */
  #observe(workerId: WorkerId, type: string): void {
    const { times } = this.#book
    const worker = this.#profiles && this.#ledger.worker(workerId)
    if (worker === undefined || times.speedAtMost(workerId, type) === Number.POSITIVE_INFINITY) return
    this.#profiles?.observe(workerId, type, times.speedOf(workerId, type) / worker.spec.dutyCycle)
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
