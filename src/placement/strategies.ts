import { leastConnections } from "./strategies/least-connections.ts"
import { performanceBased } from "./strategies/performance-based.ts"
import { roundRobin } from "./strategies/round-robin.ts"
import { weightedCapacity } from "./strategies/weighted-capacity.ts"
import type { Strategy } from "./strategy.ts"

/** Every strategy by its id, as code, settings and measurements name it. Each call makes one with a memory of its own. */
export const strategies = {
  round_robin: roundRobin,
  least_connections: leastConnections,
  weighted_capacity: weightedCapacity,
  performance_based: performanceBased
} as const satisfies Readonly<Record<string, () => Strategy>>

export type StrategyId = keyof typeof strategies

export const isStrategyId = (id: string): id is StrategyId => Object.hasOwn(strategies, id)
