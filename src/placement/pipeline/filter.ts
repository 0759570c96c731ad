import { fitsNow, unmetNow, type WorkerRecord } from "../../ledger/index.ts"
import type { TaskSpec, Unmet, WorkerId } from "../../model/index.ts"

/** The first link of a placement: who may be chosen at all. Lives for one decision and notes whom it passed over. */
export class Filter {
  #task: TaskSpec
  /** Workers asked about that do not fit. */
  readonly passedOver: Array<WorkerRecord> = []
  /** Workers that are out for this task: the ledger has refused them, or patience has declined them. */
  readonly refused: ReadonlySet<WorkerId> | undefined

  constructor(task: TaskSpec, refused?: ReadonlySet<WorkerId>) {
    this.#task = task
    this.refused = refused
  }

  get task(): TaskSpec {
    return this.#task
  }

  /** The filter as new, for the next decision. */
  renew(task: TaskSpec): this {
    this.#task = task
    this.passedOver.length = 0
    return this
  }

  /** Whether the worker can take the task now, as far as placement can see. */
  fits(worker: WorkerRecord): boolean {
    if (this.wasRefused(worker.spec.id)) return false
    if (fitsNow(this.task.requirements, worker)) return true
    this.passedOver.push(worker)
    return false
  }

  wasRefused(workerId: WorkerId): boolean {
    return this.refused?.has(workerId) === true
  }
}

/** What keeps the worker from taking the task now; no reasons where nothing does. */
export const unmetBy = (task: TaskSpec, worker: WorkerRecord): Unmet => ({
  workerId: worker.spec.id,
  reasons: unmetNow(task.requirements, worker)
})
