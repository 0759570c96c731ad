/**
 * Random commands and faults against the real runtime in a simulated world, from seeds. Needs fast-check, which is an
 * optional peer: import this folder only where it is asked for.
 *
 * Crashes come at every step of the protocol between the runtime and a thread, as `CrashAt` (see `runSteps`):
 *
 * - before the acknowledgement: `placed`, of a run that is sent; `offered`, of a move: the source has not let go.
 * - after the release: `yielded`, the source has let go, and nobody knows; `moved`, and the target is to go on.
 * - before the result: `begun` and `checkpointed`, nothing or a part of it is known; `ended`, it is on its way. What a
 *   thread has said arrives even where the thread ends right after: that result is heard, and one is lost only with its
 *   node. The thread that ends in place of saying a result is the world's own doing, of one run in so many (`crashes`).
 *
 * Whether by its thread or by its node, and at the source or the target, is drawn for each.
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
export { PartFaults } from "./part-faults.ts"
export { brokenPromise } from "./promise.ts"
export {
  runSwarm,
  type SwarmFailure,
  type SwarmOptions,
  type SwarmProgress,
  type SwarmResult
} from "./run-swarm.ts"
export { ScenarioThrew } from "./scenario-threw.ts"
export { type ScenarioOptions, scenarioOf, swarmScenarios } from "./scenarios.ts"
export { type ShrinkOptions, type Shrunk, shrinkSeed } from "./shrink-seed.ts"
export { type SwarmCase, swarmCases } from "./swarm-case.ts"
export { runScenario, type SwarmRun, type SwarmRunOptions } from "./swarm-run.ts"

import type { SwarmScenario } from "./action.ts"
import { judge, type Verdict } from "./check-seed.ts"

/** Runs a scenario again, such as one that was kept; `message` says what does not hold. */
export const replay = (scenario: SwarmScenario): Promise<Verdict> => judge(scenario)
