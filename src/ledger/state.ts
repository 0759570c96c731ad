import { RankHeap, Retained } from "../collections/index.ts"
import {
  type DeviceShare,
  Epoch,
  type LedgerEvent,
  type LedgerEventOf,
  Milli,
  type Millis,
  priorityRank,
  type Reservation,
  type TaskId,
  type TaskStatus,
  type WorkerId
} from "../model/index.ts"
import { lifecycle, type Transitions } from "./lifecycle.ts"
import { isDueBefore, type Limit, noLimits, passesBefore, stillHolds } from "./limit.ts"
import type { Order } from "./order/index.ts"
import { OpenPassage } from "./passage.ts"
import { afterPhaseEvent } from "./phases.ts"
import type { MigrationRecord, Outcome } from "./records.ts"
import type { RestoredTask } from "./restore.ts"
import { byItself, TaskEntry } from "./task-entry.ts"
import { Waiting } from "./waiting/waiting.ts"
import { WorkerEntry } from "./worker-entry.ts"

/** Of ended tasks with ids that were made up, as large a share is remembered: enough to ask what became of them. */
const unnamedShare = 0.1

type TaskEvent = Exclude<
  Extract<LedgerEvent, { readonly taskId: TaskId }>,
  { readonly _tag: "WorkerHeld" | "WorkerUnheld" }
>

export type Counts = Readonly<Record<TaskStatus, number>>

/** What is true, and how each event changes it. Nothing here checks: the commands did, before they made the event. */
export class LedgerState {
  readonly tasks = new Map<TaskId, TaskEntry>()
  readonly workers = new Map<WorkerId, WorkerEntry>()
  readonly migrations = new Map<number, MigrationRecord>()
  readonly waiting: Waiting
  readonly delayed = new RankHeap<TaskEntry>(isDueBefore)
  readonly limits = new RankHeap<Limit>(passesBefore)
  readonly counts: Record<TaskStatus, number> = {
    queued: 0,
    delayed: 0,
    running: 0,
    moving: 0,
    completed: 0,
    failed: 0,
    cancelled: 0,
    expired: 0,
    shed: 0,
    quarantined: 0
  }
  seq = 0
  epoch = Epoch(0)
  migrationId = 0
  /** Runs that wait at full workers for a slot. */
  sentAhead = 0
  readonly #order: Order
  /** Ended tasks that are still remembered. */
  readonly #ended: Retained<TaskId>
  readonly #endedUnnamed: Retained<TaskId>
  /** Workers kept free, by the task they are kept for. */
  readonly #holds = new Map<TaskId, Set<WorkerEntry>>()
  /** Workers that have joined so far. */
  #joined = 0

  constructor(order: Order, retain: number) {
    this.#order = order
    this.waiting = new Waiting(order)
    const forget = (taskId: TaskId): void => void this.tasks.delete(taskId)
    this.#ended = new Retained(retain, forget)
    this.#endedUnnamed = new Retained(Math.ceil(retain * unnamedShare), forget)
  }

  /**
   * Carries the event out, and gives the task it concerns. Events come in the order of their `seq`.
   *
   * @param task what is placed, moved or ended by it, from whoever has it at hand: to look things up by their ids is much of
   * what an event costs in a large pool.
   * @param worker where it is placed, likewise.
   */
  apply(event: LedgerEvent, task?: TaskEntry, worker?: WorkerEntry): TaskEntry | undefined {
    this.seq = event.seq
    switch (event._tag) {
      case "WorkerAdded":
        this.workers.set(event.worker.id, new WorkerEntry(event.worker, this.#joined))
        this.#joined += 1
        return this.#poolChanged()
      case "WorkerPhaseChanged":
        return this.#onWorker(event.workerId, (worker) => {
          const { phase, by } = event
          if (by !== undefined) worker.asked = afterPhaseEvent(worker, by)?.asked
          worker.phase = phase
        })
      case "WorkerAsked":
        return this.#onWorker(event.workerId, (worker) => {
          worker.open = event.open
        })
      case "WorkerLimited":
        return this.#onWorker(event.workerId, (worker) => {
          worker.limit = event.slots
          this.#moveUp(worker)
        })
      case "WorkerRemoved":
        return this.#onWorker(event.workerId, (worker) => {
          this.#unhold(worker)
          this.workers.delete(event.workerId)
          this.#poolChanged()
        })
      case "WorkerHeld":
        return this.#onWorker(event.workerId, (worker) => {
          worker.heldFor = event.taskId
          worker.passage = event.passage && new OpenPassage(event.passage)
          this.#holds.set(event.taskId, new Set(this.#holds.get(event.taskId)).add(worker))
        })
      case "WorkerUnheld":
        return this.#onWorker(event.workerId, (worker) => this.#unhold(worker))
      case "AssignmentReleased":
        return this.#onWorker(event.workerId, (worker) => {
          const stopping = worker.stopping.get(event.epoch)
          if (stopping === undefined) return
          worker.stopping.delete(event.epoch)
          this.#giveBack(stopping.reservation)
          this.waiting.releaseKey(stopping.concurrencyKey)
        })
      case "TaskAccepted":
        return this.#accept(event)
      default:
        return this.#onTask(task ?? this.tasks.get(event.taskId), event, worker)
    }
  }

  /** The next time at which something is due: a delayed task, or a limit. */
  nextDue(): Millis | undefined {
    this.#dropStaleLimits()
    const delayed = this.delayed.first?.notBefore
    const limit = this.limits.first?.at
    if (delayed === undefined || limit === undefined) return delayed ?? limit
    return Math.min(delayed, limit)
  }

  /** The first limit passed at `now`, taken out. */
  takePassedLimit(now: Millis): Limit | undefined {
    this.#dropStaleLimits()
    const first = this.limits.first
    return first !== undefined && first.at <= now ? this.limits.pop() : undefined
  }

  #dropStaleLimits(): void {
    for (let first = this.limits.first; first !== undefined && !stillHolds(first); first = this.limits.first) {
      this.limits.pop()
    }
  }

  #poolChanged(): undefined {
    if (this.#order.poolChanged === undefined) return
    this.#order.poolChanged([...this.workers.values()].map(({ spec }) => spec))
  }

  #onWorker(workerId: WorkerId, change: (worker: WorkerEntry) => void): undefined {
    const worker = this.workers.get(workerId)
    if (worker !== undefined) change(worker)
  }

  #accept({ task: spec, seq, at }: LedgerEventOf<"TaskAccepted">): TaskEntry {
    const task = new TaskEntry(spec, seq, this.#order.rank(spec, at, this.waiting.of(spec.priority) > 0), at)
    this.tasks.set(spec.id, task)
    this.counts.queued += 1
    const { deadline, queueTimeout } = spec
    if (deadline !== undefined) this.#expireAt(deadline, task, "deadline")
    if (queueTimeout !== undefined) this.#expireAt(at + queueTimeout, task, "queueTimeout")
    this.waiting.enter(task)
    return task
  }

  /** A task of an earlier run: it waits, for its turn or its time, or has ended. It is told by no event. */
  restore(left: RestoredTask): void {
    const { spec, seq, acceptedAt: at, notBefore, outcome } = left
    const task = this.#accept({ _tag: "TaskAccepted", task: spec, seq, at })
    task.attempts = left.attempts
    task.failures = left.failures
    task.crashes = left.crashes
    task.state = left.state
    task.requeues = left.requeues ?? 0
    task.isRestored = true
    for (let step = 0; step < (left.lowered ?? 0); step += 1) this.#lower(task)
    if (outcome === undefined && notBefore === undefined && !left.suspect) return
    this.waiting.leave(task)
    this.#suspect(task, left.suspect)
    if (outcome === undefined && notBefore === undefined) return this.waiting.enter(task)
    this.counts.queued -= 1
    task.status = outcome?._tag ?? "delayed"
    this.counts[task.status] += 1
    if (outcome === undefined) {
      task.notBefore = notBefore
      this.delayed.push(task)
      return
    }
    task.outcome = outcome
    task.endedAt = left.endedAt
    this.#remember(task)
  }

  /** Of an ended task: what is still asked of it. */
  #remember(task: TaskEntry): void {
    for (const limit of task.limits) this.limits.remove(limit)
    task.limits = noLimits
    if (task.spec.madeUpId === true) this.#endedUnnamed.add(task.spec.id)
    else this.#ended.add(task.spec.id)
  }

  #expireAt(at: Millis, task: TaskEntry, limit: Limit["limit"]): void {
    const entry: Limit = { at, task, limit, heapIndex: -1 }
    this.limits.push(entry)
    task.limits = [...task.limits, entry]
  }

  /** It has not run after all: its queue timeout, which may have been dropped meanwhile, counts again. */
  #limitAgain(task: TaskEntry): void {
    for (const limit of task.limits) if (!this.limits.has(limit)) this.limits.push(limit)
  }

  #onTask(task: TaskEntry | undefined, event: TaskEvent, worker?: WorkerEntry): TaskEntry | undefined {
    if (task === undefined) return undefined
    const before = task.assignment
    if (event._tag === "TaskPlaced") this.#place(task, event, worker ?? this.workers.get(event.reservation.workerId))
    else this.#change(task, event)
    task.left = task.assignment === undefined ? before : undefined
    return task
  }

  #change(task: TaskEntry, event: Exclude<TaskEvent, { readonly _tag: "TaskPlaced" }>): void {
    switch (event._tag) {
      case "TaskParked":
        task.requeues = event.requeues
        this.#setStatus(task, lifecycle.TaskParked)
        if (event.lowered === true) this.#lower(task)
        return
      case "TaskCheckpointed":
        task.state = event.state
        return
      case "TaskCompleted":
        if (task.assignment !== undefined) this.#order.completed?.(task.spec, event.at - task.assignment.startedAt)
        this.#endRun(task)
        return this.#end(task, lifecycle.TaskCompleted, { _tag: "completed", result: event.result }, event.at)
      case "TaskDelayed":
        this.#endRun(task)
        this.#suspect(task, false)
        task.failures += 1
        task.notBefore = event.notBefore
        this.#setStatus(task, lifecycle.TaskDelayed)
        this.delayed.push(task)
        return
      case "TaskDue":
        this.delayed.remove(task)
        task.notBefore = undefined
        return this.#queue(task, lifecycle.TaskDue)
      case "TaskRequeued":
        if (event.crash !== undefined) task.crashes = [...task.crashes, event.crash]
        if (event.reason === "recalled") {
          task.attempts -= 1
          if (task.attempts === 0) task.firstRunAt = undefined
        }
        this.#endRun(task)
        this.#suspect(task, event.suspect === true)
        this.#queue(task, lifecycle.TaskRequeued)
        if (event.reason === "recalled") this.#limitAgain(task)
        return
      case "TaskFailed":
        if (event.epoch !== undefined) task.failures += 1
        this.#stop(task, "release")
        return this.#end(
          task,
          lifecycle.TaskFailed,
          { _tag: "failed", reason: event.reason, error: event.error },
          event.at
        )
      case "TaskCancelled":
        this.#stop(task, "linger")
        return this.#end(task, lifecycle.TaskCancelled, { _tag: "cancelled", reason: event.reason }, event.at)
      case "TaskExpired":
        this.#stop(task, "linger")
        return this.#end(task, lifecycle.TaskExpired, { _tag: "expired", limit: event.limit }, event.at)
      case "TaskShed":
        this.#stop(task, "linger")
        return this.#end(task, lifecycle.TaskShed, shedOutcome(event), event.at)
      case "TaskQuarantined":
        task.crashes = event.crashes
        this.#stop(task, "release")
        return this.#end(task, lifecycle.TaskQuarantined, { _tag: "quarantined", crashes: event.crashes }, event.at)
      case "MigrationOffered": {
        const { migrationId: id, taskId, source, epoch, reservation } = event
        const target = this.workers.get(reservation.workerId)
        this.#reserve(reservation, 1, target)
        answer(task, target)
        target?.passage?.take(task.spec, event.at)
        this.#setMigration(task, { id, taskId, source, epoch, reservation, offeredAt: event.at, phase: "offered" })
        this.migrationId = id
        return
      }
      case "MigrationReleased":
        if (task.migration === undefined) return
        this.#leaveWorker(task)
        if (event.state !== undefined) task.state = event.state
        this.#setMigration(task, { ...task.migration, phase: "released" })
        return this.#setStatus(task, lifecycle.MigrationReleased)
      case "MigrationAborted":
        if (task.migration === undefined) return
        this.#giveBack(task.migration.reservation)
        answer(task, this.workers.get(task.migration.reservation.workerId), -1)
        this.#clearMigration(task)
        if (task.status !== "moving") return
        this.waiting.releaseKey(task.spec.concurrencyKey)
        return this.#queue(task, lifecycle.MigrationAborted)
    }
  }

  /** It goes one priority lower, as far down as priorities go. */
  #lower(task: TaskEntry): void {
    const lowered = this.#order.lowered?.(task.rank)
    if (lowered === undefined || priorityRank[task.spec.priority] + task.lowered >= priorityRank.minimal) return
    this.waiting.leave(task)
    task.lowered += 1
    task.rank = lowered
    this.waiting.enter(task)
  }

  #place(
    task: TaskEntry,
    { epoch, reservation, migrationId, at }: LedgerEventOf<"TaskPlaced">,
    worker: WorkerEntry | undefined
  ): void {
    if (migrationId === undefined) {
      this.waiting.place(task)
      if (reservation.ahead === true) this.#joinLine(task, worker)
      else this.#reserve(reservation, 1, worker)
      answer(task, worker)
      this.#order.placed?.(task.spec, task.rank)
    } else {
      this.#clearMigration(task)
    }
    this.#endHolds(task.spec.id)
    task.attempts += 1
    task.firstRunAt ??= at
    const { id: taskId } = task.spec
    const { workerId } = reservation
    const company = (worker?.running.size ?? 0) + 1
    const assignment = { taskId, workerId, epoch, attempt: task.attempts, startedAt: at, company }
    task.assignment = assignment
    task.worker = worker
    task.reservation = reservation
    this.epoch = epoch
    worker?.running.set(epoch, assignment)
    if (migrationId === undefined) worker?.passage?.take(task.spec, at, epoch)
    this.#setStatus(task, lifecycle.TaskPlaced)
  }

  #queue(task: TaskEntry, by: Transitions): void {
    this.#setStatus(task, by)
    this.waiting.enter(task)
  }

  /** The task leaves wherever it stands. What a run held is given back now, or lingers until its worker lets go. */
  #stop(task: TaskEntry, held: "release" | "linger"): void {
    const { assignment, reservation } = task
    if (assignment === undefined || reservation === undefined) {
      if (!this.delayed.remove(task)) this.waiting.leave(task)
      if (task.attempts === 0) this.#order.withdrawn?.(task.spec)
      return
    }
    if (held === "release") return this.#endRun(task)
    const { concurrencyKey, concurrencyLimit } = task.spec
    const { worker } = task
    worker?.running.delete(assignment.epoch)
    this.#leaveLine(worker, task)
    const { taskId } = assignment
    worker?.stopping.set(assignment.epoch, { taskId, reservation, concurrencyKey, concurrencyLimit })
    task.assignment = undefined
    task.worker = undefined
    task.reservation = undefined
  }

  /** The run is over: what it held is free, its key too. */
  #endRun(task: TaskEntry): void {
    this.#leaveWorker(task)
    this.waiting.releaseKey(task.spec.concurrencyKey)
  }

  #leaveWorker(task: TaskEntry): void {
    const { assignment, reservation } = task
    if (assignment === undefined || reservation === undefined) return
    const { worker } = task
    worker?.running.delete(assignment.epoch)
    this.#leaveLine(worker, task)
    this.#giveBack(reservation, worker)
    task.assignment = undefined
    task.worker = undefined
    task.reservation = undefined
  }

  #end(task: TaskEntry, by: Transitions, outcome: Outcome, at: Millis): void {
    const { id } = task.spec
    this.#endHolds(id)
    this.#suspect(task, false)
    this.#setStatus(task, by)
    task.outcome = outcome
    task.endedAt = at
    task.state = undefined
    this.#remember(task)
  }

  /** Not while it waits: its lane is another then. */
  #suspect(task: TaskEntry, isSuspect: boolean): void {
    if (isSuspect === task.suspect) return
    const { spec, unsuspected } = task
    task.spec = unsuspected ?? byItself(spec)
    task.unsuspected = isSuspect ? spec : undefined
  }

  /** The next status is the table's: an event that is not possible now comes from a faulty journal, or is a defect. */
  #setStatus(task: TaskEntry, by: Transitions): void {
    const status = by[task.status]
    if (status === undefined)
      throw new Error(`what happened to task ${task.spec.id} cannot happen: it is ${task.status}`)
    this.counts[task.status] -= 1
    this.counts[status] += 1
    task.status = status
  }

  #setMigration(task: TaskEntry, migration: MigrationRecord): void {
    task.migration = migration
    this.migrations.set(migration.id, migration)
  }

  #clearMigration(task: TaskEntry): void {
    if (task.migration !== undefined) this.migrations.delete(task.migration.id)
    task.migration = undefined
  }

  #unhold(worker: WorkerEntry): void {
    if (worker.heldFor === undefined) return
    const held = this.#holds.get(worker.heldFor)
    held?.delete(worker)
    if (held?.size === 0) this.#holds.delete(worker.heldFor)
    worker.heldFor = undefined
    worker.passage = undefined
  }

  /** No worker is kept for the task any longer. */
  #endHolds(taskId: TaskId): void {
    if (this.#holds.size === 0) return
    const held = this.#holds.get(taskId)
    if (held === undefined) return
    for (const worker of held) {
      worker.heldFor = undefined
      worker.passage = undefined
    }
    this.#holds.delete(taskId)
  }

  #giveBack(reservation: Reservation, worker = this.workers.get(reservation.workerId)): void {
    if (reservation.ahead === true) return
    this.#reserve(reservation, -1, worker)
    if (worker !== undefined && worker.ahead.length > 0) this.#moveUp(worker)
  }

  /** Slots have become free: those sent ahead take them in order, as they do at the worker. */
  #moveUp(worker: WorkerEntry): void {
    while (worker.slots < worker.limit) {
      const next = worker.ahead.shift()
      if (next?.reservation === undefined) return
      this.sentAhead -= 1
      next.reservation = worker.reservationOf(next.reservation.resources)
      this.#reserve(next.reservation, 1, worker)
    }
  }

  #joinLine(task: TaskEntry, worker: WorkerEntry | undefined): void {
    if (worker === undefined) return
    worker.ahead.push(task)
    this.sentAhead += 1
  }

  #leaveLine(worker: WorkerEntry | undefined, task: TaskEntry): void {
    const place = task.reservation?.ahead === true ? (worker?.ahead.indexOf(task) ?? -1) : -1
    if (place < 0) return
    worker?.ahead.splice(place, 1)
    this.sentAhead -= 1
  }

  #reserve({ resources, devices, whole }: Reservation, sign: 1 | -1, worker: WorkerEntry | undefined): void {
    if (worker === undefined) return
    if (whole === true) worker.alone = sign > 0
    worker.slots += whole === true ? sign * worker.spec.limits.slots : sign
    const { used } = worker
    used.cpu = Milli(used.cpu + sign * resources.cpu)
    used.memory = Milli(used.memory + sign * resources.memory)
    used.network = Milli(used.network + sign * resources.network)
    used.storage = Milli(used.storage + sign * resources.storage)
    for (const share of devices) reserveDevice(worker, share, sign)
  }
}

/** A worker that pulls has got one of those it has asked for; `-1`: it does not get it after all. */
const answer = ({ spec }: TaskEntry, worker: WorkerEntry | undefined, sign: 1 | -1 = 1): void => {
  if (worker !== undefined && spec.requirements.demand.external !== true) worker.open -= sign
}

const shedOutcome = ({ load, madeRoomFor }: LedgerEventOf<"TaskShed">): Outcome =>
  madeRoomFor === undefined ? { _tag: "shed", load } : { _tag: "shed", load, madeRoomFor }

const reserveDevice = (worker: WorkerEntry, { device, share, memory }: DeviceShare, sign: 1 | -1): void => {
  const use = worker.devices[device]
  if (use === undefined) return
  use.share = Milli(use.share + sign * share)
  use.memory = Milli(use.memory + sign * memory)
}
