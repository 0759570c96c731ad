import type { Millis } from "../../../src/model/index.ts"
import type { WorkerTraits } from "../world/worker-traits.ts"
import type { WorldOptions } from "../world/world-options.ts"
import type { WorkerAccount } from "./account.ts"

/** What a simulated thread lives in. */
export interface ThreadWorld {
  readonly seed: string
  /** As it is at this moment: it may become calm while threads live. */
  readonly options: WorldOptions
  readonly handlers: ReadonlyArray<string>
  now(): Millis
  /** A run has begun on one of its threads. */
  started(): void
  /** Returns what calls it off. */
  after(ms: Millis, happen: () => void): () => void
  /** How long a run that is sent now takes to leave. */
  dispatch(): Millis
}

/** What a simulated thread is of its worker. */
export interface ThreadOf {
  readonly traits: WorkerTraits
  readonly account: WorkerAccount
  /** Whether the worker is dead: no thread of it comes up. */
  readonly isDead: () => boolean
}
