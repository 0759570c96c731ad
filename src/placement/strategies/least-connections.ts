import { leastLoaded } from "../load-index.ts"
import type { WeightedStrategy } from "../strategy.ts"

/**
 * Least connections: the worker with the fewest running tasks for its slots.
 *
 * Formula: the least reserved slots ÷ slots. Slots are owned by the ledger, from commit to release, so the count is
 * neither an estimate nor ever late. Source: the classic rule of proxies, made relative for unequal workers.
 * Ties: the one that joined first.
 * Cost: O(log n) with `view.byLoad`, otherwise O(n).
 * Not for workers whose speeds differ and whose slots do not say so: a slow worker looks as free as a fast one.
 */
export const leastConnections = (): WeightedStrategy => ({
  id: "least_connections",
  factors: [{ name: "free slots", weight: 1, kind: "slots" }],
  multiplied: false,
  seek: (_task, view, filter) =>
    view.byLoad === undefined ? leastLoaded(view.workers, filter) : view.byLoad.seek(filter)
})
