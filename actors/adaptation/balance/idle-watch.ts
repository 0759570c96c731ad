import type { LedgerReader, TaskRecord } from "../../../src/ledger/index.ts"
import { takesWork } from "../../../src/ledger/index.ts"
import type { Millis, TaskId, WorkerId } from "../../../src/model/index.ts"
import type { BallastEvent, BallastEventTag } from "../../events.ts"

/** A worker is named no more often than that, however often it has nothing to do. */
const pause: Millis = 1_000
/** For each worker of the pool so long no other is named: whoever looks looks at all of them. */
const pauseEach: Millis = 0.1

export interface IdleWatchOptions {
  readonly ledger: LedgerReader
  /** Whether tasks wait for certain workers. */
  readonly areHomesAwaited: () => boolean
  readonly onIdle: (workerId: WorkerId) => void
}

/**
 * Notices at once that a worker has run out of work while nothing waits in the queue, and others have what they could give:
 * running tasks that have saved their state, or tasks that wait for them. Costs next to nothing where there is neither.
 */
export class IdleWatch {
  /** The kinds of events it is about. */
  static readonly heeds: ReadonlyArray<BallastEventTag> = [
    "TaskCheckpointed",
    "TaskCompleted",
    "TaskFailed",
    "TaskDelayed",
    "TaskCancelled",
    "TaskExpired",
    "TaskQuarantined",
    "AssignmentReleased",
    "WorkerPhaseChanged",
    "WorkerRemoved"
  ]
  readonly #options: IdleWatchOptions
  /** Tasks that have saved their state and have not ended. */
  readonly #movable = new Set<TaskId>()
  readonly #namedAt = new Map<WorkerId, Millis>()
  #latest: Millis = Number.NEGATIVE_INFINITY

  constructor(options: IdleWatchOptions) {
    this.#options = options
  }

  readonly onEvent = (event: BallastEvent, task?: TaskRecord): void => {
    switch (event._tag) {
      case "TaskCheckpointed":
        this.#movable.add(event.taskId)
        return
      case "WorkerPhaseChanged":
      case "AssignmentReleased":
        return this.#look(event.workerId, event.at)
      case "WorkerRemoved":
        this.#namedAt.delete(event.workerId)
        return
      case "TaskCompleted":
      case "TaskFailed":
      case "TaskCancelled":
      case "TaskExpired":
      case "TaskQuarantined":
        if (this.#movable.size > 0) this.#movable.delete(event.taskId)
        if (task?.left !== undefined) this.#look(task.left.workerId, event.at)
        return
      case "TaskDelayed":
        if (task?.left !== undefined) this.#look(task.left.workerId, event.at)
    }
  }

  #look(workerId: WorkerId, now: Millis): void {
    const { ledger, areHomesAwaited, onIdle } = this.#options
    if (this.#movable.size === 0 && !areHomesAwaited()) return
    const worker = ledger.worker(workerId)
    if (worker === undefined || worker.slots > 0 || !takesWork(worker.phase)) return
    // What waits for nobody in particular will be its own in a moment.
    if (ledger.first !== undefined) return
    const namedAt = this.#namedAt.get(workerId)
    if (namedAt !== undefined && now - namedAt < pause) return
    if (now - this.#latest < pauseEach * ledger.workers.size) return
    this.#namedAt.set(workerId, now)
    this.#latest = now
    onIdle(workerId)
  }
}
