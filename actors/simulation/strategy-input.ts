import { type StrategySetting, strategyProblems as settingProblems } from "../../src/config/index.ts"
import type { Problem } from "../../src/model/index.ts"
import type { Strategy, StrategyContext } from "../../src/placement/index.ts"
import { toStrategy } from "../strategy-option.ts"
import type { SimulationDefinition } from "./definition.ts"
import type { Chance } from "./workload/index.ts"

/** What a world names its strategy by. */
export type StrategyOption = NonNullable<SimulationDefinition["strategy"]>

/** What is wrong with a strategy that comes from outside. What a function makes is seen when it is called. */
export const strategyProblems = (input: unknown, path: string): ReadonlyArray<Problem> =>
  input === undefined || typeof input === "function" ? [] : settingProblems(input, path)

const notMade = (made: unknown): Problem => ({
  path: "strategy",
  message: `the function that is to make it makes ${made === undefined ? "nothing" : made === null ? "null" : `a ${typeof made}`}`,
  hint: "return an object with an id and a score or pick function"
})

const isSetting = (made: unknown): made is StrategySetting | string =>
  typeof made === "string" || (typeof made === "object" && made !== null)

/**
 * The strategy that a world names, made anew unless it is an object of one's own; or what is wrong with it. `chance` is
 * for a function that makes it. Throws what that throws.
 */
export const strategyFrom = (
  option: StrategyOption | undefined,
  chance: Chance,
  context: StrategyContext
): Strategy | ReadonlyArray<Problem> => {
  const made: unknown = typeof option === "function" ? option(chance) : option
  if (typeof option === "function" && !isSetting(made)) return [notMade(made)]
  return toStrategy(made, context)
}

/** Whether it is a setting of a strategy, or a function, which is taken to make one. */
export const isStrategyOption = (input: unknown): input is StrategyOption =>
  typeof input === "string" || strategyProblems(input, "").length === 0
