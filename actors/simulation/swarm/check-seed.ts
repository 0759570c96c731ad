import type { SwarmMode, SwarmScenario } from "./action.ts"
import { ScenarioThrew, tellThrown } from "./scenario-threw.ts"
import { scenarioOf } from "./scenarios.ts"
import type { SwarmCase } from "./swarm-case.ts"
import { runScenario, type SwarmRun, type SwarmRunOptions } from "./swarm-run.ts"

/** What came of one scenario. */
export interface Verdict {
  /** What did not hold, in words; `undefined` where all is well. */
  readonly message: string | undefined
  /** What was asked and what befell it, up to where it broke. */
  readonly story: ReadonlyArray<string>
  readonly commands: number
  readonly reached: ReadonlyArray<SwarmCase>
}

const verdictOn = ({ violations, story, commands, reached }: SwarmRun): Verdict => ({
  message: violations.length === 0 ? undefined : violations.join("\n"),
  story,
  commands,
  reached: [...reached]
})

/** Runs a scenario; what is thrown counts as broken. */
export const judge = async (scenario: SwarmScenario, options: SwarmRunOptions = {}): Promise<Verdict> => {
  try {
    return verdictOn(await runScenario(scenario, options))
  } catch (thrown) {
    if (thrown instanceof ScenarioThrew) return verdictOn(thrown.run)
    // It has not even begun.
    return { message: tellThrown(thrown), story: [], commands: 0, reached: [] }
  }
}

/** Runs the one scenario of a seed. */
export const checkSeed = (mode: SwarmMode, seed: number, options: SwarmRunOptions = {}): Promise<Verdict> =>
  judge(scenarioOf(mode, seed), options)
