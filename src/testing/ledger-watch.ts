import type { Ledger } from "../ledger/index.ts"
import type { LedgerEvent, Millis, TaskId } from "../model/index.ts"
import { LedgerHistory } from "./history.ts"
import { type Invariant, type InvariantId, type Known, ledgerInvariants } from "./invariants/index.ts"

/** An invariant that did not hold. */
export interface Violation {
  readonly id: InvariantId
  readonly what: string
  /** The `seq` of the event at or after which it was found. */
  readonly seq: number
}

export interface WatchOptions {
  /** The invariants to check. Default: all of `ledgerInvariants`. */
  readonly invariants?: ReadonlyArray<Invariant>
  /** The ledger's own `ageing`. Default 30 s. */
  readonly ageing?: Millis
  /** Whether the waiting task has stepped aside, as `Ledger.isAside` says at the time of each event. Left out: none has. */
  readonly isAside?: (taskId: TaskId) => boolean
}

/**
 * Checks the invariants on a ledger while it lives, or on a journal afterwards.
 *
 * Give `see` each event in order (it serves as the ledger's `onEvent`), call `rest` between two calls of the ledger,
 * `spoke` when a call that named an epoch was accepted, and `end` when all work is done. For a journal `see` suffices.
 */
export class LedgerWatch {
  readonly history = new LedgerHistory()
  readonly violations: Array<Violation> = []
  readonly #invariants: ReadonlyArray<Invariant>
  readonly #ageing: Millis
  readonly #isAside: ((taskId: TaskId) => boolean) | undefined

  constructor({ invariants = ledgerInvariants, ageing = 30_000, isAside }: WatchOptions = {}) {
    this.#invariants = invariants
    this.#isAside = isAside
    this.#ageing = ageing
  }

  readonly see = (event: LedgerEvent): void => {
    for (const { id, onEvent } of this.#invariants) if (onEvent) this.#note(id, onEvent(event, this.#known))
    this.history.see(event)
    for (const { id, afterEvent } of this.#invariants) if (afterEvent) this.#note(id, afterEvent(event, this.#known))
  }

  /** D3: the ledger has accepted what an assignment said; `live` is the epoch that was the task's before. */
  spoke(taskId: TaskId, epoch: number, live: number | undefined): void {
    if (epoch === live || !this.#invariants.some(({ id }) => id === "D3")) return
    this.#note("D3", [`epoch ${epoch} of ${taskId} was heard, live is ${live ?? "none"}`])
  }

  rest(ledger: Ledger): void {
    for (const { id, atRest } of this.#invariants) if (atRest) this.#note(id, atRest(ledger, this.#known))
  }

  end(ledger: Ledger): void {
    this.rest(ledger)
    for (const { id, atEnd } of this.#invariants) if (atEnd) this.#note(id, atEnd(ledger, this.#known))
  }

  get #known(): Known {
    return { history: this.history, ageing: this.#ageing, isAside: this.#isAside }
  }

  #note(id: InvariantId, broken: Iterable<string>): void {
    for (const what of broken) this.violations.push({ id, what, seq: this.history.lastSeq })
  }
}
