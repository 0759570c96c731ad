import type { WorkerLook } from "../look.ts"

/** What is seen of a world at one moment, be it the runtime's or a model's. Times in milliseconds. */
export interface Sight {
  /** Since the beginning. */
  readonly now: number
  /** In the order of the definition. `busyMs` and `workMs` as in `WorkerLook`; `backlogMs` is not known of a model. */
  readonly workers: ReadonlyArray<
    Pick<WorkerLook, "id" | "busyMs" | "workMs"> & { readonly backlogMs?: WorkerLook["backlogMs"] }
  >
}
