import { RecentMap } from "../../collections/index.ts"
import type { Millis, TaskId, WorkerId } from "../../model/index.ts"

/** A task that has begun on this worker and was moved, with what it has had done so far. */
export interface MovedRun {
  readonly workerId: WorkerId
  /** At speed 1. */
  readonly workMs: Millis
  /** Moves so far. */
  readonly moves: number
}

/** Tasks remembered at a time. */
const most = 10_000

/**
 * What tasks on the move have had done, so that all of a task's work is known as it ends, and counts where it began.
 *
 * What is moved away is what runs long. Were it left out, the workers that tasks leave would seem to have short ones alone,
 * and so to be fast: the more is moved, the faster. Counted where they began, tasks of all sizes count everywhere alike.
 */
export class MovedRuns {
  readonly #runs = new RecentMap<TaskId, MovedRun>(most)

  get size(): number {
    return this.#runs.size
  }

  /** The task has left the worker, which has done so much of it. */
  left(taskId: TaskId, workerId: WorkerId, workMs: Millis): void {
    const before = this.#runs.get(taskId)
    this.#runs.set(taskId, {
      workerId: before?.workerId ?? workerId,
      workMs: (before?.workMs ?? 0) + Math.max(0, workMs),
      moves: (before?.moves ?? 0) + 1
    })
  }

  /** What is known of a task that has ended, and is forgotten with that. */
  take(taskId: TaskId): MovedRun | undefined {
    const run = this.#runs.get(taskId)
    if (run !== undefined) this.#runs.delete(taskId)
    return run
  }
}
