import {
  type Assignment,
  type Crash,
  type DeviceShare,
  Epoch,
  type ErrorData,
  type ExitReason,
  type FailureReason,
  type LedgerEvent,
  type MadeRoomFor,
  type Millis,
  type Passage,
  type PhaseEvent,
  type RequeueReason,
  type Reservation,
  type TaskId,
  type TaskSpec,
  type Unmet,
  type WorkerId,
  type WorkerPhase,
  type WorkerSpec
} from "../model/index.ts"
import {
  asksForSlotOnly,
  chooseDevices,
  fitsNow,
  isEmpty,
  namedDevices,
  takesWork,
  unmetEver,
  unmetNow
} from "./fit/fit.ts"
import { byAge, type OrderMaker } from "./order/index.ts"
import { maySlipIn } from "./passage.ts"
import { afterPhaseEvent } from "./phases.ts"
import { LedgerReader } from "./reader.ts"
import type { MigrationRecord, TaskRecord, WorkerRecord } from "./records.ts"
import { accepted, type Commit, type Refusal, refused } from "./refusal.ts"
import { type Legacy, restoreInto } from "./restore.ts"
import { LedgerState } from "./state.ts"
import type { TaskEntry } from "./task-entry.ts"
import type { WorkerEntry } from "./worker-entry.ts"

export interface LedgerOptions {
  /**
   * Told each event, in order, after it has been applied, and the task it concerns as it stands now. It must not call
   * back into the ledger.
   */
  readonly onEvent?: (event: LedgerEvent, task: TaskRecord | undefined) => void
  /** How long a waiting task takes to rise by one priority. Default 30 s. */
  readonly ageing?: Millis
  /** Which of the waiting tasks goes first. Default `byAge`. */
  readonly order?: OrderMaker
  /**
   * Ended tasks that are remembered, so that a second submit of their id finds them; of those whose id was made up a
   * tenth as many. Default 10,000.
   */
  readonly retain?: number
}

/** A run that must be stopped on its worker, because its task has ended or moves. */
export interface ToStop {
  readonly taskId: TaskId
  readonly workerId: WorkerId
  readonly epoch: Epoch
}

/** How a worker ended, as far as its tasks are concerned. */
export interface WorkerEnd {
  readonly reason: ExitReason
  readonly code?: number
  /** The runs to blame, possibly ended ones; `undefined` where the culprit is unknown. */
  readonly culprits: ReadonlyArray<Epoch> | undefined
}

/** What the loss of a worker did to the tasks on it. */
export interface Loss {
  readonly requeued: ReadonlyArray<TaskId>
  readonly quarantined: ReadonlyArray<TaskId>
}

const workerLost: RequeueReason = "worker-lost"

/**
 * What is true: tasks, workers, reservations, concurrency keys, epochs. Each command checks every invariant (D1–D8)
 * and then commits by an event, or refuses with the reason and changes nothing. Synchronous; it knows no clock and no
 * chance: `now` is an argument, in milliseconds of one monotonic clock, never smaller than at the call before.
 */
export class Ledger extends LedgerReader {
  readonly #onEvent: (event: LedgerEvent, task: TaskRecord | undefined) => void

  constructor({ onEvent = () => {}, ageing = 30_000, retain = 10_000, order = byAge }: LedgerOptions = {}) {
    super(new LedgerState(order(ageing), retain))
    this.#onEvent = onEvent
  }

  /** The ledger that these events, in the order of their `seq`, have led to. */
  static replay(events: Iterable<LedgerEvent>, options: LedgerOptions = {}): Ledger {
    const ledger = new Ledger(options)
    for (const event of events) ledger.state.apply(event)
    return ledger
  }

  /** Takes over what earlier runs have left: before anything is accepted, and best once all workers are known. */
  restore(legacy: Legacy, now: Millis): void {
    restoreInto(this.state, legacy, now)
  }

  // Workers

  addWorker(spec: WorkerSpec, now: Millis): Commit<WorkerRecord> {
    if (this.state.workers.has(spec.id)) return refused({ _tag: "DuplicateWorker", workerId: spec.id })
    this.#commit({ _tag: "WorkerAdded", seq: this.#nextSeq(), at: now, worker: spec })
    return this.#workerOr(spec.id)
  }

  /**
   * Something has befallen the worker, or was decided of it: its phase is what the table of `phases` says. Refused with
   * `WrongPhase` where that says nothing.
   */
  changePhase(workerId: WorkerId, event: PhaseEvent, now: Millis): Commit<WorkerRecord> {
    const worker = this.state.workers.get(workerId)
    if (worker === undefined) return refused({ _tag: "UnknownWorker", workerId })
    const after = afterPhaseEvent(worker, event)
    if (after === undefined) return refused({ _tag: "WrongPhase", workerId, phase: worker.phase, event })
    const { phase, asked } = after
    if (phase !== worker.phase || asked !== worker.asked) {
      this.#commit({ _tag: "WorkerPhaseChanged", seq: this.#nextSeq(), at: now, workerId, phase, by: event })
      if (!takesWork(phase)) this.#endUselessMigrations(workerId, now)
    }
    return accepted<WorkerRecord>(worker)
  }

  /** Puts a worker into a phase as if it had always been there: for worlds without threads, such as replays of decisions. */
  setPhase(workerId: WorkerId, phase: WorkerPhase, now: Millis): Commit<WorkerRecord> {
    const worker = this.state.workers.get(workerId)
    if (worker === undefined) return refused({ _tag: "UnknownWorker", workerId })
    if (worker.phase !== phase) {
      this.#commit({ _tag: "WorkerPhaseChanged", seq: this.#nextSeq(), at: now, workerId, phase })
      if (!takesWork(phase)) this.#endUselessMigrations(workerId, now)
    }
    return accepted<WorkerRecord>(worker)
  }

  /**
   * A worker that pulls asks for so many tasks from now on, beside those it has. `seen`: the latest run that had got to it
   * as it asked, 0 for none; what was placed there since answers some of it.
   */
  asked(workerId: WorkerId, asks: number, seen: number, now: Millis): Commit<void> {
    const worker = this.state.workers.get(workerId)
    if (worker === undefined || worker.spec.isolation !== "remote") return refused({ _tag: "UnknownWorker", workerId })
    const open = Math.max(0, asks - this.#onTheirWay(worker, seen))
    if (worker.open !== open) this.#commit({ _tag: "WorkerAsked", seq: this.#nextSeq(), at: now, workerId, open })
    return accepted(undefined)
  }

  /**
   * The worker may take so many slots from now on, of those it has: at least 1, at most `spec.limits.slots`; what is
   * beyond these counts as these. What runs there goes on, however many they are.
   */
  limitWorker(workerId: WorkerId, slots: number, now: Millis): Commit<WorkerRecord> {
    const worker = this.state.workers.get(workerId)
    if (worker === undefined) return refused({ _tag: "UnknownWorker", workerId })
    const { slots: most } = worker.spec.limits
    // What is no number is no limit: no room is ever compared with it.
    const limit = Number.isNaN(slots) ? most : Math.max(1, Math.min(most, Math.floor(slots)))
    if (worker.limit !== limit) {
      this.#commit({ _tag: "WorkerLimited", seq: this.#nextSeq(), at: now, workerId, slots: limit })
    }
    return accepted<WorkerRecord>(worker)
  }

  /** Only an empty worker can go. */
  removeWorker(workerId: WorkerId, now: Millis): Commit<void> {
    const worker = this.state.workers.get(workerId)
    if (worker === undefined) return refused({ _tag: "UnknownWorker", workerId })
    if (!isEmpty(worker)) return refused({ _tag: "WorkerNotEmpty", workerId })
    this.#commit({ _tag: "WorkerRemoved", seq: this.#nextSeq(), at: now, workerId })
    return accepted(undefined)
  }

  /**
   * The worker's thread is gone, and every run on it. Tasks whose run is among `culprits` are charged with a crash, and
   * quarantined at their limit; the others go back to the queue with their last checkpoint and their old place.
   *
   * Where the culprit is unknown, the one task whose run had begun there is charged. If several had begun, none is: they
   * become suspects, each of which runs alone from then on, so that the next crash has one culprit.
   */
  workerLost(
    workerId: WorkerId,
    { reason, code, culprits }: WorkerEnd,
    phase: "starting" | "failed",
    now: Millis
  ): Commit<Loss> {
    const worker = this.state.workers.get(workerId)
    if (worker === undefined) return refused({ _tag: "UnknownWorker", workerId })
    this.changePhase(workerId, phase === "failed" ? "failed" : "lost", now)
    const requeued: Array<TaskId> = []
    const quarantined: Array<TaskId> = []
    const crash: Crash = { workerId, at: now, reason, ...(code !== undefined && { exitCode: code }) }
    // What was sent ahead had not begun.
    const ahead = new Set<TaskRecord>(worker.ahead)
    const severalBegan = worker.running.size - ahead.size + stoppedAfterBegun(worker) > 1
    for (const { taskId, epoch } of [...worker.running.values()]) {
      const task = this.state.tasks.get(taskId)
      if (task === undefined) continue
      this.#abandonMigration(task, "the source was lost", now)
      const mayBeGuilty = culprits === undefined ? !ahead.has(task) : culprits.includes(epoch)
      const crashed = mayBeGuilty && !(culprits === undefined && severalBegan)
      const suspect = mayBeGuilty && (task.suspect || !crashed)
      if (crashed && task.crashes.length + 1 >= task.spec.maxCrashes) {
        const crashes = [...task.crashes, crash]
        this.#commit({ _tag: "TaskQuarantined", seq: this.#nextSeq(), at: now, taskId, crashes })
        quarantined.push(taskId)
      } else {
        const seq = this.#nextSeq()
        const why = { ...(crashed && { crash }), ...(suspect && { suspect }) }
        this.#commit({ _tag: "TaskRequeued", seq, at: now, taskId, epoch, reason: workerLost, ...why })
        requeued.push(taskId)
      }
    }
    for (const epoch of [...worker.stopping.keys()]) this.released(workerId, epoch, now)
    return accepted({ requeued, quarantined })
  }

  /**
   * Keeps the worker free for a waiting task that has waited too long: nothing that ranks behind it may take it.
   * A task may have several workers kept free for it; all are free again when it is placed or ends.
   *
   * @param passage what may begin there all the same, by `backfill`. Left out: nothing, or what was granted before. Given
   * again, it takes the place of the earlier one.
   */
  hold(workerId: WorkerId, taskId: TaskId, now: Millis, passage?: Passage): Commit<void> {
    const worker = this.state.workers.get(workerId)
    if (worker === undefined) return refused({ _tag: "UnknownWorker", workerId })
    const task = this.state.tasks.get(taskId)
    if (task === undefined) return refused({ _tag: "UnknownTask", taskId })
    if (task.status !== "queued") return refused({ _tag: "WrongStatus", taskId, status: task.status })
    const reasons = unmetEver(task.spec.requirements, worker.spec)
    if (reasons.length > 0) return refused({ _tag: "DoesNotFit", workerId, reasons })
    if (worker.heldFor !== undefined && worker.heldFor !== taskId) {
      return refused({ _tag: "HeldForAnother", workerId, taskId: worker.heldFor })
    }
    if (worker.heldFor === undefined || passage !== undefined) {
      const granted = passage && { passage }
      this.#commit({ _tag: "WorkerHeld", seq: this.#nextSeq(), at: now, workerId, taskId, ...granted })
    }
    return accepted(undefined)
  }

  /** Ends a hold, such as when the worker it is on no longer takes work. */
  unhold(workerId: WorkerId, now: Millis): Commit<void> {
    const worker = this.state.workers.get(workerId)
    if (worker === undefined) return refused({ _tag: "UnknownWorker", workerId })
    if (worker.heldFor !== undefined) {
      this.#commit({ _tag: "WorkerUnheld", seq: this.#nextSeq(), at: now, workerId, taskId: worker.heldFor })
    }
    return accepted(undefined)
  }

  // Tasks

  accept(spec: TaskSpec, now: Millis, ticket?: unknown): Commit<TaskRecord> {
    if (this.state.tasks.has(spec.id)) return refused({ _tag: "DuplicateTask", taskId: spec.id })
    const event: LedgerEvent = { _tag: "TaskAccepted", seq: this.#nextSeq(), at: now, task: spec }
    const task = this.state.apply(event)
    if (task === undefined) return refused({ _tag: "UnknownTask", taskId: spec.id })
    task.ticket = ticket
    this.#onEvent(event, task)
    return accepted<TaskRecord>(task)
  }

  /**
   * The lane of these tasks is not looked at by `first` until it is woken, or has become empty. Nothing that is true
   * changes, so no event tells it: it is for whoever places tasks, and lost with it.
   */
  sleep(shape: string): void {
    this.state.waiting.sleep(shape)
  }

  wake(shape: string): void {
    this.state.waiting.wake(shape)
  }

  /**
   * The waiting task lets those behind it in its lane go first, until it steps back. Like `sleep`, this is told by no event;
   * nobody can be kept free for it, and it cannot be placed, while it stands aside.
   */
  stepAside(taskId: TaskId): void {
    const task = this.state.tasks.get(taskId)
    if (task !== undefined) this.state.waiting.stepAside(task)
  }

  /** It takes its old place again, where it stands aside. */
  stepBack(taskId: TaskId): void {
    const task = this.state.tasks.get(taskId)
    if (task !== undefined) this.state.waiting.stepBack(task)
  }

  /** No worker of the pool can ever take the waiting task, but one may come that can. `lower`: it goes one priority lower. */
  park(
    taskId: TaskId,
    { requeues, unmet, lower }: { requeues: number; unmet: ReadonlyArray<Unmet>; lower: boolean },
    now: Millis
  ): Commit<TaskRecord> {
    const task = this.state.tasks.get(taskId)
    if (task === undefined) return refused({ _tag: "UnknownTask", taskId })
    if (task.status !== "queued") return refused({ _tag: "WrongStatus", taskId, status: task.status })
    const seq = this.#nextSeq()
    this.#commit({ _tag: "TaskParked", seq, at: now, taskId, requeues, unmet, ...(lower && { lowered: true }) })
    return accepted<TaskRecord>(task)
  }

  /** Why the task cannot be placed there now; `undefined` where it can. */
  refusalToPlace(taskId: TaskId, workerId: WorkerId): Refusal | undefined {
    const task = this.state.tasks.get(taskId)
    if (task === undefined) return { _tag: "UnknownTask", taskId }
    if (task.status !== "queued") return { _tag: "WrongStatus", taskId, status: task.status }
    const worker = this.state.workers.get(workerId)
    if (worker === undefined) return { _tag: "UnknownWorker", workerId }
    return this.#refusalToPlace(task, worker)
  }

  /** The same of a task that is queued. */
  #refusalToPlace(task: TaskEntry, worker: WorkerEntry): Refusal | undefined {
    return this.#refusalOfTurn(task) ?? this.#refusalOf(task, worker)
  }

  /** Why another task has to be placed before it. */
  #refusalOfTurn(task: TaskEntry): Refusal | undefined {
    const { concurrencyKey, requirements, id } = task.spec
    const first = this.state.waiting.firstOf(requirements.shape)
    if (first === task) return undefined
    if (concurrencyKey !== undefined && !this.state.waiting.isReady(task)) {
      return { _tag: "KeyHeld", key: concurrencyKey }
    }
    return { _tag: "NotFirst", first: first?.spec.id ?? id }
  }

  /**
   * Reserves what the task needs on the worker and begins its run there.
   *
   * @param devices indexes of the worker's devices that it is to have, demand after demand, as many for each as it asks
   * for. Left out: of each kind those with the least left over.
   */
  place(taskId: TaskId, workerId: WorkerId, now: Millis, devices?: ReadonlyArray<number>): Commit<Assignment> {
    const task = this.state.tasks.get(taskId)
    if (task === undefined) return refused({ _tag: "UnknownTask", taskId })
    if (task.status !== "queued") return refused({ _tag: "WrongStatus", taskId, status: task.status })
    const worker = this.state.workers.get(workerId)
    if (worker === undefined) return refused({ _tag: "UnknownWorker", workerId })
    const refusal = this.#refusalToPlace(task, worker)
    if (refusal !== undefined) return refused(refusal)
    const named = devices && namedDevices(task.spec.requirements.demand, worker, devices)
    if (typeof named === "string") return refused({ _tag: "UnsuitableDevices", workerId, reason: named })
    return this.#placeOn(worker, task, reservationFor(task, worker, named), now)
  }

  /**
   * Sends the task ahead to a full worker, where it begins as soon as a slot is free: a round trip is spared, and the
   * worker does not wait for its next task. Only tasks that ask for nothing but a slot, and for no key, since others
   * would wait for what they hold. How many is for the caller to say, in proportion to how short the runs are.
   */
  placeAhead(taskId: TaskId, workerId: WorkerId, now: Millis): Commit<Assignment> {
    const task = this.state.tasks.get(taskId)
    if (task === undefined) return refused({ _tag: "UnknownTask", taskId })
    if (task.status !== "queued") return refused({ _tag: "WrongStatus", taskId, status: task.status })
    const worker = this.state.workers.get(workerId)
    if (worker === undefined) return refused({ _tag: "UnknownWorker", workerId })
    const refusal = this.#refusalOfTurn(task) ?? refusalToSendAhead(task, worker)
    if (refusal !== undefined) return refused(refusal)
    return this.#placeOn(worker, task, worker.promiseOf(task.spec.requirements.demand.resources), now)
  }

  /**
   * Begins the task's run on a worker that is kept free for another, which ranks before it and does not fit yet: where it
   * will have ended by the time that one is expected to begin, or takes no more than that one leaves. Of its lane it need
   * not be the first, where those before it may not.
   */
  backfill(taskId: TaskId, workerId: WorkerId, now: Millis): Commit<Assignment> {
    const task = this.state.tasks.get(taskId)
    if (task === undefined) return refused({ _tag: "UnknownTask", taskId })
    if (task.status !== "queued") return refused({ _tag: "WrongStatus", taskId, status: task.status })
    const worker = this.state.workers.get(workerId)
    if (worker === undefined) return refused({ _tag: "UnknownWorker", workerId })
    const refusal = this.#refusalOf(task, worker)
    if (refusal === undefined) return this.place(taskId, workerId, now)
    const { passage } = worker
    if (refusal._tag !== "HeldForAnother" || passage === undefined || !maySlipIn(task.spec, passage, now)) {
      return refused(refusal)
    }
    const turn = this.#refusalOfTurn(task)
    if (turn !== undefined && turn._tag !== "NotFirst") return refused(turn)
    const before = turn && this.state.waiting.anyBefore(task, ({ spec }) => maySlipIn(spec, passage, now))
    if (before !== undefined) return refused({ _tag: "NotFirst", first: before.spec.id })
    return this.#placeOn(worker, task, reservationFor(task, worker), now)
  }

  checkpoint(taskId: TaskId, epoch: Epoch, state: unknown, now: Millis): Commit<TaskRecord> {
    const task = this.#running(taskId, epoch)
    if (!task.ok) return task
    this.#commit({ _tag: "TaskCheckpointed", seq: this.#nextSeq(), at: now, taskId, epoch, state }, task.value)
    return task
  }

  complete(taskId: TaskId, epoch: Epoch, result: unknown, now: Millis): Commit<TaskRecord> {
    const task = this.#running(taskId, epoch)
    if (!task.ok) return task
    this.#abandonMigration(task.value, "the task completed", now)
    this.#commit({ _tag: "TaskCompleted", seq: this.#nextSeq(), at: now, taskId, epoch, result }, task.value)
    return task
  }

  /**
   * The run failed. With an attempt left the task is tried again after `delay`; otherwise, or where `final` says
   * that trying again is useless, it ends as failed.
   */
  fail(
    taskId: TaskId,
    epoch: Epoch,
    failure: { readonly reason: FailureReason; readonly error: ErrorData; readonly final?: boolean },
    delay: Millis,
    now: Millis
  ): Commit<TaskRecord> {
    const task = this.#running(taskId, epoch)
    if (!task.ok) return task
    this.#abandonMigration(task.value, "the task failed", now)
    const { reason, error, final = false } = failure
    const seq = this.#nextSeq()
    if (!final && task.value.failures < task.value.spec.retries) {
      this.#commit({ _tag: "TaskDelayed", seq, at: now, taskId, epoch, error, notBefore: now + delay }, task.value)
    } else {
      this.#commit({ _tag: "TaskFailed", seq, at: now, taskId, epoch, reason, error }, task.value)
    }
    return task
  }

  /** A waiting task that can never run, or may not wait any longer, ends as failed. */
  giveUp(taskId: TaskId, reason: FailureReason, error: ErrorData, now: Millis): Commit<TaskRecord> {
    const task = this.#waitingTask(taskId)
    if (!task.ok) return task
    this.#commit({ _tag: "TaskFailed", seq: this.#nextSeq(), at: now, taskId, reason, error })
    return task
  }

  /** The run gave the task back unharmed: to the queue, with its last checkpoint. */
  requeue(taskId: TaskId, epoch: Epoch, reason: RequeueReason, now: Millis): Commit<TaskRecord> {
    const task = this.#running(taskId, epoch)
    if (!task.ok) return task
    this.#abandonMigration(task.value, "the task was given back", now)
    this.#commit({ _tag: "TaskRequeued", seq: this.#nextSeq(), at: now, taskId, epoch, reason })
    return task
  }

  /** Ends the task wherever it stands. A run it had must be stopped; what the run holds stays held until `released`. */
  cancel(taskId: TaskId, reason: string, now: Millis): Commit<ToStop | undefined> {
    return this.#cutShort(taskId, now, (seq) => ({ _tag: "TaskCancelled", seq, at: now, taskId, reason }))
  }

  /** Ends a waiting task to keep more urgent work going. */
  shed(taskId: TaskId, load: number, now: Millis, madeRoomFor?: MadeRoomFor): Commit<TaskRecord> {
    const task = this.#waitingTask(taskId)
    if (!task.ok) return task
    const seq = this.#nextSeq()
    this.#commit({ _tag: "TaskShed", seq, at: now, taskId, load, ...(madeRoomFor !== undefined && { madeRoomFor }) })
    return task
  }

  /** Ends all whose deadline or queue timeout has passed; gives the runs to be stopped. */
  expire(now: Millis): ReadonlyArray<ToStop> {
    const toStop: Array<ToStop> = []
    for (let limit = this.state.takePassedLimit(now); limit !== undefined; limit = this.state.takePassedLimit(now)) {
      const { limit: kind } = limit
      const taskId = limit.task.spec.id
      const cut = this.#cutShort(taskId, now, (seq) => ({ _tag: "TaskExpired", seq, at: now, taskId, limit: kind }))
      if (cut.ok && cut.value !== undefined) toStop.push(cut.value)
    }
    return toStop
  }

  /** Queues the delayed tasks whose time has come. */
  due(now: Millis): number {
    let count = 0
    for (let task = this.state.delayed.first; task !== undefined; task = this.state.delayed.first) {
      if ((task.notBefore ?? 0) > now) break
      this.#commit({ _tag: "TaskDue", seq: this.#nextSeq(), at: now, taskId: task.spec.id })
      count += 1
    }
    return count
  }

  /** The worker has let go of a run whose task had ended: what it held is free. `false` where nothing was held. */
  released(workerId: WorkerId, epoch: Epoch, now: Millis): boolean {
    if (!this.state.workers.get(workerId)?.stopping.has(epoch)) return false
    this.#commit({ _tag: "AssignmentReleased", seq: this.#nextSeq(), at: now, workerId, epoch })
    return true
  }

  // Migration: offered (both reservations held) → released (source cancelled, state saved) → placed, or aborted

  /** Holds what the running task needs on the target. It goes on running on its source until that lets go. */
  offerMigration(taskId: TaskId, epoch: Epoch, target: WorkerId, now: Millis): Commit<MigrationRecord> {
    const task = this.#running(taskId, epoch)
    if (!task.ok) return task
    const source = task.value.assignment?.workerId
    if (task.value.migration !== undefined) return refused({ _tag: "AlreadyMigrating", taskId })
    if (source === undefined || source === target) return refused({ _tag: "SameWorker", workerId: target })
    const worker = this.state.workers.get(target)
    if (worker === undefined) return refused({ _tag: "UnknownWorker", workerId: target })
    const refusal = this.#refusalOf(task.value, worker)
    if (refusal !== undefined) return refused(refusal)
    const reservation = reservationFor(task.value, worker)
    if (reservation === undefined)
      return refused({ _tag: "DoesNotFit", workerId: target, reasons: ["devices are taken"] })
    const migrationId = this.state.migrationId + 1
    const seq = this.#nextSeq()
    this.#commit({ _tag: "MigrationOffered", seq, at: now, migrationId, taskId, epoch, source, reservation })
    return this.#migrationOr(migrationId)
  }

  /** The source has stopped the task and saved its state: nothing runs now, and the target is still held for it. */
  releaseMigration(migrationId: number, state: unknown, now: Millis): Commit<MigrationRecord> {
    const migration = this.#migrationOr(migrationId)
    if (!migration.ok) return migration
    const { taskId, phase } = migration.value
    if (phase !== "offered") return refused({ _tag: "WrongStatus", taskId, status: "moving" })
    this.#commit({ _tag: "MigrationReleased", seq: this.#nextSeq(), at: now, migrationId, taskId, state })
    return this.#migrationOr(migrationId)
  }

  /** Begins the task's run on the target, with what was held for it. */
  commitMigration(migrationId: number, now: Millis): Commit<Assignment> {
    const migration = this.#migrationOr(migrationId)
    if (!migration.ok) return migration
    const { taskId, phase, reservation } = migration.value
    if (phase !== "released") return refused({ _tag: "WrongStatus", taskId, status: "running" })
    const epoch = this.#nextEpoch()
    this.#commit({ _tag: "TaskPlaced", seq: this.#nextSeq(), at: now, taskId, epoch, reservation, migrationId })
    return this.#assignmentOf(taskId)
  }

  /** Before the release the task goes on where it runs; after it, it goes back to the queue with its state. */
  abortMigration(migrationId: number, reason: string, now: Millis): Commit<void> {
    const migration = this.#migrationOr(migrationId)
    if (!migration.ok) return migration
    const { taskId } = migration.value
    this.#commit({ _tag: "MigrationAborted", seq: this.#nextSeq(), at: now, migrationId, taskId, reason })
    return accepted(undefined)
  }

  // Within

  /** `task` and `worker`: those it is about, where they were looked up already. */
  #commit(event: LedgerEvent, task?: TaskEntry, worker?: WorkerEntry): void {
    this.#onEvent(event, this.state.apply(event, task, worker))
  }

  /** Begins the task's run on the worker; without a reservation its devices are taken. */
  #placeOn(
    worker: WorkerEntry,
    task: TaskEntry,
    reservation: Reservation | undefined,
    now: Millis
  ): Commit<Assignment> {
    const { id: taskId } = task.spec
    if (reservation === undefined) {
      return refused({ _tag: "DoesNotFit", workerId: worker.spec.id, reasons: ["devices are taken"] })
    }
    const epoch = this.#nextEpoch()
    this.#commit({ _tag: "TaskPlaced", seq: this.#nextSeq(), at: now, taskId, epoch, reservation }, task, worker)
    const { assignment } = task
    return assignment === undefined ? refused({ _tag: "UnknownTask", taskId }) : accepted(assignment)
  }

  #nextSeq(): number {
    return this.state.seq + 1
  }

  #nextEpoch(): Epoch {
    return Epoch(this.state.epoch + 1)
  }

  #workerOr(workerId: WorkerId): Commit<WorkerRecord> {
    const worker = this.state.workers.get(workerId)
    return worker === undefined ? refused({ _tag: "UnknownWorker", workerId }) : accepted<WorkerRecord>(worker)
  }

  #migrationOr(migrationId: number): Commit<MigrationRecord> {
    const migration = this.state.migrations.get(migrationId)
    return migration === undefined ? refused({ _tag: "UnknownMigration", migrationId }) : accepted(migration)
  }

  #assignmentOf(taskId: TaskId): Commit<Assignment> {
    const assignment = this.state.tasks.get(taskId)?.assignment
    return assignment === undefined ? refused({ _tag: "UnknownTask", taskId }) : accepted(assignment)
  }

  /** The task, where it runs under this epoch. */
  #running(taskId: TaskId, epoch: Epoch): Commit<TaskEntry> {
    const task = this.state.tasks.get(taskId)
    if (task === undefined) return refused({ _tag: "UnknownTask", taskId })
    if (task.status !== "running") return refused({ _tag: "WrongStatus", taskId, status: task.status })
    if (task.assignment?.epoch !== epoch) return refused({ _tag: "StaleEpoch", taskId, epoch })
    return accepted(task)
  }

  #waitingTask(taskId: TaskId): Commit<TaskRecord> {
    const task = this.state.tasks.get(taskId)
    if (task === undefined) return refused({ _tag: "UnknownTask", taskId })
    if (task.status !== "queued" && task.status !== "delayed") {
      return refused({ _tag: "WrongStatus", taskId, status: task.status })
    }
    return accepted<TaskRecord>(task)
  }

  #refusalOf(task: TaskRecord, worker: WorkerEntry): Refusal | undefined {
    const { requirements } = task.spec
    if (!fitsNow(requirements, worker)) {
      return { _tag: "DoesNotFit", workerId: worker.spec.id, reasons: unmetNow(requirements, worker) }
    }
    if (worker.heldFor === undefined || worker.heldFor === task.spec.id) return undefined
    const holder = this.state.tasks.get(worker.heldFor)
    const ranksBehind =
      holder !== undefined && (holder.rank < task.rank || (holder.rank === task.rank && holder.seq < task.seq))
    return ranksBehind ? { _tag: "HeldForAnother", workerId: worker.spec.id, taskId: worker.heldFor } : undefined
  }

  #cutShort(taskId: TaskId, now: Millis, event: (seq: number) => LedgerEvent): Commit<ToStop | undefined> {
    const task = this.state.tasks.get(taskId)
    if (task === undefined) return refused({ _tag: "UnknownTask", taskId })
    if (task.outcome !== undefined) return refused({ _tag: "WrongStatus", taskId, status: task.status })
    this.#abandonMigration(task, "the task was cut short", now)
    const { assignment } = task
    this.#commit(event(this.#nextSeq()))
    return accepted(assignment && { taskId, workerId: assignment.workerId, epoch: assignment.epoch })
  }

  /** Runs that were placed there after the one it has seen last, and tasks that are about to move there. */
  #onTheirWay({ spec, running, stopping }: WorkerEntry, seen: number): number {
    let count = 0
    for (const [epoch, { taskId }] of [...running, ...stopping]) {
      if (epoch > seen && this.state.tasks.get(taskId)?.spec.requirements.demand.external !== true) count += 1
    }
    for (const { reservation } of this.state.migrations.values()) if (reservation.workerId === spec.id) count += 1
    return count
  }

  #abandonMigration({ migration }: TaskRecord, reason: string, now: Millis): void {
    if (migration !== undefined) this.abortMigration(migration.id, reason, now)
  }

  /** A worker that no longer takes work is no target either. */
  #endUselessMigrations(workerId: WorkerId, now: Millis): void {
    for (const { id, reservation } of [...this.state.migrations.values()]) {
      if (reservation.workerId === workerId) this.abortMigration(id, `the target ${workerId} takes no work`, now)
    }
    this.unhold(workerId, now)
  }
}

/** What is to be reserved for the task; `undefined`: its devices are taken. */
const reservationFor = (
  { spec }: TaskRecord,
  worker: WorkerEntry,
  named?: ReadonlyArray<DeviceShare>
): Reservation | undefined => {
  const { demand } = spec.requirements
  const { resources, whole } = demand
  if (demand.devices.length === 0 && whole === undefined) return worker.reservationOf(resources)
  const devices = named ?? chooseDevices(demand, worker)
  if (devices === undefined) return undefined
  return { workerId: worker.spec.id, resources, devices, ...(whole && { whole }) }
}

/** Runs there whose tasks have ended and that had begun. */
const stoppedAfterBegun = ({ stopping }: WorkerRecord): number => {
  let begun = 0
  for (const { reservation } of stopping.values()) if (reservation.ahead !== true) begun += 1
  return begun
}

/** Only to a worker that takes work, has no slot free and is not one task's alone; and nothing that holds more than a slot. */
const refusalToSendAhead = (
  { spec }: TaskRecord,
  { spec: worker, phase, slots, limit, alone, heldFor }: WorkerEntry
): Refusal | undefined => {
  const workerId = worker.id
  if (heldFor !== undefined) return { _tag: "HeldForAnother", workerId, taskId: heldFor }
  const reasons: Array<string> = []
  if (!takesWork(phase)) reasons.push(`is ${phase}`)
  if (slots < limit) reasons.push("has a slot free")
  // Its thread would begin them as soon as fewer run than it has slots.
  if (limit < worker.limits.slots) reasons.push("may not take all its slots")
  if (alone) reasons.push("has a task that runs alone")
  if (!asksForSlotOnly(spec.requirements)) reasons.push("asks for more than a slot")
  if (spec.concurrencyKey !== undefined) reasons.push("has a concurrency key")
  return reasons.length === 0 ? undefined : { _tag: "DoesNotFit", workerId, reasons }
}
