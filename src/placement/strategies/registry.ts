import { hash32, mix32 } from "../../hashing/index.ts"
import type { Strategy } from "../strategy.ts"
import { fairShare } from "./by-load/fair-share.ts"
import { leastConnections } from "./by-load/least-connections.ts"
import { resourceBased } from "./by-load/resource-based.ts"
import { weightedCapacity } from "./by-load/weighted-capacity.ts"
import { hotCold } from "./by-lot/hot-cold.ts"
import { p2c } from "./by-lot/p2c.ts"
import { random } from "./by-lot/random.ts"
import { energyAware } from "./by-speed/energy-aware.ts"
import { hardwareSpecific } from "./by-speed/hardware-specific.ts"
import { leastResponseTime } from "./by-speed/least-response-time.ts"
import { peakEwma } from "./by-speed/peak-ewma.ts"
import { performanceBased } from "./by-speed/performance-based.ts"
import { predictive } from "./by-speed/predictive.ts"
import { priorityBased } from "./by-speed/priority-based.ts"
import { adaptive } from "./choosing/adaptive.ts"
import { type CompositeOptions, composite } from "./choosing/composite.ts"
import { type DynamicCandidate, dynamic, type StrategyChange } from "./choosing/dynamic.ts"
import { learned } from "./choosing/learned.ts"
import { affinityBased } from "./homes/affinity-based.ts"
import { sticky } from "./homes/sticky.ts"
import { roundRobin } from "./in-turn/round-robin.ts"
import { weightedRoundRobin } from "./in-turn/weighted-round-robin.ts"
import { boundedHash } from "./keyed/bounded-hash.ts"
import { consistentHash } from "./keyed/consistent-hash.ts"
import { rendezvous } from "./keyed/rendezvous.ts"
import { bestFit } from "./packing/best-fit.ts"
import { fragmentationAware } from "./packing/fragmentation-aware.ts"

/** What a strategy is made with beside its options. */
export interface StrategyContext {
  /** What it does by chance follows from this. */
  readonly seed: number
  /** Told by those that choose among others each time they choose anew. Must not throw. */
  readonly onChange?: (change: StrategyChange) => void
}

const nowhere: StrategyContext = { seed: 0 }

/** Every strategy by its id, as code, settings and measurements name it. Each call makes one with a memory of its own. */
export const strategies = {
  round_robin: () => roundRobin(),
  weighted_round_robin: () => weightedRoundRobin(),
  random: ({ seed } = nowhere) => random({ seed }),
  least_connections: () => leastConnections(),
  least_response_time: () => leastResponseTime(),
  priority_based: () => priorityBased(),
  weighted_capacity: () => weightedCapacity(),
  resource_based: () => resourceBased(),
  performance_based: () => performanceBased(),
  hardware_specific: () => hardwareSpecific(),
  predictive: () => predictive(),
  energy_aware: () => energyAware(),
  p2c: ({ seed } = nowhere) => p2c({ seed }),
  peak_ewma: () => peakEwma(),
  hot_cold: ({ seed } = nowhere) => hotCold({ seed }),
  consistent_hash: () => consistentHash(),
  bounded_hash: () => boundedHash(),
  rendezvous: () => rendezvous(),
  fair_share: () => fairShare(),
  sticky: () => sticky(),
  affinity_based: () => affinityBased(),
  best_fit: () => bestFit(),
  fragmentation_aware: () => fragmentationAware(),
  adaptive: () => adaptive(),
  composite: () => composite({ algorithms: usualParts() }),
  dynamic: (context = nowhere) => dynamic({ candidates: usualCandidates(context), ...heard(context) }),
  learned: (context = nowhere) => learned({ strategies: usualArms(), seed: context.seed, ...heard(context) })
} as const satisfies Readonly<Record<string, (context?: StrategyContext) => Strategy>>

export type StrategyId = keyof typeof strategies

/** The strategy of an id, with its usual options. */
export const strategyNamed = (id: StrategyId, context: StrategyContext): Strategy => {
  const make: (context: StrategyContext) => Strategy = strategies[id]
  return make(context)
}

export const isStrategyId = (id: string): id is StrategyId => Object.hasOwn(strategies, id)

const heard = ({ onChange }: StrategyContext) => (onChange === undefined ? {} : { onChange })

/** The same context for a strategy within another: its chance is another. */
export const contextWithin = (context: StrategyContext, path: string): StrategyContext => ({
  ...context,
  seed: mix32(context.seed, hash32(path))
})

/** Of a composite without `algorithms`: the weights of S3's example. */
const usualParts = (): CompositeOptions["algorithms"] => [
  { strategy: performanceBased(), weight: 0.6 },
  { strategy: priorityBased(), weight: 0.3 },
  { strategy: affinityBased(), weight: 0.1 }
]

/** Workers beyond which one that looks at all of them is left out of a dynamic choice. */
const manyWorkers = 2_000

/** What a dynamic choice is made from where nothing is named. */
export const usualCandidates = (context: StrategyContext): Readonly<Record<string, DynamicCandidate>> => ({
  least_connections: { make: () => leastConnections() },
  round_robin: { make: () => roundRobin() },
  weighted_capacity: { make: () => weightedCapacity(), upTo: manyWorkers },
  performance_based: { make: () => performanceBased(), upTo: manyWorkers },
  predictive: { make: () => predictive() },
  p2c: { make: () => p2c({ seed: contextWithin(context, "p2c").seed }) }
})

/** What is learned about where nothing is named. */
export const usualArms = (): ReadonlyArray<Strategy> => [
  leastConnections(),
  predictive(),
  performanceBased(),
  peakEwma()
]
