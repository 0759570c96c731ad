/** Recorded histories, simulated again under other settings. */
export { type Goal, goals, isGoal } from "./goal.ts"
export { HistoryWorld } from "./history-world.ts"
export { runTrial, type Trial, type TrialResult, type TunedSettings } from "./trial.ts"
export { longestSession, type Tried, type TuneOptions, type TuneReport, tune } from "./tune.ts"
