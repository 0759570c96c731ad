/** Where work runs: worker threads behind a seam that a simulation can take, and what the machine offers. */
export type { DetectedCapacity } from "./capacity.ts"
export { detectCapacity } from "./capacity.ts"
export { fromErrorData } from "./error-data.ts"
export { ScorePool, type ScorePoolOptions } from "./score-pool.ts"
export type { ThreadDriverOptions } from "./thread-driver.ts"
export { threadDriver } from "./thread-driver.ts"
export { toErrorData } from "./worker/error-data.ts"
export { findUncloneable } from "./worker/uncloneable.ts"
export type {
  Heartbeat,
  RunCommand,
  WorkerConnection,
  WorkerDriver,
  WorkerExit,
  WorkerInfo,
  WorkerReport,
  WorkerSink
} from "./worker-driver.ts"
