/** What to propose: filters, strategies, the score kernel, explanations. */
export type { Committer } from "./commit.ts"
export {
  type Candidate,
  type Explanation,
  explainInWords,
  type RefusedWorker,
  type StrategyFault
} from "./explanation.ts"
export { Filter } from "./filter.ts"
export { Glimpses } from "./glimpses.ts"
export { Inflow } from "./inflow.ts"
export { assign, inlineRunner, type ScoreRunner, specimenBatch } from "./kernel.ts"
export { LoadIndex } from "./load-index.ts"
export { crowding } from "./outlook.ts"
export { duration, type Judgement, Patience } from "./patience.ts"
export { type PlaceOptions, type Proposal, place } from "./place.ts"
export { Placement, type PlacementOptions } from "./placement.ts"
export type { PatienceSources, RunTimesView, WaitingWork } from "./run-times-view.ts"
export { type BatchSize, ScoreBatch } from "./score-batch.ts"
export { leastConnections } from "./strategies/least-connections.ts"
export {
  type PerformanceBasedOptions,
  performanceBased,
  performanceBasedDefaults
} from "./strategies/performance-based.ts"
export { roundRobin } from "./strategies/round-robin.ts"
export {
  type WeightedCapacityWeights,
  weightedCapacity,
  weightedCapacityWeights
} from "./strategies/weighted-capacity.ts"
export { isStrategyId, type StrategyId, strategies } from "./strategies.ts"
export type {
  Factor,
  Parts,
  PickStrategy,
  ScoreStrategy,
  SeekStrategy,
  Strategy,
  SwiftStrategy,
  WeightedStrategy
} from "./strategy.ts"
export { isSwift } from "./strategy.ts"
export type { PlacementView } from "./view.ts"
