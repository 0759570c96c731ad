import { type Ranked, RankHeap, Retained } from "../collections/index.ts"
import {
  type Assignment,
  type DeviceShare,
  Epoch,
  type LedgerEvent,
  type LedgerEventOf,
  Milli,
  type Millis,
  priorityRank,
  type Reservation,
  type ResourceName,
  resourceNames,
  type TaskId,
  type TaskSpec,
  type TaskStatus,
  type WorkerId,
  type WorkerPhase,
  type WorkerSpec
} from "../model/index.ts"
import type { DeviceUse, MigrationRecord, Outcome, Stopping, TaskRecord, WorkerRecord } from "./records.ts"
import { Waiting } from "./waiting.ts"

/** A task, as the ledger writes it. */
export class TaskEntry implements TaskRecord, Ranked {
  readonly spec: TaskSpec
  readonly seq: number
  readonly rank: number
  readonly acceptedAt: Millis
  status: TaskStatus = "queued"
  attempts = 0
  failures = 0
  crashes: Array<WorkerId> = []
  state: unknown = undefined
  assignment: Assignment | undefined = undefined
  reservation: Reservation | undefined = undefined
  migration: MigrationRecord | undefined = undefined
  notBefore: Millis | undefined = undefined
  outcome: Outcome | undefined = undefined
  endedAt: Millis | undefined = undefined
  heapIndex = -1
  /** The times at which it may expire. */
  limits: ReadonlyArray<Limit> = []

  constructor(spec: TaskSpec, seq: number, rank: number, acceptedAt: Millis) {
    this.spec = spec
    this.seq = seq
    this.rank = rank
    this.acceptedAt = acceptedAt
  }
}

/** A worker, as the ledger writes it. */
export class WorkerEntry implements WorkerRecord {
  readonly spec: WorkerSpec
  phase: WorkerPhase = "starting"
  readonly used: Record<ResourceName, Milli> = { cpu: Milli(0), memory: Milli(0), network: Milli(0), storage: Milli(0) }
  readonly devices: Array<DeviceUse>
  slots = 0
  readonly running = new Map<TaskId, Assignment>()
  readonly stopping = new Map<Epoch, Stopping>()
  heldFor: TaskId | undefined = undefined

  constructor(spec: WorkerSpec) {
    this.spec = spec
    this.devices = spec.limits.devices.map(() => ({ share: Milli(0), memory: Milli(0) }))
  }
}

/** A time at which a task may expire. Stale ones are dropped when they come up. */
interface Limit extends Ranked {
  readonly at: Millis
  readonly task: TaskEntry
  readonly limit: "deadline" | "queueTimeout"
}

const isWaiting = (status: TaskStatus): boolean => status === "queued" || status === "delayed"

/** The earlier first; of equal time, the task accepted first, and its deadline before its queue timeout. */
const passesBefore = (a: Limit, b: Limit): boolean => {
  if (a.at !== b.at) return a.at < b.at
  return a.task === b.task ? a.limit < b.limit : a.task.seq < b.task.seq
}

/** The earlier first; of equal time, the task accepted first. */
const isDueBefore = (a: TaskEntry, b: TaskEntry): boolean => {
  const first = a.notBefore ?? 0
  const second = b.notBefore ?? 0
  return first < second || (first === second && a.seq < b.seq)
}

/** Whether the limit still means something: a deadline until the task ends, a queue timeout until it first runs. */
const stillHolds = ({ task, limit }: Limit): boolean =>
  task.outcome === undefined && (limit === "deadline" || (task.attempts === 0 && isWaiting(task.status)))

export type Counts = Readonly<Record<TaskStatus, number>>

/** What is true, and how each event changes it. Nothing here checks: the commands did, before they made the event. */
export class LedgerState {
  readonly tasks = new Map<TaskId, TaskEntry>()
  readonly workers = new Map<WorkerId, WorkerEntry>()
  readonly migrations = new Map<number, MigrationRecord>()
  readonly waiting = new Waiting()
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
  readonly #ageing: Millis
  /** Ended tasks that are still remembered. */
  readonly #ended: Retained<TaskId>
  /** Workers kept free, by the task they are kept for. */
  readonly #holds = new Map<TaskId, Set<WorkerEntry>>()

  constructor(ageing: Millis, retain: number) {
    this.#ageing = ageing
    this.#ended = new Retained(retain, (taskId) => this.tasks.delete(taskId))
  }

  /** Carries the event out. Events come in the order of their `seq`. */
  apply(event: LedgerEvent): void {
    this.seq = event.seq
    switch (event._tag) {
      case "WorkerAdded":
        this.workers.set(event.worker.id, new WorkerEntry(event.worker))
        return
      case "WorkerPhaseChanged":
        return this.#onWorker(event.workerId, (worker) => {
          worker.phase = event.phase
        })
      case "WorkerRemoved":
        return this.#onWorker(event.workerId, (worker) => {
          this.#unhold(worker)
          this.workers.delete(event.workerId)
        })
      case "WorkerHeld":
        return this.#onWorker(event.workerId, (worker) => {
          worker.heldFor = event.taskId
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
        return this.#onTask(event)
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

  #onWorker(workerId: WorkerId, change: (worker: WorkerEntry) => void): void {
    const worker = this.workers.get(workerId)
    if (worker !== undefined) change(worker)
  }

  #accept({ task: spec, seq, at }: LedgerEventOf<"TaskAccepted">): void {
    const task = new TaskEntry(spec, seq, priorityRank[spec.priority] * this.#ageing + at, at)
    this.tasks.set(spec.id, task)
    this.counts.queued += 1
    const { deadline, queueTimeout } = spec
    if (deadline !== undefined) this.#expireAt(deadline, task, "deadline")
    if (queueTimeout !== undefined) this.#expireAt(at + queueTimeout, task, "queueTimeout")
    this.waiting.enter(task)
  }

  #expireAt(at: Millis, task: TaskEntry, limit: Limit["limit"]): void {
    const entry: Limit = { at, task, limit, heapIndex: -1 }
    this.limits.push(entry)
    task.limits = [...task.limits, entry]
  }

  #onTask(event: Extract<LedgerEvent, { readonly taskId: TaskId }>): void {
    const task = this.tasks.get(event.taskId)
    if (task === undefined) return
    switch (event._tag) {
      case "TaskPlaced":
        return this.#place(task, event)
      case "TaskCheckpointed":
        task.state = event.state
        return
      case "TaskCompleted":
        this.#endRun(task)
        return this.#end(task, "completed", { _tag: "completed", result: event.result }, event.at)
      case "TaskDelayed":
        this.#endRun(task)
        task.failures += 1
        task.notBefore = event.notBefore
        this.#setStatus(task, "delayed")
        this.delayed.push(task)
        return
      case "TaskDue":
        this.delayed.remove(task)
        task.notBefore = undefined
        return this.#queue(task)
      case "TaskRequeued":
        if (event.crashed && task.assignment !== undefined) task.crashes.push(task.assignment.workerId)
        this.#endRun(task)
        return this.#queue(task)
      case "TaskFailed":
        if (event.epoch !== undefined) task.failures += 1
        this.#stop(task, "release")
        return this.#end(task, "failed", { _tag: "failed", reason: event.reason, error: event.error }, event.at)
      case "TaskCancelled":
        this.#stop(task, "linger")
        return this.#end(task, "cancelled", { _tag: "cancelled", reason: event.reason }, event.at)
      case "TaskExpired":
        this.#stop(task, "linger")
        return this.#end(task, "expired", { _tag: "expired", limit: event.limit }, event.at)
      case "TaskShed":
        this.#stop(task, "linger")
        return this.#end(task, "shed", { _tag: "shed", load: event.load }, event.at)
      case "TaskQuarantined":
        if (task.assignment !== undefined) task.crashes.push(task.assignment.workerId)
        this.#stop(task, "release")
        return this.#end(task, "quarantined", { _tag: "quarantined", workers: event.workers }, event.at)
      case "MigrationOffered": {
        const { migrationId: id, taskId, source, epoch, reservation } = event
        this.#take(reservation)
        this.#setMigration(task, { id, taskId, source, epoch, reservation, phase: "offered" })
        this.migrationId = id
        return
      }
      case "MigrationReleased":
        if (task.migration === undefined) return
        this.#leaveWorker(task)
        if (event.state !== undefined) task.state = event.state
        this.#setMigration(task, { ...task.migration, phase: "released" })
        return this.#setStatus(task, "moving")
      case "MigrationAborted":
        if (task.migration === undefined) return
        this.#giveBack(task.migration.reservation)
        this.#clearMigration(task)
        if (task.status !== "moving") return
        this.waiting.releaseKey(task.spec.concurrencyKey)
        return this.#queue(task)
    }
  }

  #place(task: TaskEntry, { epoch, reservation, migrationId, at }: LedgerEventOf<"TaskPlaced">): void {
    if (migrationId === undefined) {
      this.waiting.place(task)
      this.#take(reservation)
    } else {
      this.#clearMigration(task)
    }
    this.#endHolds(task.spec.id)
    task.attempts += 1
    const { id: taskId } = task.spec
    const assignment = { taskId, workerId: reservation.workerId, epoch, attempt: task.attempts, startedAt: at }
    task.assignment = assignment
    task.reservation = reservation
    this.epoch = epoch
    this.workers.get(reservation.workerId)?.running.set(taskId, assignment)
    this.#setStatus(task, "running")
  }

  #queue(task: TaskEntry): void {
    this.#setStatus(task, "queued")
    this.waiting.enter(task)
  }

  /** The task leaves wherever it stands. What a run held is given back now, or lingers until its worker lets go. */
  #stop(task: TaskEntry, held: "release" | "linger"): void {
    const { assignment, reservation } = task
    if (assignment === undefined || reservation === undefined) {
      if (!this.delayed.remove(task)) this.waiting.leave(task)
      return
    }
    if (held === "release") return this.#endRun(task)
    const { concurrencyKey, concurrencyLimit } = task.spec
    const worker = this.workers.get(assignment.workerId)
    worker?.running.delete(assignment.taskId)
    const { taskId } = assignment
    worker?.stopping.set(assignment.epoch, { taskId, reservation, concurrencyKey, concurrencyLimit })
    task.assignment = undefined
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
    this.workers.get(assignment.workerId)?.running.delete(assignment.taskId)
    this.#giveBack(reservation)
    task.assignment = undefined
    task.reservation = undefined
  }

  #end(task: TaskEntry, status: TaskStatus, outcome: Outcome, at: Millis): void {
    const { id } = task.spec
    this.#endHolds(id)
    this.#setStatus(task, status)
    task.outcome = outcome
    task.endedAt = at
    task.state = undefined
    for (const limit of task.limits) this.limits.remove(limit)
    task.limits = []
    this.#ended.add(id)
  }

  #setStatus(task: TaskEntry, status: TaskStatus): void {
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
  }

  /** No worker is kept for the task any longer. */
  #endHolds(taskId: TaskId): void {
    const held = this.#holds.get(taskId)
    if (held === undefined) return
    for (const worker of held) worker.heldFor = undefined
    this.#holds.delete(taskId)
  }

  #take(reservation: Reservation): void {
    this.#reserve(reservation, 1)
  }

  #giveBack(reservation: Reservation): void {
    this.#reserve(reservation, -1)
  }

  #reserve({ workerId, resources, devices }: Reservation, sign: 1 | -1): void {
    const worker = this.workers.get(workerId)
    if (worker === undefined) return
    worker.slots += sign
    for (const name of resourceNames) worker.used[name] = Milli(worker.used[name] + sign * resources[name])
    for (const share of devices) reserveDevice(worker, share, sign)
  }
}

const reserveDevice = (worker: WorkerEntry, { device, share, memory }: DeviceShare, sign: 1 | -1): void => {
  const use = worker.devices[device]
  if (use === undefined) return
  use.share = Milli(use.share + sign * share)
  use.memory = Milli(use.memory + sign * memory)
}
