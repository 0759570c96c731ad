import type { LedgerEvent, TaskId, WorkerId } from "../../src/model/index.ts"
import { endsTask } from "../../src/model/index.ts"

const nobody: ReadonlyArray<WorkerId> = []

/** Which workers are kept free for which tasks, by the events: so that whoever may use them again is told. */
export class KeptFree {
  readonly #workers = new Map<WorkerId, TaskId>()

  /** Workers that are kept free now. */
  get size(): number {
    return this.#workers.size
  }

  /** The workers that are kept free no longer, by this event. */
  onEvent(event: LedgerEvent): ReadonlyArray<WorkerId> {
    if (event._tag === "WorkerHeld") {
      this.#workers.set(event.workerId, event.taskId)
      return nobody
    }
    if (this.#workers.size === 0) return nobody
    if (event._tag === "WorkerUnheld" || event._tag === "WorkerRemoved") {
      return this.#workers.delete(event.workerId) ? [event.workerId] : nobody
    }
    return event._tag === "TaskPlaced" || endsTask(event) ? this.#freeOf(event.taskId) : nobody
  }

  #freeOf(taskId: TaskId): ReadonlyArray<WorkerId> {
    const freed: Array<WorkerId> = []
    for (const [workerId, holder] of this.#workers) if (holder === taskId) freed.push(workerId)
    for (const workerId of freed) this.#workers.delete(workerId)
    return freed
  }
}
