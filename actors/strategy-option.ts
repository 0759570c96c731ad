import * as Schema from "effect/Schema"
import { makeStrategy, StrategySetting, strategyProblems } from "../src/config/index.ts"
import type { Problem } from "../src/model/index.ts"
import { type Strategy, type StrategyContext, type StrategyId, strategyNamed } from "../src/placement/index.ts"

/** What decides where nothing else is said. */
export const defaultStrategy: StrategyId = "adaptive"

const isSetting = Schema.is(StrategySetting)

/** The strategy that the option names, or what is wrong with it. */
export const toStrategy = (
  option: unknown,
  context: StrategyContext,
  path = "strategy"
): Strategy | ReadonlyArray<Problem> => {
  if (option === undefined) return strategyNamed(defaultStrategy, context)
  return isSetting(option) ? makeStrategy(option, context) : strategyProblems(option, path)
}

export const areProblems = (made: Strategy | ReadonlyArray<Problem>): made is ReadonlyArray<Problem> =>
  Array.isArray(made)
