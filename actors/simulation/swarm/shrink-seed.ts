import * as fc from "fast-check"
import type { SwarmMode, SwarmScenario } from "./action.ts"
import { judge } from "./check-seed.ts"
import { brokenPromise } from "./promise.ts"
import { onlyOf, scenarioOf, unbiased } from "./scenarios.ts"
import type { SwarmRunOptions } from "./swarm-run.ts"

/** A scenario that breaks something, and how. */
export interface Shrunk {
  readonly scenario: SwarmScenario
  readonly message: string
  readonly story: ReadonlyArray<string>
}

export interface ShrinkOptions extends SwarmRunOptions {
  /** Smaller scenarios that are tried, of each of the two ways. Default 1,000. */
  readonly most?: number
  /** Told before each scenario that is tried which one it is, of both ways. */
  readonly onTry?: (tried: number) => void
}

/** What a smaller scenario breaks, where that is the same promise as before. */
type Attempt = (scenario: SwarmScenario, like: Shrunk) => Promise<Shrunk | undefined>

/** What the scenario breaks, where that is the same promise as before. */
const breaking = async (
  scenario: SwarmScenario,
  like: Shrunk | undefined,
  options: SwarmRunOptions
): Promise<Shrunk | undefined> => {
  const { message, story } = await judge(scenario, options)
  if (message === undefined) return undefined
  if (like !== undefined && brokenPromise(message) !== brokenPromise(like.message)) return undefined
  return { scenario, message, story }
}

/** Leaves out commands, many at a time and then single ones, as long as the rest still breaks the promise. */
const leaveOut = async (whole: Shrunk, most: number, attempt: Attempt): Promise<Shrunk> => {
  let best = whole
  let left = most
  for (let length = Math.ceil(best.scenario.commands.length / 2); length > 0 && left > 0; ) {
    const before = best
    for (let at = 0; at < best.scenario.commands.length && left > 0; left -= 1) {
      const commands = best.scenario.commands.toSpliced(at, length)
      const smaller = await attempt({ ...best.scenario, commands }, best)
      if (smaller === undefined) at += length
      else best = smaller
    }
    // What was needed for something that has gone may go too.
    if (length > 1 || best === before) length = Math.floor(length / 2)
  }
  return best
}

/**
 * The smallest scenario found that breaks the same promise as that of the seed: first by what fast-check makes of it,
 * then by leaving out commands. `undefined` where the seed breaks none. The same seed gives the same.
 */
export const shrinkSeed = async (
  mode: SwarmMode,
  seed: number,
  { most = 1_000, onTry, ...options }: ShrinkOptions = {}
): Promise<Shrunk | undefined> => {
  const whole = await breaking(scenarioOf(mode, seed), undefined, options)
  if (whole === undefined) return undefined
  let best = whole
  let attempts = 0
  const attempt: Attempt = (scenario, like) => {
    attempts += 1
    onTry?.(attempts)
    return breaking(scenario, like, options)
  }
  let tried = 0
  const holds = fc.asyncProperty(unbiased(mode), async (scenario) => {
    tried += 1
    if (tried > most) return true
    const smaller = await attempt(scenario, best)
    if (smaller === undefined) return true
    best = smaller
    return false
  })
  await fc.check(holds, onlyOf(seed))
  return leaveOut(best, most, attempt)
}
