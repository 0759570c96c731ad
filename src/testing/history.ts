import type {
  Epoch,
  LedgerEvent,
  LedgerEventOf,
  Millis,
  Reservation,
  TaskEnd,
  TaskId,
  TaskSpec,
  TaskStatus,
  WorkerId,
  WorkerPhase,
  WorkerSpec
} from "../model/index.ts"
import { goesBy, type SeenPassage } from "./passages.ts"

/** What the events say of a worker. */
export interface SeenWorker {
  readonly spec: WorkerSpec
  phase: WorkerPhase
  /** Slots it may take at this time. */
  limit: number
  heldFor: TaskId | undefined
  /** What may begin there all the same. */
  passage: SeenPassage | undefined
}

/** What the events say of a task. An id that is accepted again after its task was forgotten begins anew. */
export interface SeenTask {
  readonly spec: TaskSpec
  /** The `seq` of its acceptance. */
  readonly seq: number
  readonly acceptedAt: Millis
  status: TaskStatus
  /** The epoch that may finish it, while it runs. */
  epoch: Epoch | undefined
  /** The highest epoch it ever had. */
  lastEpoch: number
  /** What it last saved. */
  saved: unknown
  /** Whether it may have brought a worker down, along with others. */
  suspect: boolean
}

/** What is held on a worker: for a run, for the target of a migration, or for a run whose task has ended. */
export interface Held {
  readonly kind: "run" | "target" | "stopping"
  readonly taskId: TaskId
  readonly spec: TaskSpec
  readonly reservation: Reservation
  readonly epoch: Epoch
  readonly migrationId: number | undefined
}

/** What the events say of a migration that is under way. */
export interface SeenMigration {
  readonly taskId: TaskId
  readonly source: WorkerId
  readonly reservation: Reservation
  phase: "offered" | "released"
}

const isOver = (status: TaskStatus): boolean =>
  status !== "queued" && status !== "delayed" && status !== "running" && status !== "moving"

/**
 * What anybody can know of a ledger who only reads its events: kept by naive means on plain arrays, with none of the
 * ledger's code, so that it can be held against it. Reads a journal as well as a living ledger.
 */
export class LedgerHistory {
  readonly workers = new Map<WorkerId, SeenWorker>()
  /** The latest task of each id. */
  readonly tasks = new Map<TaskId, SeenTask>()
  readonly migrations = new Map<number, SeenMigration>()
  held: ReadonlyArray<Held> = []
  /** Tasks that have ended, by how. */
  readonly ended: Record<TaskEnd, number> = {
    completed: 0,
    failed: 0,
    cancelled: 0,
    expired: 0,
    shed: 0,
    quarantined: 0
  }
  lastSeq = 0
  lastEpoch = 0
  lastAt: Millis = 0

  heldOn(workerId: WorkerId): ReadonlyArray<Held> {
    return this.held.filter(({ reservation }) => reservation.workerId === workerId)
  }

  /** What holds the key: runs, runs being stopped, and tasks between two workers. */
  holdersOf(key: string): ReadonlyArray<Held> {
    return this.held.filter(
      ({ spec, kind, migrationId }) =>
        spec.concurrencyKey === key &&
        (kind !== "target" || this.migrations.get(migrationId ?? 0)?.phase === "released")
    )
  }

  see(event: LedgerEvent): void {
    this.lastSeq = event.seq
    this.lastAt = event.at
    this.#apply(event)
    for (const worker of this.workers.values()) this.#moveUp(worker)
  }

  /** Those sent ahead take what slots are free, the first first: then they hold theirs as all others do. */
  #moveUp({ spec: { id }, limit }: SeenWorker): void {
    const there = this.heldOn(id)
    if (there.some(({ reservation }) => reservation.whole === true)) return
    const ahead = there.filter(({ kind, reservation }) => kind === "run" && reservation.ahead === true)
    const taken = there.filter(({ reservation }) => reservation.ahead !== true).length
    const next = ahead.slice(0, Math.max(0, limit - taken))
    if (next.length === 0) return
    this.held = this.held.map((held) => {
      if (!next.includes(held)) return held
      const { ahead: _begun, ...reservation } = held.reservation
      return { ...held, reservation }
    })
  }

  #apply(event: LedgerEvent): void {
    switch (event._tag) {
      case "WorkerAdded":
        this.workers.set(event.worker.id, {
          spec: event.worker,
          phase: "starting",
          limit: event.worker.limits.slots,
          heldFor: undefined,
          passage: undefined
        })
        return
      case "WorkerRemoved":
        this.workers.delete(event.workerId)
        return
      case "WorkerAsked":
        return
      case "WorkerPhaseChanged":
      case "WorkerLimited":
      case "WorkerHeld":
      case "WorkerUnheld":
        return this.#onWorker(event)
      case "AssignmentReleased":
        this.held = this.held.filter(({ kind, epoch }) => kind !== "stopping" || epoch !== event.epoch)
        return
      case "TaskAccepted": {
        const { task: spec, seq, at: acceptedAt } = event
        const seen: SeenTask = {
          spec,
          seq,
          acceptedAt,
          status: "queued",
          epoch: undefined,
          lastEpoch: 0,
          saved: undefined,
          suspect: false
        }
        this.tasks.set(spec.id, seen)
        return
      }
      default: {
        const task = this.tasks.get(event.taskId)
        if (task !== undefined) this.#onTask(task, event)
      }
    }
  }

  #onWorker(event: LedgerEventOf<"WorkerPhaseChanged" | "WorkerLimited" | "WorkerHeld" | "WorkerUnheld">): void {
    const worker = this.workers.get(event.workerId)
    if (worker === undefined) return
    if (event._tag === "WorkerPhaseChanged") {
      worker.phase = event.phase
      return
    }
    if (event._tag === "WorkerLimited") {
      worker.limit = event.slots
      return
    }
    const granted = event._tag === "WorkerHeld" ? event.passage : undefined
    worker.heldFor = event._tag === "WorkerHeld" ? event.taskId : undefined
    worker.passage = granted && { granted, stayers: [] }
  }

  #onTask(
    task: SeenTask,
    event: Exclude<Extract<LedgerEvent, { readonly taskId: TaskId }>, { readonly _tag: "WorkerHeld" | "WorkerUnheld" }>
  ): void {
    switch (event._tag) {
      case "TaskPlaced":
        return this.#place(task, event)
      case "TaskCheckpointed":
        task.saved = event.state
        return
      case "TaskDelayed":
        task.suspect = false
        return this.#leave(task, "delayed")
      case "TaskRequeued":
        task.suspect = event.suspect === true
        return this.#leave(task, "queued")
      case "TaskDue":
        task.status = "queued"
        return
      case "TaskCompleted":
        return this.#end(task, "completed", "leave")
      case "TaskFailed":
        return this.#end(task, "failed", "leave")
      case "TaskQuarantined":
        return this.#end(task, "quarantined", "leave")
      case "TaskCancelled":
        return this.#end(task, "cancelled", "linger")
      case "TaskExpired":
        return this.#end(task, "expired", "linger")
      case "TaskShed":
        return this.#end(task, "shed", "linger")
      case "MigrationOffered": {
        const { migrationId, taskId, source, epoch, reservation } = event
        this.migrations.set(migrationId, { taskId, source, reservation, phase: "offered" })
        this.#hold({ kind: "target", taskId, spec: task.spec, reservation, epoch, migrationId })
        this.#goesBy(task, reservation, event.at)
        return
      }
      case "MigrationReleased": {
        const migration = this.migrations.get(event.migrationId)
        if (migration !== undefined) migration.phase = "released"
        if (event.state !== undefined) task.saved = event.state
        return this.#leave(task, "moving")
      }
      case "MigrationAborted":
        this.migrations.delete(event.migrationId)
        this.#drop("target", task)
        if (task.status === "moving") task.status = "queued"
    }
  }

  #place(task: SeenTask, { taskId, epoch, reservation, migrationId, at }: LedgerEventOf<"TaskPlaced">): void {
    if (migrationId !== undefined) {
      this.migrations.delete(migrationId)
      this.#drop("target", task)
    }
    this.#endHold(taskId)
    if (migrationId === undefined) this.#goesBy(task, reservation, at)
    task.status = "running"
    task.epoch = epoch
    task.lastEpoch = epoch
    this.lastEpoch = epoch
    this.#hold({ kind: "run", taskId, spec: task.spec, reservation, epoch, migrationId: undefined })
  }

  #hold(held: Held): void {
    this.held = [...this.held, held]
  }

  #goesBy({ spec }: SeenTask, { workerId }: Reservation, at: Millis): void {
    const passage = this.workers.get(workerId)?.passage
    if (passage !== undefined) goesBy(spec, passage, at)
  }

  #drop(kind: Held["kind"], { spec }: SeenTask): void {
    this.held = this.held.filter((held) => held.kind !== kind || held.taskId !== spec.id)
  }

  #leave(task: SeenTask, status: TaskStatus): void {
    this.#drop("run", task)
    task.epoch = undefined
    task.status = status
  }

  #end(task: SeenTask, how: TaskEnd, held: "leave" | "linger"): void {
    if (held === "linger") {
      this.held = this.held.map((of) =>
        of.kind === "run" && of.taskId === task.spec.id ? { ...of, kind: "stopping" } : of
      )
    }
    this.#leave(task, how)
    this.#endHold(task.spec.id)
    this.ended[how] += 1
    task.saved = undefined
  }

  #endHold(taskId: TaskId): void {
    for (const worker of this.workers.values()) {
      if (worker.heldFor !== taskId) continue
      worker.heldFor = undefined
      worker.passage = undefined
    }
  }
}

/** Whether the task has ended, by what the events say. */
export const hasEnded = ({ status }: SeenTask): boolean => isOver(status)
