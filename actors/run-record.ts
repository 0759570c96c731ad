import {
  type HardwareProfiles,
  MeasuredSpeeds,
  MovedRuns,
  type PerformanceBook,
  type Progress,
  ProgressMeter,
  slowdown,
  ThreadShares
} from "../src/adaptation/index.ts"
import type { Heartbeat } from "../src/execution/index.ts"
import type { LedgerReader, TaskRecord, WorkerRecord } from "../src/ledger/index.ts"
import type { Millis, TaskId, WorkerId } from "../src/model/index.ts"
import type { Vitals } from "./adaptation/index.ts"
import type { BallastEvent, BallastEventOf, BallastEventTag } from "./events.ts"

/** Milliseconds below which a run is one of the shortest. */
const tiny = 0.05
/** Runs of a type on a worker after which more of the shortest tell little. */
const knownWell = 64
const oneIn = 8

/** Learns from a run that has ended by itself; the task still stands as it ran. Must not throw. */
export type Learner = (
  task: TaskRecord,
  workerId: WorkerId,
  run: {
    readonly ms: Millis
    readonly ok: boolean
    /** What it would have taken with its thread to itself; absent where it failed, or did only part of the work. */
    readonly aloneMs?: Millis | undefined
  },
  now: Millis
) => void

/** What runs tell of their workers, and how far running tasks say they are. */
export class RunRecord {
  /** The kinds of events it is about. */
  static readonly heeds: ReadonlyArray<BallastEventTag> = [
    "TaskProgressed",
    "MigrationReleased",
    "TaskCompleted",
    "TaskFailed",
    "TaskCancelled",
    "TaskExpired",
    "TaskQuarantined",
    "WorkerExited",
    "WorkerRemoved"
  ]
  readonly #ledger: LedgerReader
  readonly #vitals: Vitals
  readonly #book: PerformanceBook
  readonly #profiles: HardwareProfiles | undefined
  readonly #progress = new ProgressMeter()
  readonly #shares = new ThreadShares()
  /** The latest run that each worker had at its last heartbeat. */
  readonly #latest = new Map<WorkerId, number>()
  readonly #measured = new MeasuredSpeeds()
  readonly #moved = new MovedRuns()
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

  /**
   * The share of its thread that one of the worker's tasks computes if it has it to itself, 0–1; 1 until its heartbeats
   * have told.
   */
  taskShare({ spec }: WorkerRecord): number {
    return spec.limits.slots === 1 ? 1 : this.#shares.of(spec.id)
  }

  /** How far the task is by its own words; `undefined` where it has said nothing. */
  progressOf(taskId: TaskId): Progress | undefined {
    return this.#progress.of(taskId)
  }

  /** By how much the worker's tasks slow each other down when so many of them run. */
  slowdown(worker: WorkerRecord, tasks: number): number {
    return worker.spec.limits.slots === 1 ? 1 : slowdown(tasks, this.taskShare(worker))
  }

  /** A worker has told how it is. What tasks ask for shows only where several can run. */
  heard(workerId: WorkerId, { running, eventLoopUtilization }: Heartbeat): void {
    const worker = this.#ledger.worker(workerId)
    if (worker === undefined || worker.spec.limits.slots === 1) return
    // Whatever has come since has a later epoch.
    const before = this.#latest.get(workerId) ?? -1
    let latest = 0
    let stayed = 0
    for (const epoch of worker.running.keys()) {
      latest = Math.max(latest, epoch)
      if (epoch <= before) stayed += 1
    }
    this.#latest.set(workerId, latest)
    const steady = 2 * stayed > worker.running.size
    this.#shares.see(workerId, { running, busy: eventLoopUtilization / worker.spec.dutyCycle, steady })
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
    // A run that went on from a checkpoint did only part of the work.
    const taken =
      attempts > 1 && state !== undefined ? undefined : ms / this.#crowding(assignment?.company ?? 1, workerId)
    const run = { ms, ok: true, aloneMs: taken }
    for (const learn of this.#learners) learn(task, workerId, run, now)
    if (taken === undefined) {
      const worker = this.#moved.size === 0 ? undefined : this.#ledger.worker(workerId)
      if (worker !== undefined) this.#recordMoved(task, worker, ms, now)
      return
    }
    this.#book.times.record(workerId, spec.type, { ms: taken, expectedMs: spec.expectedDuration }, now)
    this.#observe(workerId, spec.type)
  }

  /** It has ended after moves alone: all of its work counts, where it began, as what it would have taken there. */
  #recordMoved({ spec, attempts, assignment }: TaskRecord, worker: WorkerRecord, ms: Millis, now: Millis): void {
    const moved = this.#moved.take(spec.id)
    const first = moved && this.#ledger.worker(moved.workerId)
    if (moved === undefined || first === undefined || moved.moves !== attempts - 1) return
    const here = (ms / this.#crowding(assignment?.company ?? 1, worker.spec.id)) * this.speedOf(worker)
    const taken = (moved.workMs + here) / this.speedOf(first)
    this.#book.times.record(moved.workerId, spec.type, { ms: taken, expectedMs: spec.expectedDuration }, now)
    this.#observe(moved.workerId, spec.type)
  }

  /** The task has left its worker for another: what it has had done there goes with it. */
  #left({ spec, left }: TaskRecord, now: Millis): void {
    const worker = left && this.#ledger.worker(left.workerId)
    if (left === undefined || worker === undefined) return
    const alone = (now - left.startedAt) / this.#crowding(left.company, left.workerId)
    this.#moved.left(spec.id, left.workerId, alone * this.speedOf(worker))
  }

  readonly onEvent = (event: BallastEvent, task?: TaskRecord): void => {
    switch (event._tag) {
      case "MigrationReleased":
        if (task !== undefined) this.#left(task, event.at)
        return
      case "TaskProgressed":
        return this.#progressed(event)
      case "TaskCompleted":
      case "TaskFailed":
      case "TaskCancelled":
      case "TaskExpired":
      case "TaskQuarantined":
        if (this.#progress.size > 0) this.#progress.forget(event.taskId)
        if (this.#moved.size > 0) this.#moved.take(event.taskId)
        return
      case "WorkerExited":
        // Its next thread may have other things to do.
        this.#shares.forget(event.workerId)
        return
      case "WorkerRemoved":
        this.#shares.forget(event.workerId)
        this.#latest.delete(event.workerId)
        this.#progress.forgetWorker(event.workerId)
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
    return worker === undefined ? 1 : this.slowdown(worker, (first + worker.running.size) / 2)
  }

  #progressed({ at, taskId, fraction }: BallastEventOf<"TaskProgressed">): void {
    const assignment = this.#ledger.task(taskId)?.assignment
    const worker = assignment && this.#ledger.worker(assignment.workerId)
    if (assignment === undefined || worker === undefined) return
    const { epoch, workerId } = assignment
    const rate = this.speedOf(worker) / this.slowdown(worker, worker.running.size)
    this.#progress.heard({ taskId, epoch, workerId, fraction, at, rate })
  }
}
