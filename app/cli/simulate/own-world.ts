import { basename, extname } from "node:path"
import { isScenario, scenarioProblems, usualRows } from "../../../actors/simulation/comparison/index.ts"
import { isWorld, type SimulationDefinition, worldProblems } from "../../../actors/simulation/index.ts"
import type { Scenario } from "../../../actors/simulation/scenarios/index.ts"
import { InvalidOptions } from "../../../src/model/index.ts"
import { exportOf, jsonOf } from "./module-file.ts"

/** Paired seeds of a world that does not say how many. */
const usualSeeds = 10

/** A comparison that came from a file, and the seed that its world names. */
export interface OwnScenario {
  readonly scenario: Scenario
  readonly seed?: number
}

/** A world by itself is compared with what takes workers in turn. */
const scenarioOf = (path: string, { seed, ...world }: SimulationDefinition): OwnScenario => {
  const id = basename(path, extname(path))
  const other = world.strategy === "round_robin" ? "least_connections" : "round_robin"
  const scenario: Scenario = {
    id,
    title: "a world of one's own",
    scene: `What ${basename(path)} says.`,
    metric: "the time to the last end; mean and 99th percentile from arrival to end; the share of tasks completed.",
    gamed: "a task that is not completed has no sojourn: see the share completed.",
    seeds: usualSeeds,
    parts: [
      { world, contenders: { ballast: { runtime: {} }, [other]: { runtime: { strategy: other } } }, rows: usualRows }
    ]
  }
  return seed === undefined ? { scenario } : { scenario, seed }
}

/**
 * The comparison that a file describes: a scenario, or a world, its default export or its JSON.
 *
 * @throws UsageError where it cannot be loaded
 * @throws InvalidOptions all that is wrong with it, path and hint each
 */
export const ownScenario = async (path: string, seed: number): Promise<OwnScenario> => {
  const found = /\.json$/i.test(path) ? jsonOf(path) : await exportOf(path, "default", seed)
  if (typeof found === "object" && found !== null && "parts" in found) {
    if (isScenario(found)) return { scenario: found }
    throw new InvalidOptions({ problems: scenarioProblems(found) })
  }
  if (isWorld(found)) return scenarioOf(path, found)
  throw new InvalidOptions({ problems: worldProblems(found) })
}
