/** Where work runs: worker threads and processes behind a seam a simulation can take, and what the machine offers. */

export { BlockingScorePool, ScorePoolClosed } from "./blocking-score-pool.ts"
export type { DetectedCapacity } from "./capacity.ts"
export { detectCapacity } from "./capacity.ts"
export { fromErrorData } from "./error-data.ts"
export { FitPool, type FitPoolOptions } from "./fit-pool.ts"
export { liveDriver } from "./live-driver.ts"
export { type Guilty, guiltyOf, type Total, type WeighedWorker } from "./memory-verdict.ts"
export { MemoryWatchdog, type MemoryWatchdogOptions } from "./memory-watchdog.ts"
export {
  type Accelerator,
  acceleratorsOf,
  changesBetween,
  joulesBetween,
  knownSoftware,
  type Machine,
  type MachineReport,
  ownShare,
  type ProbeOptions,
  probeMachine,
  type Reading
} from "./probes/index.ts"
export { type ProcessDriverOptions, processDriver } from "./process/process-driver.ts"
export { ScorePool, type ScorePoolOptions } from "./score-pool.ts"
export type { ThreadDriverOptions } from "./thread-driver.ts"
export { threadDriver } from "./thread-driver.ts"
export type { BenchmarkPart, BenchmarkRates } from "./worker/benchmark.ts"
export { type BenchmarkResult, benchmarkReference, relativeSpeed } from "./worker/benchmark-speed.ts"
export { toErrorData } from "./worker/error-data.ts"
export type { GivenDevice } from "./worker/protocol.ts"
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
