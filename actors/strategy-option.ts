import type { Problem } from "../src/model/index.ts"
import { isStrategyId, type Strategy, type StrategyId, strategies } from "../src/placement/index.ts"

const hint = `one of ${Object.keys(strategies).join(", ")}, or an object with an id and a score or pick function`

const isStrategy = (option: object): option is Strategy =>
  typeof option === "object" &&
  option !== null &&
  "id" in option &&
  typeof option.id === "string" &&
  (["score", "pick", "seek"].some((name) => name in option && typeof Reflect.get(option, name) === "function") ||
    "factors" in option)

/** The strategy that the option names, or what is wrong with it. Default: least connections. */
export const toStrategy = (option: string | object | undefined): Strategy | StrategyId | Problem => {
  if (option === undefined) return "least_connections"
  if (typeof option === "string") {
    return isStrategyId(option) ? option : { path: "strategy", message: `there is no strategy "${option}"`, hint }
  }
  return isStrategy(option) ? option : { path: "strategy", message: "it is no strategy", hint }
}

export const isProblem = (chosen: Strategy | StrategyId | Problem): chosen is Problem =>
  typeof chosen === "object" && "path" in chosen
