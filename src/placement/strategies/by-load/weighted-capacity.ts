import type { WeightedStrategy } from "../../strategy.ts"
import { meanOf } from "../../weighing/columns.ts"

/** Out of 1, but for the last. */
export interface WeightedCapacityWeights {
  /** What the worker can still do: free slots × declared weight, against the most any worker could. */
  readonly capacity: number
  /** The free share of whatever is scarcest on it. */
  readonly load: number
  readonly health: number
  /** How fast its successful runs are, over all types, against the fastest worker. */
  readonly responseTime: number
  /**
   * How little load is forecast for it, as a share of the whole score, 0–1: the others keep what is left. For runtimes that
   * forecast; where nothing is forecast for anybody it is the same for all, and only fills the scores up.
   */
  readonly predictedLoad: number
}

/** Room counts for more than half, so that a worker which is merely good does not draw everything. */
export const weightedCapacityWeights: WeightedCapacityWeights = {
  capacity: 0.3,
  load: 0.3,
  health: 0.2,
  responseTime: 0.2,
  predictedLoad: 0
}

/**
 * Weighted capacity: big, free, sound and fast workers first, and, where that is asked for, those that are going to be free.
 *
 * Formula: Σ weight · factor, each factor 0–100 (see the weights), for critical and high tasks × the worker's
 * priority multiplier. Response time: 100 · shortest mean ÷ own mean. Predicted load: 100 · (1 − forecast). A worker of which
 * nothing is known counts halfway between the best and the worst known.
 * Source: weighted capacity of S1 (capacity, load, health, response time; predictions at 0.2, `predictedLoadWeight`),
 * normalised as the scores of a cluster scheduler. Ties: the one that joined first. Cost: O(n) on plain columns; figures of
 * workers that have not changed are kept.
 * Not for tasks whose speed differs by kind of worker: it averages over all types. Use performance_based there.
 */
export const weightedCapacity = (weights: Partial<WeightedCapacityWeights> = {}): WeightedStrategy => {
  const { capacity, load, health, responseTime, predictedLoad } = { ...weightedCapacityWeights, ...weights }
  const ahead = Math.min(1, Math.max(0, predictedLoad))
  const now = 1 - ahead
  return {
    id: "weighted_capacity",
    factors: [
      {
        name: "capacity",
        weight: now * capacity,
        kind: "capacity",
        // As declared: how fast it has shown itself to be is the response time's part, and would count twice.
        of: (_task, { spec }) => spec.weight
      },
      { name: "load", weight: now * load, kind: "headroom" },
      {
        name: "health",
        weight: now * health,
        kind: "column",
        scale: "points",
        of: (_task, { spec }, view) => 100 * view.health.of(spec.id)
      },
      {
        name: "response time",
        weight: now * responseTime,
        kind: "column",
        scale: "less",
        of: (_task, { spec }, view) => meanOf(view.performance.worker(spec.id))
      },
      {
        name: "predicted load",
        weight: ahead * (capacity + load + health + responseTime),
        kind: "column",
        scale: "points",
        of: (_task, { spec }, view) => 100 * (1 - (view.forecast?.of(spec.id) ?? Number.NaN))
      }
    ]
  }
}
