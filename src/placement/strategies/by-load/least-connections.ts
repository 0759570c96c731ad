import type { RankStrategy } from "../../strategy.ts"

export interface LeastConnectionsOptions {
  /** Which of equals: the next in turn after the one chosen last, or the one that joined first. Default `turn`. */
  readonly ties?: "first" | "turn"
}

/**
 * Least connections: the worker with the fewest running tasks for its slots.
 *
 * Formula: 100 · free slots ÷ slots, the highest. Slots are owned by the ledger, from commit to release, so the count is
 * neither an estimate nor ever late. Source: the classic rule of proxies, made relative for unequal workers.
 * Ties: the next in turn, so that in a pool with little to do all workers get their share; runs of less than half a
 * millisecond stay with a worker that is awake.
 * Cost: O(changed · log n) with `view.pool`, otherwise O(n).
 * Not for workers whose speeds differ and whose slots do not say so: a slow worker looks as free as a fast one.
 */
export const leastConnections = ({ ties = "turn" }: LeastConnectionsOptions = {}): RankStrategy => ({
  id: "least_connections",
  ties,
  multiplied: false,
  rank: (_task, { slots, limit }) => (100 * (limit - slots)) / limit
})
