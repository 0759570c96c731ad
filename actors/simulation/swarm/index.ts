/**
 * Random commands and faults against the real runtime in a simulated world, from seeds. Needs fast-check, which is an
 * optional peer: import this folder only where it is asked for.
 */

export {
  faultSites,
  isScenario,
  modeOf,
  type RunStep,
  runSteps,
  type SwarmAction,
  type SwarmCommand,
  type SwarmMode,
  type SwarmScenario
} from "./action.ts"
export { checkSeed, judge, type Verdict } from "./check-seed.ts"
export { type KeptScenario, keepScenario, readScenario } from "./kept-scenario.ts"
export { brokenPromise } from "./promise.ts"
export {
  runSwarm,
  type SwarmFailure,
  type SwarmOptions,
  type SwarmProgress,
  type SwarmResult
} from "./run-swarm.ts"
export { type ScenarioOptions, scenarioOf, swarmScenarios } from "./scenarios.ts"
export { type ShrinkOptions, type Shrunk, shrinkSeed } from "./shrink-seed.ts"
export { type SwarmCase, swarmCases } from "./swarm-case.ts"
export { runScenario, type SwarmRun, type SwarmRunOptions } from "./swarm-run.ts"

import type { SwarmScenario } from "./action.ts"
import { judge, type Verdict } from "./check-seed.ts"

/** Runs a scenario again, such as one that was kept; `message` says what does not hold. */
export const replay = (scenario: SwarmScenario): Promise<Verdict> => judge(scenario)
