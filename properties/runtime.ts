import * as fc from "fast-check"
import {
  isScenario,
  runScenario,
  type SwarmCase,
  type SwarmRunOptions,
  type SwarmScenario,
  swarmCases,
  swarmScenarios
} from "../actors/simulation/swarm/index.ts"
import { type Failure, median, type Property, type PropertyReport } from "./property.ts"

/** The least share of runs that must come across each hard case. */
const floors: Partial<Record<SwarmCase, number>> = {
  "full worker": 0.2,
  "held key": 0.2,
  "crash in mid-migration": 0.05,
  "coordinator restart": 0.2,
  "node failure": 0.05,
  shed: 0.05,
  "sent ahead": 0.1,
  "moved up": 0.02,
  migration: 0.2,
  "crash at placed": 0.05,
  "crash at ended": 0.05,
  "crash at yielded": 0.02,
  "out of memory": 0.1,
  hang: 0.2,
  slow: 0.1,
  flapping: 0.1,
  limit: 0.05,
  ejected: 0.02,
  resting: 0.01,
  maintenance: 0.01,
  "slow start": 0.02,
  "part failure": 0.2,
  "part failure in mid-migration": 0.01,
  "adaptation gave up": 0.02,
  misreport: 0.05,
  "moved by itself": 0.02,
  "taken for dead": 0.02,
  "strategy fault": 0.05,
  "wall clock": 0.1,
  storm: 0.1,
  "late decision": 0.1
}

const medianFloor = 50

/** What is wrong with the scenario's run, and what the run came across. */
interface Checked {
  readonly broken: string | undefined
  readonly commands: number
  readonly reached: ReadonlySet<SwarmCase>
}

type Check = (scenario: SwarmScenario) => Promise<Checked>

export const holds = async (scenario: SwarmScenario, options: SwarmRunOptions = {}): Promise<Checked> => {
  const { violations, story, commands, reached } = await runScenario(scenario, options)
  const broken = violations.length === 0 ? undefined : [...violations, "after", ...story].join("\n")
  return { broken, commands, reached }
}

const repeats: Check = async (scenario) => {
  const first = await runScenario(scenario, { logged: true })
  const second = await runScenario(scenario, { logged: true, watched: false })
  const { commands, reached, log } = first
  const index = Math.max(log.length, second.log.length)
  const differs = Array.from({ length: index }, (_, at) => at).find((at) => log[at] !== second.log[at])
  const broken =
    differs === undefined
      ? undefined
      : `event ${differs}: ${log[differs] ?? "none"}, then ${second.log[differs] ?? "none"}`
  return { broken, commands, reached }
}

/** What it breaks; what it throws counts as such. */
const brokenBy = async (scenario: SwarmScenario, check: Check): Promise<string | undefined> => {
  try {
    return (await check(scenario)).broken
  } catch (thrown) {
    return thrown instanceof Error ? thrown.stack : String(thrown)
  }
}

const asFailure = async (
  property: string,
  { seed, counterexamplePath, counterexample, errorInstance }: fc.RunDetails<[SwarmScenario]>,
  check: Check
): Promise<Failure> => {
  const scenario = counterexample?.[0]
  const thrown = errorInstance instanceof Error ? (errorInstance.stack ?? "") : ""
  const broken = scenario && (await brokenBy(scenario, check))
  return { property, seed, path: counterexamplePath ?? "", counterexample: scenario, message: broken ?? thrown }
}

interface CheckOptions {
  readonly runs: number
  readonly seed: number
  /** Whether a case that breaks something is made smaller. Default `true`. */
  readonly shrink?: boolean
}

/** Runs scenarios until one breaks something, which is then shrunk. */
export const checkRuntime = async (
  property: string,
  check: Check,
  { runs, seed, shrink = true }: CheckOptions
): Promise<PropertyReport> => {
  const commands: Array<number> = []
  const reached = new Map<SwarmCase, number>(swarmCases.map((what) => [what, 0]))
  let shrinking = false
  const always = fc.asyncProperty(swarmScenarios(), async (scenario) => {
    const run = await check(scenario)
    if (!shrinking) {
      commands.push(run.commands)
      for (const what of run.reached) reached.set(what, 1 + (reached.get(what) ?? 0))
    }
    shrinking ||= run.broken !== undefined
    return run.broken === undefined
  })
  const details = await fc.check(always, { numRuns: runs, seed, endOnFailure: !shrink })
  return {
    property,
    runs: commands.length,
    seed,
    medianCommands: median(commands),
    medianFloor,
    reached: [...reached].map(([what, count]) => ({ what, share: count / commands.length, floor: floors[what] ?? 0 })),
    ...(details.failed && { failure: await asFailure(property, details, check) })
  }
}

const runtimeProperty = (name: string, promise: string, check: Check): Property => ({
  name,
  promise,
  run: (runs, seed) => checkRuntime(name, check, { runs, seed }),
  replay: ({ counterexample }) =>
    isScenario(counterexample) ? brokenBy(counterexample, check) : "the kept case is no scenario"
})

/**
 * The real actors in a simulated world, whatever the order of their turns and whatever goes wrong: the swarm that users
 * have, drawn and shrunk by fast-check as the other properties are.
 */
export const runtimeProperties: ReadonlyArray<Property> = [
  runtimeProperty(
    "runtime",
    "the promises I1–I7 hold at every event; once faults stop, everything submitted ends and is let go of",
    (scenario) => holds(scenario)
  ),
  runtimeProperty("determinism", "the same seed gives the same events, to the byte", repeats)
]
