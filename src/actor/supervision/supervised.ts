import type { ExitReason } from "../errors.ts"
import type { Backoff } from "./backoff.ts"
import type { Directive, RestartType } from "./policy.ts"
import type { ShutdownReport } from "./shutdown-report.ts"

/** What a child's parent goes by when it fails. */
export interface ChildOptions {
  /** Default permanent for a supervisor's child, transient for an actor that was spawned. */
  readonly restart?: RestartType
  readonly backoff?: Backoff
  /** Another backoff after this failure; `undefined`: the usual one. */
  readonly backoffFor?: (cause: unknown) => Backoff | undefined
  /** Whether a restart after this failure counts toward the intensity. Default: each does. */
  readonly counts?: (cause: unknown) => boolean
  /** What becomes of the child after this failure. Default restart, also where it throws (which is logged). */
  readonly onFailure?: (cause: unknown) => Directive
  /** Restarts allowed within `window` milliseconds, of a spawned actor, which has an account of its own. */
  readonly maxRestarts?: number
  readonly window?: number
}

/** What can be a supervisor's child: an actor, or another supervisor. */
export interface Supervised {
  readonly path: string
  readonly options: ChildOptions
  /** Of a supervisor: what its latest shutdown came to. */
  readonly report?: ShutdownReport
  /** Starts it, or starts it anew after a failure, a halt or an end. Answered by `started` or `startFailed`. */
  start(): void
  /** After a failure: goes on with the state it has. Absent where that is impossible; it is restarted then. */
  resume?(): void
  /** Ends its instance, so that `start` can follow: ref, mail and watchers stay. Answered by `suspended`. */
  halt(): void
  /** Ends it for good, however it stands, also in the middle of a halt. Answered by `stopped`. */
  stop(reason: ExitReason): void
}

/** The cause of a restart after an end in order. */
export const byItself = "it stopped by itself"

/** Who decides about a child. Each call may come on any stack, also from within a call to the child. */
export interface Parent {
  started(child: Supervised): void
  /** It could not start; it keeps its mail and waits for `start` or `stop`. */
  startFailed(child: Supervised, cause: unknown): void
  /** The child failed; it keeps its mail and waits for `start`, `resume` or `stop`. */
  failed(child: Supervised, cause: unknown): void
  /** Whether a child that stops by itself, or was asked to by a stranger (`Shutdown`), is to be started anew. */
  keeps(child: Supervised, reason?: ExitReason): boolean
  /** It was halted, or stopped by itself and is kept; it waits for `start` or `stop`. */
  suspended(child: Supervised, overran: boolean): void
  stopped(child: Supervised, reason: ExitReason, overran: boolean): void
}
