/** What to propose: filters, strategies, the score kernel, explanations. */
export {
  byAge,
  type FairOptions,
  fair,
  type Order,
  type OrderMaker,
  type ShortestOptions,
  shortest,
  shortestDefaults
} from "../ledger/index.ts"
export {
  type Candidate,
  type Explanation,
  explainInWords,
  type RefusedWorker,
  type StrategyFault
} from "./explanation/explanation.ts"
export { Glimpses } from "./explanation/glimpses.ts"
export { Inflow } from "./patience/inflow.ts"
export { crowding } from "./patience/outlook.ts"
export { duration, type Judgement, Patience } from "./patience/patience.ts"
export { type PoolSpeeds, poolSpeeds } from "./patience/pool-speeds.ts"
export type { PatienceSources, RunTimesView, WaitingWork } from "./patience/run-times-view.ts"
export type { Committer } from "./pipeline/commit.ts"
export { Filter } from "./pipeline/filter.ts"
export type { Homing, WaitFor } from "./pipeline/homing.ts"
export { place } from "./pipeline/place.ts"
export type { PlaceOptions, Proposal } from "./pipeline/proposal.ts"
export type { Wish, WishesOptions } from "./pipeline/wishes.ts"
export { Placement, type PlacementOptions } from "./placement.ts"
export { Pool } from "./pool/pool.ts"
export {
  expectedEnd,
  type Occupant,
  type Occupied,
  type PlannedStart,
  plannedStart
} from "./reservation.ts"
export * from "./strategies/index.ts"
export {
  contextWithin,
  isStrategyId,
  type StrategyContext,
  type StrategyId,
  strategies,
  strategyNamed,
  usualArms,
  usualCandidates
} from "./strategies/registry.ts"
export type {
  DelegatingStrategy,
  EndedRun,
  Factor,
  JointScores,
  JointStrategy,
  PartFault,
  Parts,
  PickStrategy,
  RankStrategy,
  ScoreStrategy,
  SeekStrategy,
  Strategy,
  StrategyMemory,
  WeightedStrategy
} from "./strategy.ts"
export type { PlacementView } from "./view.ts"
export { assign, inlineRunner, type ScoreRunner, specimenBatch } from "./weighing/kernel.ts"
export { type BatchSize, ScoreBatch } from "./weighing/score-batch.ts"
