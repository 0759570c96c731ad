import type { Millis, TaskSpec, WorkerSpec } from "../../model/index.ts"

/**
 * The order of waiting work: gives each task its place once, when it is accepted, so that nothing is ever sorted again
 * and the next task is found in O(log n). The task with the smallest rank goes first; of equal rank, the one accepted
 * first. A task that goes back to the queue keeps its place.
 *
 * What an order remembers follows from what it is told, in the order of the ledger's events: the same events give the
 * same places. It knows no clock and no chance. One order belongs to one ledger.
 */
export interface Order {
  readonly id: string
  /**
   * The place of a task that is accepted now. `othersWait`: whether a task of its priority waits already. Called once a
   * task; returns a finite number.
   */
  rank(task: TaskSpec, acceptedAt: Millis, othersWait: boolean): number
  /** The place of a task that is to go one priority lower than it does. Left out: it keeps its place. */
  lowered?(rank: number): number
  /** Workers have joined or left. */
  poolChanged?(workers: Iterable<WorkerSpec>): void
  /** A task begins to wait; after `rank`, and again each time it goes back to the queue. */
  entered?(task: TaskSpec): void
  /** It waits no longer, whatever has become of it. */
  left?(task: TaskSpec): void
  /** A waiting task has been placed. */
  placed?(task: TaskSpec, rank: number): void
  /** A task has ended that was never placed: cancelled, expired or shed while it waited. */
  withdrawn?(task: TaskSpec): void
  /** A run has completed its task, `ms` after it was placed. */
  completed?(task: TaskSpec, ms: Millis): void
}

/** Makes the order of one ledger. `ageing`: how long a waiting task takes to rise by one priority. */
export type OrderMaker = (ageing: Millis) => Order
