import type { MailboxOptions } from "./mailbox/mailbox-options.ts"
import type { Backoff, RestartType } from "./supervision/supervision.ts"

/** How an actor is spawned. Times in milliseconds. */
export interface SpawnOptions {
  /** Unique among its siblings; generated where absent. */
  readonly name?: string
  readonly mailbox?: MailboxOptions
  /** Messages the stash holds at most. Default 1,024. */
  readonly stash?: number
  /** Default transient: restarted after a failure, not after it stopped by itself. */
  readonly restart?: RestartType
  /** Default 3 in 5,000 ms. */
  readonly maxRestarts?: number
  readonly window?: number
  readonly backoff?: Backoff
  /** How long it may take to stop before its work is interrupted. Default 5,000. */
  readonly shutdownTimeout?: number
}
