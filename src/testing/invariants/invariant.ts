import type { Ledger } from "../../ledger/index.ts"
import type { LedgerEvent, Millis, TaskId } from "../../model/index.ts"
import type { LedgerHistory } from "../history.ts"

/**
 * D1–D8 of what the ledger promises; `bound`: none is passed by what comes too late to pass it (A2); `audit`: its
 * indexes agree with its tasks; `replay`: its events lead to it; `model`: it does what a naive one does.
 */
export const invariantIds = [
  "D1",
  "D2",
  "D3",
  "D4",
  "D5",
  "D6",
  "D7",
  "D8",
  "bound",
  "audit",
  "replay",
  "model"
] as const

export type InvariantId = (typeof invariantIds)[number]

/** What an invariant is checked against. */
export interface Known {
  readonly history: LedgerHistory
  /** How long a waiting task takes to rise by one priority. */
  readonly ageing: Millis
  /** Whether the waiting task lets others go first, since it waits for a worker of its own choice. Left out: none does. */
  readonly isAside?: ((taskId: TaskId) => boolean) | undefined
}

/** One line of what always holds. Each function yields what is broken, in words; all are optional. */
export interface Invariant {
  readonly id: InvariantId
  /** What it promises, in one sentence. */
  readonly promise: string
  /** At each event, before the history has seen it. */
  readonly onEvent?: (event: LedgerEvent, known: Known) => Iterable<string>
  /** At each event, once the history has seen it: also between two events of one call. */
  readonly afterEvent?: (event: LedgerEvent, known: Known) => Iterable<string>
  /** Between two calls: where the ledger is not what its events say. */
  readonly atRest?: (ledger: Ledger, known: Known) => Iterable<string>
  /** When everything has ended and nothing runs any more. */
  readonly atEnd?: (ledger: Ledger, known: Known) => Iterable<string>
}
