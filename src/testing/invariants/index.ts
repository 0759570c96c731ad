import { capacity } from "./capacity.ts"
import { endings } from "./endings.ts"
import { epochs } from "./epochs.ts"
import { indexes } from "./indexes.ts"
import type { Invariant } from "./invariant.ts"
import { keys } from "./keys.ts"
import { migrations } from "./migrations.ts"
import { order } from "./order.ts"
import { overtaking } from "./overtaking.ts"
import { releases } from "./releases.ts"
import { requirements } from "./requirements.ts"

export { type Invariant, type InvariantId, invariantIds, type Known } from "./invariant.ts"

/** D1–D8 in their order, the bound on waiting (A2), and the ledger's audit of itself. */
export const ledgerInvariants: ReadonlyArray<Invariant> = [
  capacity,
  keys,
  epochs,
  endings,
  releases,
  migrations,
  requirements,
  order,
  overtaking,
  indexes
]
