import type { ResourceVector } from "./resources.ts"
import type { Millis } from "./units.ts"

/** What may begin on a worker that is kept free for a task, because it will not keep that task waiting. */
export interface Passage {
  /** When the task is expected to begin there: what will have ended by then may run. */
  readonly until: Millis
  /**
   * What the worker has left once the task has begun: what takes no more than that may run for as long as it likes. Of
   * devices nothing is spared.
   */
  readonly spare: { readonly slots: number; readonly resources: ResourceVector }
  /** Milliseconds that a run takes there for each that is declared. */
  readonly pace: number
}
