import type { Millis, TaskId, WorkerId } from "../model/index.ts"
import type { MigrationRecord, TaskRecord, WorkerRecord } from "./records.ts"
import type { Counts, LedgerState, TaskEntry } from "./state.ts"
import { goesBefore } from "./waiting.ts"

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

  /** The next time at which `due` or `expire` would do something. */
  nextDue(): Millis | undefined {
    return this.state.nextDue()
  }

  /** The task to place next: the first in order among those whose shape is not passed over. */
  next(passedOver: ReadonlySet<string>): TaskRecord | undefined {
    let first: TaskEntry | undefined
    for (const [shape, lane] of this.state.waiting.lanes) {
      const head = lane.first
      if (head === undefined || passedOver.has(shape)) continue
      if (first === undefined || goesBefore(head, first)) first = head
    }
    return first
  }

  /** The first tasks of the lane of a shape, in order, at most so many. */
  upcoming(shape: string, count: number): ReadonlyArray<TaskRecord> {
    const lane = this.state.waiting.lanes.get(shape)
    return lane === undefined ? [] : lane.inOrder(count)
  }

  /** The first tasks of each lane: all that could be placed now, as far as order and keys decide. */
  *heads(): Iterable<TaskRecord> {
    for (const lane of this.state.waiting.lanes.values()) if (lane.first !== undefined) yield lane.first
  }
}
