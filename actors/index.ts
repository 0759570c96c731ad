/** Ballast, embedded: one import, a promise API. The same as services and layers: `ballast/effect`. */
export type { LearnedState, LostPart } from "../src/adaptation/index.ts"
export type {
  BallastOptions,
  DurationInput,
  RemoteDefinition,
  RequirementsInput,
  SubmitOptions,
  WorkerDefinition,
  WorkerMetrics
} from "../src/config/index.ts"
export { presets } from "../src/config/index.ts"
export type { Accelerator, MachineReport, Reading } from "../src/execution/index.ts"
export {
  Cancelled,
  type Crash,
  DataDirectoryLocked,
  DeadlineExceeded,
  HandlersNotLoaded,
  InvalidOptions,
  InvalidPayload,
  NotRegistered,
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
  WorkerOutOfMemory,
  WouldBeLate
} from "../src/model/index.ts"
export { JournalTooNew } from "../src/storage/journal/index.ts"
export { ActorsFace } from "./actors-face.ts"
export type { FlowForecast, ForecastReport, SeriesForecast } from "./adaptation/index.ts"
export { Ballast, type MapOptions, type ShutdownOptions, type Workers } from "./ballast.ts"
export type { BallastEvent, BallastEventOf, BallastEventTag } from "./events.ts"
export type { HandlerName, HandlersModule, PayloadOf, ResultOf } from "./handlers.ts"
export type { Learned } from "./learned.ts"
export type { ItemOf, MapBatchesOptions } from "./map-in-batches.ts"
export type { MapInput } from "./map-in-order.ts"
export type { Receipt, Remote, RemoteAssignment, RemoteLoad, StatusUpdate } from "./remote.ts"
export type { SelectedRun, Selection, SelectOptions } from "./selections.ts"
export type { Recovery } from "./start.ts"
export type { Statistics, WorkerStatistics } from "./statistics.ts"
export type { TaskHandle } from "./task-handle.ts"
export type { TaskProgress } from "./task-progress.ts"
