import type { RunCommand, WorkerReport } from "../../../src/execution/index.ts"
import type { Millis, WorkerId } from "../../../src/model/index.ts"
import type { WorkerTraits } from "../world/worker-traits.ts"
import type { WorldOptions } from "../world/world-options.ts"
import type { WorkerAccount } from "./account.ts"

/** What a simulated thread lives in. */
export interface ThreadWorld {
  readonly seed: string
  /** As it is at this moment: it may become calm while threads live. */
  readonly options: WorldOptions
  readonly handlers: ReadonlyArray<string>
  /** How long a thread may take to load its handlers. */
  readonly bootTimeout: Millis
  now(): Millis
  /** A run has begun on a thread of this worker. */
  started(workerId: WorkerId, command: RunCommand): void
  /** A report has left a thread of this worker. */
  said(workerId: WorkerId, report: WorkerReport): void
  /** Returns what calls it off. */
  after(ms: Millis, happen: () => void): () => void
  /** How long a run that is sent now takes to leave. */
  dispatch(): Millis
  /** A run that was sent is taken back before it has left: those sent from now on need not wait for it. */
  recalled(): void
}

/** What a simulated thread is of its worker. */
export interface ThreadOf {
  readonly traits: WorkerTraits
  readonly account: WorkerAccount
  /** Whether the worker is dead: no thread of it comes up. */
  readonly isDead: () => boolean
}
