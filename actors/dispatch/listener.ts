import type { TaskRecord, WorkerRecord } from "../../src/ledger/index.ts"
import type { Assignment, Millis, Unmet } from "../../src/model/index.ts"

/** What a pass over the queue led to; the coordinator carries it out. */
export interface DispatchListener {
  placed(task: TaskRecord, assignment: Assignment): void
  /** Whether it is not to be sent before it can begin: what is moved with it could not be taken back. */
  staysAtHand(task: TaskRecord): boolean
  /** No worker of the pool can ever run it. `tries`: how often it was tried in vain, where it waited for one to come. */
  unschedulable(task: TaskRecord, unmet: ReadonlyArray<Unmet>, tries?: number): void
  /** Those that could run it are lost for good. */
  stranded(task: TaskRecord): void
  /** The worker, which rested, takes work again, for the sake of this task. */
  woken?(worker: WorkerRecord, task: TaskRecord): void
  /** A batch that went to the score pool is back; `resume` is to be called on a turn of the coordinator. */
  scored(resume: (now: Millis) => void): void
}
