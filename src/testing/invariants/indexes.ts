import { audit } from "../../ledger/index.ts"
import type { Invariant } from "./invariant.ts"

/** The ledger's own audit: every index recomputed from its tasks and reservations. */
export const indexes = {
  id: "audit",
  promise: "every index of the ledger is what its tasks and reservations make it",
  atRest: (ledger) => audit(ledger),
  atEnd: (ledger) => audit(ledger)
} satisfies Invariant
