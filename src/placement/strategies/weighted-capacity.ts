import { meanOf, shorterIsBetter } from "../columns.ts"
import type { WeightedStrategy } from "../strategy.ts"

/** Out of 1. */
export interface WeightedCapacityWeights {
  /** What the worker can still do: free slots × declared weight, against the most any worker could. */
  readonly capacity: number
  /** The free share of whatever is scarcest on it. */
  readonly load: number
  readonly health: number
  /** How fast its successful runs are, over all types, against the fastest worker. */
  readonly responseTime: number
}

/** Room counts for more than half, so that a worker which is merely good does not draw everything. */
export const weightedCapacityWeights: WeightedCapacityWeights = {
  capacity: 0.3,
  load: 0.3,
  health: 0.2,
  responseTime: 0.2
}

/**
 * Weighted capacity: big, free, sound and fast workers first.
 *
 * Formula: Σ weight · factor, each factor 0–100 (see the weights), for critical and high tasks × the worker's
 * priority multiplier. Response time: 100 · shortest mean ÷ own mean; a worker of which nothing is known counts
 * halfway between the best and the worst known.
 * Source: the weighted-capacity strategies of service balancers; normalised as the scores of a cluster scheduler.
 * Ties: the one that joined first. Cost: O(n); in batches O(n) a task on plain columns.
 * Not for tasks whose speed differs by kind of worker: it averages over all types. Use performance_based there.
 */
export const weightedCapacity = (weights: Partial<WeightedCapacityWeights> = {}): WeightedStrategy => {
  const { capacity, load, health, responseTime } = { ...weightedCapacityWeights, ...weights }
  return {
    id: "weighted_capacity",
    factors: [
      {
        name: "capacity",
        weight: capacity,
        kind: "capacity",
        fill: (_task, { workers }, column) => {
          workers.forEach(({ spec }, index) => {
            column[index] = spec.weight
          })
        }
      },
      { name: "load", weight: load, kind: "headroom" },
      {
        name: "health",
        weight: health,
        kind: "column",
        fill: (_task, view, column) => {
          view.workers.forEach(({ spec }, index) => {
            column[index] = 100 * view.health.of(spec.id)
          })
        }
      },
      {
        name: "response time",
        weight: responseTime,
        kind: "column",
        fill: (_task, view, column) => {
          view.workers.forEach(({ spec }, index) => {
            column[index] = meanOf(view.performance.worker(spec.id))
          })
          shorterIsBetter(column)
        }
      }
    ]
  }
}
