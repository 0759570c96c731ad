import * as fc from "fast-check"
import { type Failure, median, type Property, type PropertyReport } from "./property.ts"

/** What came of one scenario. */
export interface Run {
  /** Each begins with the id of what was broken; none where all is well. */
  readonly problems: ReadonlyArray<string>
  readonly commands: number
  readonly reached: ReadonlySet<string>
}

/** A property of what happens in scenarios of a kind. */
export interface ScenarioKind<Scenario> {
  readonly name: string
  readonly promise: string
  readonly scenarios: fc.Arbitrary<Scenario>
  readonly run: (scenario: Scenario) => Run
  readonly is: (value: unknown) => value is Scenario
  readonly floors: Readonly<Record<string, number>>
  readonly medianFloor: number
}

interface CheckOptions {
  readonly runs: number
  readonly seed: number
  /** Whether a case that breaks something is made smaller. Default `true`. */
  readonly shrink?: boolean
}

/** Runs scenarios until one breaks something, which is then shrunk. */
export const checkScenarios = <Scenario>(
  kind: ScenarioKind<Scenario>,
  { runs, seed, shrink = true }: CheckOptions
): PropertyReport => {
  const commands: Array<number> = []
  const reached = new Map<string, number>()
  let shrinking = false
  const holds = fc.property(kind.scenarios, (scenario) => {
    const run = kind.run(scenario)
    if (shrinking) return run.problems.length === 0
    commands.push(run.commands)
    for (const what of run.reached) reached.set(what, 1 + (reached.get(what) ?? 0))
    shrinking = run.problems.length > 0
    return !shrinking
  })
  const details = fc.check(holds, { numRuns: runs, seed, endOnFailure: !shrink })
  const cases = new Set([...Object.keys(kind.floors), ...reached.keys()])
  return {
    property: kind.name,
    runs: commands.length,
    seed,
    medianCommands: median(commands),
    medianFloor: kind.medianFloor,
    reached: [...cases].map((what) => ({
      what,
      share: (reached.get(what) ?? 0) / commands.length,
      floor: kind.floors[what] ?? 0
    })),
    ...(details.failed && { failure: failureOf(kind, details) })
  }
}

const failureOf = <Scenario>(kind: ScenarioKind<Scenario>, details: fc.RunDetails<[Scenario]>): Failure => {
  const { seed, counterexamplePath, counterexample, errorInstance } = details
  const [scenario] = counterexample ?? []
  const thrown = errorInstance instanceof Error ? (errorInstance.stack ?? "") : ""
  const problems = scenario === undefined ? [] : kind.run(scenario).problems
  const message = `${problems.length > 0 ? problems.join("\n") : thrown}\nin ${JSON.stringify(scenario)}`
  return { property: kind.name, seed, path: counterexamplePath ?? "", counterexample: scenario, message }
}

/** A property that is checked by running scenarios synchronously. */
export const scenarioProperty = <Scenario>(kind: ScenarioKind<Scenario>): Property => ({
  name: kind.name,
  promise: kind.promise,
  run: (runs, seed) => checkScenarios(kind, { runs, seed }),
  replay: ({ counterexample }) => {
    if (!kind.is(counterexample)) return "the kept case is no scenario"
    const { problems } = kind.run(counterexample)
    return problems.length === 0 ? undefined : problems.join("\n")
  }
})
