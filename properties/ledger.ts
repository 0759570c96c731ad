import * as fc from "fast-check"
import {
  type HardCase,
  hardCases,
  type LedgerRun,
  type LedgerScenario,
  ledgerInvariants,
  ledgerScenarios,
  type RunOptions,
  runLedger
} from "../src/testing/index.ts"
import { type Failure, median, type Property, type PropertyReport } from "./property.ts"

/** The least share of runs that must come across each hard case. */
const floors: Partial<Record<HardCase, number>> = {
  "full worker": 0.2,
  "full by its limit": 0.1,
  "more than its limit": 0.1,
  "held key": 0.2,
  "crash in mid-migration": 0.05,
  "sent ahead": 0.2,
  "moved up": 0.1,
  recalled: 0.01,
  "crash with runs ahead": 0.05,
  suspects: 0.1,
  "suspect runs alone": 0.1,
  "suspect crashes again": 0.01,
  "devices named": 0.05,
  "unsuitable devices": 0.05
}

const medianFloor = 50

/** Calls of a run as lines to read, the last of them the one that broke something. */
const story = ({ calls, violations }: LedgerRun): string => {
  const lines = calls.map(({ at, call, answer }) => `  ${at} ms ${JSON.stringify(call)} → ${answer}`)
  return [...violations.map(({ id, what }) => `${id}: ${what}`), "after", ...lines].join("\n")
}

const brokenBy = (scenario: LedgerScenario, options: RunOptions): string | undefined => {
  const run = runLedger(scenario, options)
  return run.violations.length === 0 ? undefined : story(run)
}

const isScenario = (value: unknown): value is LedgerScenario =>
  typeof value === "object" &&
  value !== null &&
  "ageing" in value &&
  "retain" in value &&
  "workers" in value &&
  Array.isArray(value.workers) &&
  "commands" in value &&
  Array.isArray(value.commands)

const asFailure = (property: string, details: fc.RunDetails<[LedgerScenario]>, options: RunOptions): Failure => {
  const { seed, counterexamplePath, counterexample } = details
  const scenario = counterexample?.[0]
  const thrown = details.errorInstance instanceof Error ? (details.errorInstance.stack ?? "") : ""
  const message = (scenario && brokenBy(scenario, options)) ?? thrown
  return { property, seed, path: counterexamplePath ?? "", counterexample: scenario, message }
}

interface CheckOptions {
  readonly runs: number
  readonly seed: number
  /** Whether a case that breaks something is made smaller. Default `true`. */
  readonly shrink?: boolean
}

/** Runs scenarios until one breaks something, which is then shrunk. */
export const checkLedger = (
  property: string,
  options: RunOptions,
  { runs, seed, shrink = true }: CheckOptions
): PropertyReport => {
  const commands: Array<number> = []
  const reached = new Map<HardCase, number>(hardCases.map((what) => [what, 0]))
  let shrinking = false
  const holds = fc.property(ledgerScenarios(), (scenario) => {
    const run = runLedger(scenario, options)
    if (shrinking) return run.violations.length === 0
    commands.push(run.commands)
    for (const what of run.reached) reached.set(what, 1 + (reached.get(what) ?? 0))
    shrinking = run.violations.length > 0
    return !shrinking
  })
  const details = fc.check(holds, { numRuns: runs, seed, endOnFailure: !shrink })
  return {
    property,
    runs: commands.length,
    seed,
    medianCommands: median(commands),
    medianFloor,
    reached: [...reached].map(([what, count]) => ({ what, share: count / commands.length, floor: floors[what] ?? 0 })),
    ...(details.failed && { failure: asFailure(property, details, options) })
  }
}

const ledgerProperty = (name: string, promise: string, options: RunOptions): Property => ({
  name,
  promise,
  run: (runs, seed) => checkLedger(name, options, { runs, seed }),
  replay: ({ counterexample }) =>
    isScenario(counterexample) ? brokenBy(counterexample, options) : "the kept case is no scenario"
})

/** D1–D8 and the audit, each on its own; that the ledger does what the model does; that its events lead to it. */
export const ledgerProperties: ReadonlyArray<Property> = [
  ...ledgerInvariants.map((invariant) => ledgerProperty(invariant.id, invariant.promise, { invariants: [invariant] })),
  ledgerProperty("model", "the ledger answers and shows what a naive one does", { invariants: [], againstModel: true }),
  ledgerProperty("replay", "applying the events to an empty ledger gives the same ledger", {
    invariants: [],
    replay: true
  })
]
