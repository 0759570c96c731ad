import type { ExitReason } from "./errors.ts"

/** What can be a supervisor's child: an actor, or another supervisor. */
export interface Supervised {
  /** Starts it, or starts it anew after a failure or an end. Answered by `started` or `startFailed`. */
  start(): void
  /** Ends it, however it stands. Answered by `stopped`. Without limit where `timeout` is absent. */
  stop(reason: ExitReason): void
}

/** Who decides about a child. Each call may come on any stack, also from within a call to the child. */
export interface Parent {
  started(child: Supervised): void
  startFailed(child: Supervised, cause: unknown): void
  /** The child failed; it keeps its mail and waits for `start` or `stop`. */
  failed(child: Supervised, cause: unknown): void
  stopped(child: Supervised, reason: ExitReason, overran: boolean): void
}
