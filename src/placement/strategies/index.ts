/** The strategies, each in a file of its own: how it is made, its options and their defaults. */

export { type FairShareOptions, fairShare } from "./by-load/fair-share.ts"
export { type LeastConnectionsOptions, leastConnections } from "./by-load/least-connections.ts"
export {
  type ResourceBasedOptions,
  type ResourceWeights,
  resourceBased,
  resourceBasedDefaults
} from "./by-load/resource-based.ts"
export { type WeightedCapacityWeights, weightedCapacity, weightedCapacityWeights } from "./by-load/weighted-capacity.ts"
export { type HotColdOptions, hotCold, hotColdDefaults } from "./by-lot/hot-cold.ts"
export { type P2c, type P2cOptions, type P2cPicks, p2c, p2cDefaults } from "./by-lot/p2c.ts"
export { type RandomOptions, random } from "./by-lot/random.ts"
export { type EnergyAwareOptions, energyAware, energyAwareDefaults } from "./by-speed/energy-aware.ts"
export {
  type HardwareSpecificOptions,
  hardwareSpecific,
  hardwareSpecificDefaults
} from "./by-speed/hardware-specific.ts"
export { leastResponseTime } from "./by-speed/least-response-time.ts"
export { type PeakEwma, type PeakEwmaOptions, peakEwma, peakEwmaDefaults } from "./by-speed/peak-ewma.ts"
export {
  type PerformanceBasedOptions,
  performanceBased,
  performanceBasedDefaults
} from "./by-speed/performance-based.ts"
export { type PredictiveOptions, predictive, predictiveDefaults } from "./by-speed/predictive.ts"
export { type PriorityBasedOptions, priorityBased, priorityBasedDefaults } from "./by-speed/priority-based.ts"
export { type AdaptiveOptions, adaptive } from "./choosing/adaptive.ts"
export { type CompositeOptions, composite, type WeightedPart } from "./choosing/composite.ts"
export {
  type DynamicCandidate,
  type DynamicOptions,
  dynamic,
  dynamicDefaults,
  type StrategyChange
} from "./choosing/dynamic.ts"
export { type LearnedOptions, learned, learnedDefaults } from "./choosing/learned.ts"
export { type PerTypeOptions, perType } from "./choosing/per-type.ts"
export { tellRoute } from "./choosing/tell-route.ts"
export {
  type AffinityBasedOptions,
  affinityBased,
  affinityBasedDefaults,
  affinityWeight
} from "./homes/affinity-based.ts"
export { modelFamilyOf } from "./homes/model-family.ts"
export { preferring } from "./homes/preferring.ts"
export { type StickyOptions, sticky, stickyDefaults } from "./homes/sticky.ts"
export { roundRobin } from "./in-turn/round-robin.ts"
export { weightedRoundRobin } from "./in-turn/weighted-round-robin.ts"
export { type BoundedHashOptions, boundedHash, boundedHashDefaults } from "./keyed/bounded-hash.ts"
export { type ConsistentHashOptions, consistentHash, consistentHashDefaults } from "./keyed/consistent-hash.ts"
export { type RendezvousOptions, rendezvous, rendezvousDefaults } from "./keyed/rendezvous.ts"
export { routingKeyOf } from "./keyed/routing-key.ts"
export {
  type BestFitWeights,
  bestFit,
  bestFitWeights
} from "./packing/best-fit.ts"
export {
  type FragmentationAwareOptions,
  fragmentationAware,
  fragmentationAwareDefaults
} from "./packing/fragmentation-aware.ts"
