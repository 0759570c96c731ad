import type { Problem } from "../../src/model/index.ts"
import type { Strategy, StrategyId } from "../../src/placement/index.ts"
import { isProblem, toStrategy } from "../strategy-option.ts"
import type { SimulationDefinition } from "./definition.ts"
import type { Chance } from "./workload/index.ts"

/** What a world names its strategy by. */
export type StrategyOption = NonNullable<SimulationDefinition["strategy"]>

const problemIn = (input: unknown, path: string): Problem | undefined => {
  if (typeof input === "function") return undefined
  const chosen = toStrategy(typeof input === "string" || (typeof input === "object" && input !== null) ? input : {})
  return isProblem(chosen) ? { ...chosen, path } : undefined
}

/** What is wrong with a strategy that comes from outside. What a function makes is seen when it is called. */
export const strategyProblems = (input: unknown, path: string): ReadonlyArray<Problem> => {
  const problem = input === undefined ? undefined : problemIn(input, path)
  return problem === undefined ? [] : [problem]
}

const notMade = (made: unknown): Problem => ({
  path: "strategy",
  message: `the function that is to make it makes ${made === undefined ? "nothing" : made === null ? "null" : `a ${typeof made}`}`,
  hint: "return an object with an id and a score or pick function"
})

/**
 * The strategy that a world names, made anew where it names what makes one; or what is wrong with it. Default: least
 * connections. Throws what a function of the caller's throws.
 */
export const strategyFrom = (option: StrategyOption | undefined, chance: Chance): Strategy | StrategyId | Problem => {
  if (typeof option !== "function") return toStrategy(option)
  const made: unknown = option(chance)
  if (typeof made === "string" || (typeof made === "object" && made !== null)) return toStrategy(made)
  return notMade(made)
}

/** Whether it is a strategy's id, a strategy, or a function, which is taken to make one. */
export const isStrategyOption = (input: unknown): input is StrategyOption =>
  typeof input === "string" || problemIn(input, "") === undefined
