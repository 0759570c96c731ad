import { asksForSlotOnly, takesWork, unmetEver, type WorkerRecord } from "../../ledger/index.ts"
import type { Millis, TaskSpec, WorkerId } from "../../model/index.ts"
import type { PlacementView } from "../view.ts"

/** A worker that is worth waiting for, though others are free. */
export interface WaitFor {
  readonly workerId: WorkerId
  /** Others that would do as well: should one of them have room first, the task goes there. */
  readonly others?: ReadonlyArray<WorkerId>
  /** From then on whoever is free will do. */
  readonly until: Millis
}

/** A strategy whose tasks have a home: a worker where they are better off than elsewhere. */
export interface Homing {
  /**
   * Whether the task, which could be placed now, had better wait for a worker that is busy. Asked once a worker was found
   * for it, before each commit; changes nothing. Those behind the task do not wait for it.
   *
   * `since` is when the task could have been placed for the first time: as long as its home stays, `until` does not move
   * with `now`, so the wait is bounded; an `until` that is later than the first one counts as that. `undefined`: it need
   * not wait.
   */
  waitFor(task: TaskSpec, view: PlacementView, now: Millis, since: Millis): WaitFor | undefined
  /**
   * The worker where the task is at home, be it free or not: where nobody is free it is not sent ahead to another, to wait
   * in the line of that one. `undefined`: nowhere.
   */
  homeOf(task: TaskSpec, view: PlacementView, now: Millis): WorkerId | undefined
}

/** Whether the worker could run such a task when empty. */
export const couldEver = ({ requirements }: TaskSpec, { spec }: WorkerRecord): boolean =>
  asksForSlotOnly(requirements) || unmetEver(requirements, spec).length === 0

/** Whether it is only a matter of time until the worker can take the task. */
export const willFit = (task: TaskSpec, worker: WorkerRecord): boolean =>
  takesWork(worker.phase) && couldEver(task, worker)

/** The worker of this id, where it is in the view. O(1) with `view.pool`. */
export const workerIn = ({ pool, workers }: PlacementView, id: WorkerId): WorkerRecord | undefined => {
  if (pool === undefined) return workers.find(({ spec }) => spec.id === id)
  const place = pool.placeOf(id)
  return place === undefined ? undefined : pool.at(place)
}
