import type { ExitReason } from "../errors.ts"

/** What can be a supervisor's child: an actor, or another supervisor. */
export interface Supervised {
  /** Starts it, or starts it anew after a failure, a halt or an end. Answered by `started` or `startFailed`. */
  start(): void
  /** Ends its instance, so that `start` can follow: ref, mail and watchers stay. Answered by `suspended`. */
  halt(): void
  /** Ends it for good, however it stands, also in the middle of a halt. Answered by `stopped`. */
  stop(reason: ExitReason): void
}

/** Who decides about a child. Each call may come on any stack, also from within a call to the child. */
export interface Parent {
  started(child: Supervised): void
  /** It could not start; it keeps its mail and waits for `start` or `stop`. */
  startFailed(child: Supervised, cause: unknown): void
  /** The child failed; it keeps its mail and waits for `start` or `stop`. */
  failed(child: Supervised, cause: unknown): void
  /** Whether a child that stops by itself is to be started anew, and so only suspended. */
  keeps(child: Supervised): boolean
  /** It was halted, or stopped by itself and is kept; it waits for `start` or `stop`. */
  suspended(child: Supervised, overran: boolean): void
  stopped(child: Supervised, reason: ExitReason, overran: boolean): void
}
