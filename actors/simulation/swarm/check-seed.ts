import type { SwarmMode, SwarmScenario } from "./action.ts"
import { scenarioOf } from "./scenarios.ts"
import type { SwarmCase } from "./swarm-case.ts"
import { runScenario, type SwarmRunOptions } from "./swarm-run.ts"

/** What came of one scenario. */
export interface Verdict {
  /** What did not hold, in words; `undefined` where all is well. */
  readonly message: string | undefined
  /** What was asked and what befell it, up to where it broke. */
  readonly story: ReadonlyArray<string>
  readonly commands: number
  readonly reached: ReadonlyArray<SwarmCase>
}

/** Runs a scenario; what is thrown counts as broken. */
export const judge = async (scenario: SwarmScenario, options: SwarmRunOptions = {}): Promise<Verdict> => {
  try {
    const { violations, story, commands, reached } = await runScenario(scenario, options)
    const message = violations.length === 0 ? undefined : violations.join("\n")
    return { message, story, commands, reached: [...reached] }
  } catch (thrown) {
    const message = `threw: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`
    return { message, story: [], commands: 0, reached: [] }
  }
}

/** Runs the one scenario of a seed. */
export const checkSeed = (mode: SwarmMode, seed: number, options: SwarmRunOptions = {}): Promise<Verdict> =>
  judge(scenarioOf(mode, seed), options)
