import type { Millis, Priority, TaskId, WorkerId } from "../model/index.ts"
import type { MigrationRecord, TaskRecord, WorkerRecord } from "./records.ts"
import type { Counts, LedgerState } from "./state.ts"
import type { TaskEntry } from "./task-entry.ts"
import { goesBefore, type WorkAhead } from "./waiting/waiting.ts"

/** The ledger for those who only look: everything is live, and nothing can be changed through it. */
export class LedgerReader {
  /** @internal For the ledger itself, its audit and its properties. */
  readonly state: LedgerState

  constructor(state: LedgerState) {
    this.state = state
  }

  task(taskId: TaskId): TaskRecord | undefined {
    return this.state.tasks.get(taskId)
  }

  worker(workerId: WorkerId): WorkerRecord | undefined {
    return this.state.workers.get(workerId)
  }

  /** Workers in the order they joined. */
  get workers(): ReadonlyMap<WorkerId, WorkerRecord> {
    return this.state.workers
  }

  /** Every task that waits or runs, and the ended ones still remembered. */
  get tasks(): ReadonlyMap<TaskId, TaskRecord> {
    return this.state.tasks
  }

  get migrations(): ReadonlyMap<number, MigrationRecord> {
    return this.state.migrations
  }

  /** Tasks by status; those of ended ones count from the beginning. */
  get counts(): Counts {
    return this.state.counts
  }

  /** Tasks that wait, for a worker or for their time. */
  get queued(): number {
    return this.state.counts.queued + this.state.counts.delayed
  }

  /** Tasks that have not begun: queued, and sent ahead to workers, from where they may come back. */
  get pending(): number {
    return this.queued + this.state.sentAhead
  }

  /** How much is queued, in sum: what tasks declare that they take, and how many do not. */
  get waitingWork(): { readonly declaredMs: Millis; readonly undeclared: number } {
    return this.state.waiting.work
  }

  /** The same of tasks of this priority and those above. */
  workAhead(priority: Priority): WorkAhead {
    return this.state.waiting.workAhead(priority)
  }

  /** The next time at which `due` or `expire` would do something. */
  nextDue(): Millis | undefined {
    return this.state.nextDue()
  }

  /** The task to place next: the first in order of those that are ready and whose lane is awake. */
  get first(): TaskRecord | undefined {
    return this.state.waiting.first
  }

  /** Tasks that are ready, by what they ask for: how many, and the first of them. */
  get lanes(): ReadonlyMap<string, { readonly first: TaskRecord | undefined; readonly size: number }> {
    return this.state.waiting.lanes
  }

  /** The first task of each lane that is awake, in no particular order. */
  get awake(): ReadonlyArray<{ readonly first: TaskRecord | undefined }> {
    return this.state.waiting.awake
  }

  /** The first in order of those that are ready and whose shape is not passed over, be its lane asleep or not. */
  next(passedOver: ReadonlySet<string>): TaskRecord | undefined {
    let first: TaskEntry | undefined
    for (const [shape, lane] of this.state.waiting.lanes) {
      const head = lane.first
      if (head === undefined || passedOver.has(shape)) continue
      if (first === undefined || goesBefore(head, first)) first = head
    }
    return first
  }

  /** The first task of the lane of a shape. */
  firstOf(shape: string): TaskRecord | undefined {
    return this.state.waiting.firstOf(shape)
  }

  /** The first tasks of the lane of a shape, in order, at most so many. */
  upcoming(shape: string, count: number): ReadonlyArray<TaskRecord> {
    const lane = this.state.waiting.lanes.get(shape)
    return lane === undefined ? [] : lane.inOrder(count)
  }

  /** Tasks of the lanes whose first is such, in no order: all that are ready, as far as keys decide. */
  *ready(ofLane: (first: TaskRecord) => boolean): Iterable<TaskRecord> {
    for (const lane of this.state.waiting.lanes.values()) {
      if (lane.first !== undefined && ofLane(lane.first)) yield* lane.items
    }
  }

  /** Whether the queued task stands in its lane, where only order and fit decide when it goes; otherwise its key is taken. */
  isReady(taskId: TaskId): boolean {
    const task = this.state.tasks.get(taskId)
    return task !== undefined && this.state.waiting.isReady(task)
  }

  /** Whether the task has stepped aside. */
  isAside(taskId: TaskId): boolean {
    const task = this.state.tasks.get(taskId)
    return task !== undefined && this.state.waiting.isAside(task)
  }

  /** Tasks of its lane that go before the task. O(tasks of the lane): for those who ask. */
  placeInLine(taskId: TaskId): number {
    const task = this.state.tasks.get(taskId)
    if (task === undefined) return 0
    const lane = this.state.waiting.lanes.get(task.spec.requirements.shape)
    return lane?.items.filter((other) => goesBefore(other, task)).length ?? 0
  }

  /** Who holds the concurrency key of the task, and where, and who waits to be the next. O(tasks): for those who ask. */
  keyOf(taskId: TaskId): {
    readonly holders: ReadonlyArray<{ readonly taskId: TaskId; readonly workerId: WorkerId | undefined }>
    readonly next: TaskId | undefined
  } {
    const key = this.state.tasks.get(taskId)?.spec.concurrencyKey
    const holders: Array<{ taskId: TaskId; workerId: WorkerId | undefined }> = []
    if (key === undefined) return { holders, next: undefined }
    let next: TaskEntry | undefined
    for (const task of this.state.tasks.values()) {
      if (task.spec.concurrencyKey !== key) continue
      if (task.assignment !== undefined || task.status === "moving") {
        holders.push({ taskId: task.spec.id, workerId: task.assignment?.workerId })
      } else if (task.status === "queued" && (next === undefined || goesBefore(task, next))) next = task
    }
    for (const { spec, stopping } of this.state.workers.values()) {
      for (const { taskId: id, concurrencyKey } of stopping.values()) {
        if (concurrencyKey === key) holders.push({ taskId: id, workerId: spec.id })
      }
    }
    return { holders, next: next?.spec.id }
  }

  /** The first tasks of each lane: all that could be placed now, as far as order and keys decide. */
  *heads(): Iterable<TaskRecord> {
    for (const lane of this.state.waiting.lanes.values()) if (lane.first !== undefined) yield lane.first
  }
}
