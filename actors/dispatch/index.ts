/** Who gives waiting tasks to workers: the queue's side of a placement. */
export { Dispatch, type DispatchOptions } from "./dispatch.ts"
export type { DispatchListener } from "./listener.ts"
export type { RequeueOptions } from "./parking.ts"
