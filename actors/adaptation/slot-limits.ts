import type { LedgerReader } from "../../src/ledger/index.ts"
import type { WorkerId } from "../../src/model/index.ts"
import type { CoordinatorRef } from "../coordinator.ts"
import type { BallastEvent, BallastEventTag } from "../events.ts"

/** Who may want a worker to take less than it has slots for. */
export type LimitParty = "slow start" | "concurrency" | "heat"

export interface SlotLimitsOptions {
  readonly ledger: LedgerReader
  readonly coordinator: () => CoordinatorRef | undefined
}

/**
 * How many slots of each worker each party wants to be taken at most; the least of these applies. What applies is the
 * ledger's to say: whoever says its wish again, though nothing has changed, mends what was lost on its way there.
 */
export class SlotLimits {
  /** The kinds of events it is about. */
  static readonly heeds: ReadonlyArray<BallastEventTag> = ["WorkerRemoved"]
  readonly #options: SlotLimitsOptions
  readonly #wishes = new Map<WorkerId, Map<LimitParty, number>>()

  constructor(options: SlotLimitsOptions) {
    this.#options = options
  }

  /** What the party wants; `undefined`: it does not mind. */
  wishOf(party: LimitParty, workerId: WorkerId): number | undefined {
    return this.#wishes.get(workerId)?.get(party)
  }

  /**
   * From now on the party wants so many slots of the worker to be taken at most; `undefined`: it does not mind any more. At
   * least one may be taken, and more than the worker has is no limit. Gives what applies then; `undefined`: no such worker.
   */
  wish(party: LimitParty, workerId: WorkerId, slots: number | undefined): number | undefined {
    const worker = this.#options.ledger.worker(workerId)
    if (worker === undefined) return undefined
    const wishes = this.#wishes.get(workerId) ?? new Map<LimitParty, number>()
    if (slots === undefined) wishes.delete(party)
    else wishes.set(party, slots)
    if (wishes.size > 0) this.#wishes.set(workerId, wishes)
    else this.#wishes.delete(workerId)
    const most = worker.spec.limits.slots
    const limit = Math.max(1, Math.min(most, ...[...wishes.values()].map(Math.floor)))
    if (limit !== worker.limit) this.#options.coordinator()?.tell("LimitWorker", { workerId, slots: limit })
    return limit
  }

  readonly onEvent = (event: BallastEvent): void => {
    if (event._tag === "WorkerRemoved") this.#wishes.delete(event.workerId)
  }
}
