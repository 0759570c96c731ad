import { type FairOptions, fair } from "../../../ledger/index.ts"
import type { RankStrategy } from "../../strategy.ts"
import { type LeastConnectionsOptions, leastConnections } from "./least-connections.ts"

export interface FairShareOptions extends FairOptions, LeastConnectionsOptions {}

/**
 * Fair share: shares the pool out between tenants, whatever each of them has waiting.
 *
 * The order in which tasks leave the queue is `fair` (weighted fair queueing by `task.tenant`, within each priority);
 * which worker takes each is decided by least connections. Formulas and source: see `fair` and `leastConnections`.
 * Ties: as those two. Cost: O(1) for the order, beside that of least connections.
 * Not for a pool with one tenant: it is least connections then, and first come, first served.
 */
export const fairShare = ({ weights, ...options }: FairShareOptions = {}): RankStrategy => ({
  ...leastConnections(options),
  id: "fair_share",
  order: fair(weights === undefined ? {} : { weights })
})
