import * as Data from "effect/Data"
import type { SwarmRun } from "./swarm-run.ts"

/** What was thrown, as the line of a violation; it begins with `threw`, as others begin with the promise. */
export const tellThrown = (thrown: unknown): string =>
  `threw: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`

/** Something was thrown while a scenario ran. */
export class ScenarioThrew extends Data.TaggedError("ScenarioThrew")<{
  readonly message: string
  readonly cause: unknown
  /** The run up to there: what was thrown is its last violation, and its story ends with the last command begun. */
  readonly run: SwarmRun
}> {
  readonly code = "BALLAST_SCENARIO_THREW"
  readonly hint = "what was thrown is the cause; the story of the run says what led to it"

  constructor(soFar: SwarmRun, cause: unknown) {
    const violations = [...soFar.violations, tellThrown(cause)]
    super({ message: [...violations, "after", ...soFar.story].join("\n"), cause, run: { ...soFar, violations } })
  }
}
