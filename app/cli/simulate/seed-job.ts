import { FaultCounter, type FaultsByContender } from "../../../actors/simulation/comparison/index.ts"
import {
  type Figures,
  measureSeed,
  type Spectator,
  scenarios,
  traceScenario
} from "../../../actors/simulation/scenarios/index.ts"
import { contestOf } from "./contest.ts"
import { type OwnScenario, ownScenario } from "./own-world.ts"
import { type StrategyReference, strategyOf } from "./strategy-reference.ts"
import { knownTraceFolder, type Subject } from "./subject.ts"

/** What can be compared seed by seed. */
export type ComparedSubject = Exclude<Subject, { readonly kind: "swarm" }>

/** One seed to be measured, as plain data, here or on another thread. */
export interface SeedJob {
  readonly subject: ComparedSubject
  /** Who competes instead of those of the scenario. */
  readonly strategies?: ReadonlyArray<StrategyReference>
  readonly seed: number
}

export interface SeedFigures {
  readonly figures: Figures
  /** Events of all simulated runtimes together. */
  readonly events: number
  readonly faults: FaultsByContender
}

const found = async (subject: ComparedSubject, seed: number): Promise<OwnScenario> => {
  switch (subject.kind) {
    case "file":
      return ownScenario(subject.path, seed)
    case "trace":
      return { scenario: traceScenario(subject.name, knownTraceFolder()) }
    case "scenario": {
      const scenario = scenarios.find(({ id }) => id === subject.id)
      if (scenario === undefined) throw new Error(`there is no scenario ${subject.id}`)
      return { scenario }
    }
  }
}

/** The comparison that the job is one seed of, made for that seed. */
export const scenarioOf = async ({ subject, strategies, seed }: SeedJob): Promise<OwnScenario> => {
  const own = await found(subject, seed)
  if (strategies === undefined) return own
  const competing: Array<readonly [string, Awaited<ReturnType<typeof strategyOf>>]> = []
  for (const reference of strategies) competing.push([reference.name, await strategyOf(reference, seed)])
  return { ...own, scenario: contestOf(own.scenario, Object.fromEntries(competing)) }
}

/** Measures the seed on this thread. */
export const measureJob = async (job: SeedJob, onEvent?: NonNullable<Spectator["onEvent"]>): Promise<SeedFigures> => {
  const { scenario } = await scenarioOf(job)
  const counter = new FaultCounter()
  let events = 0
  const figures = await measureSeed(scenario, job.seed, {
    onEvent(contender, event) {
      counter.onEvent(contender, event)
      onEvent?.(contender, event)
    },
    onOutcome: (_, outcome) => {
      events += outcome.events
    }
  })
  return { figures, events, faults: counter.faults }
}
