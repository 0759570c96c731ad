import type { Problem } from "../../src/model/index.ts"
import { isProblem, toStrategy } from "../strategy-option.ts"
import type { SimulationDefinition } from "./definition.ts"

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

/** Whether it is a strategy's id, a strategy, or a function, which is taken to make one. */
export const isStrategyOption = (input: unknown): input is StrategyOption =>
  typeof input === "string" || problemIn(input, "") === undefined
