/** What is true, and the only place that changes it. */
export { audit } from "./audit/audit.ts"
export {
  asksForSlotOnly,
  chooseDevices,
  fitsNow,
  hasRoomFor,
  isAtHand,
  isEmpty,
  namedDevices,
  takesWork,
  unmetEver,
  unmetNow
} from "./fit/fit.ts"
export { Ledger, type LedgerOptions, type Loss, type ToStop, type WorkerEnd } from "./ledger.ts"
export {
  type Answer,
  type CommandCase,
  type CommandRow,
  commands,
  type Ending,
  errorOf,
  lifecycle,
  refusedWith,
  type Standing,
  type TaskEventTag
} from "./lifecycle.ts"
export {
  byAge,
  type FairOptions,
  fair,
  guarded,
  longest,
  type Order,
  type OrderFault,
  type OrderMaker,
  type ShortestOptions,
  shortest,
  shortestDefaults
} from "./order/index.ts"
export { endsInTime, maySlipIn } from "./passage.ts"
export { afterPhaseEvent, phases, type WorkerStanding } from "./phases.ts"
export { LedgerReader } from "./reader.ts"
export type * from "./records.ts"
export { type Commit, describeRefusal, type Refusal } from "./refusal.ts"
export type { Legacy, RestoredTask } from "./restore.ts"
export { loadOf, type Occupancy, outranks, ShedOrder } from "./shedding.ts"
export { goesBefore } from "./waiting/waiting.ts"
