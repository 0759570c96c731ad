import { makeStrategy, type StrategySetting } from "../../../src/config/index.ts"
import { isStrategyId, type Strategy, type StrategyId, strategies } from "../../../src/placement/index.ts"

/** Those that would hardly come to what they are for in so short a run, or are no id of their own. */
const settings = {
  composite: {
    type: "composite",
    algorithms: [
      { type: "performance_based", weight: 0.5 },
      { type: "p2c", weight: 0.3 },
      { strategy: { default: "round_robin", byType: { work: "peak_ewma" } }, weight: 0.2 }
    ]
  },
  dynamic: { type: "dynamic", interval: 500, hold: 0, window: 20, minRuns: 3, reviews: 1, gain: 0.01 },
  learned: { type: "learned", block: 2, explore: 0.5 },
  per_type: { default: "adaptive", byType: { work: "sticky", nothing: "random" } }
} as const satisfies Readonly<Record<string, StrategySetting>>

/** What a run of the swarm names its strategy by. */
export type SwarmStrategy = StrategyId | keyof typeof settings

const isSet = (name: string): name is keyof typeof settings => Object.hasOwn(settings, name)

export const swarmStrategies: ReadonlyArray<SwarmStrategy> = [
  ...Object.keys(strategies).filter(isStrategyId),
  ...Object.keys(settings)
    .filter(isSet)
    .filter((name) => !isStrategyId(name))
]

/** The strategy of a run, with all that it does by chance following from the seed. */
export const swarmStrategy = (name: SwarmStrategy, seed: number): Strategy =>
  makeStrategy(isSet(name) ? settings[name] : name, { seed })
