/** Ballast, embedded: one import, a promise API. The same as services and layers: `ballast/effect`. */
export type {
  BallastOptions,
  DurationInput,
  RequirementsInput,
  SubmitOptions,
  WorkerDefinition
} from "../src/config/index.ts"
export {
  Cancelled,
  type Crash,
  DataDirectoryLocked,
  DeadlineExceeded,
  HandlersNotLoaded,
  InvalidOptions,
  InvalidPayload,
  type Problem,
  Quarantined,
  QueueFull,
  Shed,
  ShuttingDown,
  type TaskError,
  TaskFailed,
  TaskTimeout,
  UnknownHandler,
  Unschedulable,
  WorkerLost,
  WorkerOutOfMemory
} from "../src/model/index.ts"
export { JournalTooNew } from "../src/storage/journal/index.ts"
export { ActorsFace } from "./actors-face.ts"
export { Ballast, type MapOptions, type ShutdownOptions, type Workers } from "./ballast.ts"
export type { BallastEvent, BallastEventOf, BallastEventTag } from "./events.ts"
export type { HandlerName, HandlersModule, PayloadOf, ResultOf } from "./handlers.ts"
export type { MapInput } from "./map-in-order.ts"
export type { Recovery } from "./start.ts"
export type { Statistics, WorkerStatistics } from "./statistics.ts"
export type { TaskHandle } from "./task-handle.ts"
export type { TaskProgress } from "./task-progress.ts"
