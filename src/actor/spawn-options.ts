import type { MailboxOptions } from "./mailbox/mailbox-options.ts"
import type { Protocol } from "./protocol.ts"
import type { Backoff, Directive, RestartType } from "./supervision/supervision.ts"
import type { AnyKey, KeyFor } from "./system/registry.ts"

/** How actors are spawned, whatever their protocols. Times in milliseconds. */
export interface AnySpawnOptions {
  /** Unique among its siblings; generated where absent. */
  readonly name?: string
  /** Registered under this key, from its start until it has fully stopped. It does not start where that is taken. */
  readonly as?: AnyKey
  readonly mailbox?: MailboxOptions
  /** Messages the stash holds at most. Default 1,024. */
  readonly stash?: number
  /** Default transient: restarted after a failure, not after it stopped by itself. */
  readonly restart?: RestartType
  /** Default 3 in 5,000 ms. */
  readonly maxRestarts?: number
  readonly window?: number
  readonly backoff?: Backoff
  /** Another backoff after this failure; `undefined`: the usual one. */
  readonly backoffFor?: (cause: unknown) => Backoff | undefined
  /** Whether a restart after this failure counts toward the intensity. Default: each does. */
  readonly counts?: (cause: unknown) => boolean
  /** What becomes of the actor after this failure. Default restart. `escalate`: its parent fails with its cause. */
  readonly onFailure?: (cause: unknown) => Directive
  /** How long it may take to stop before its work is interrupted. Default 5,000. */
  readonly shutdownTimeout?: number
}

/** How an actor of that protocol is spawned; of any, where none is named. */
export interface SpawnOptions<P extends Protocol = Record<never, never>> extends AnySpawnOptions {
  readonly as?: KeyFor<P>
}
