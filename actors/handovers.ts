import type { Ledger } from "../src/ledger/index.ts"
import type { Millis } from "../src/model/index.ts"

/**
 * Moves that have been offered and whose tasks have not let go. A task lets go at its next checkpoint, and there may be
 * none: after a time the move is called off and the room at its target is free again. It is the coordinator's own to see
 * to, so that it happens whoever asked for the move, and whatever befell him since.
 */
export class Handovers {
  readonly #ledger: Ledger
  readonly #timeout: Millis

  constructor(ledger: Ledger, timeout: Millis) {
    this.#ledger = ledger
    this.#timeout = timeout
  }

  /** When the first of them has taken too long; infinite where there is none. */
  get due(): Millis {
    // The oldest is the first to be due: all have the same time.
    for (const { offeredAt } of this.#ledger.migrations.values()) return offeredAt + this.#timeout
    return Number.POSITIVE_INFINITY
  }

  callOff(now: Millis): void {
    for (const { id, offeredAt, phase } of [...this.#ledger.migrations.values()]) {
      if (offeredAt + this.#timeout > now) return
      if (phase === "offered") this.#ledger.abortMigration(id, "its task has not let go in time", now)
    }
  }
}
