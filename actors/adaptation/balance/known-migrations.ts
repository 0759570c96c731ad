import type { KnownMigration } from "../../../src/adaptation/index.ts"
import type { LedgerReader } from "../../../src/ledger/index.ts"

/** The migrations that are under way, as balancing sees them. */
export const knownMigrations = (ledger: LedgerReader): ReadonlyArray<KnownMigration> =>
  [...ledger.migrations.values()].map(({ taskId, source, reservation, offeredAt }) => ({
    taskId,
    type: ledger.task(taskId)?.spec.type ?? "",
    source,
    target: reservation.workerId,
    offeredAt
  }))
