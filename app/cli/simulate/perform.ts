import {
  FaultCounter,
  type FaultsByContender,
  faultsInWords,
  plainReportOf,
  repeatedWorlds,
  reportOf
} from "../../../actors/simulation/comparison/index.ts"
import type { Scenario } from "../../../actors/simulation/scenarios/index.ts"
import { type ExitCode, exitCode } from "../exit-code.ts"
import { UsageError } from "../usage-error.ts"
import { EventFile } from "./event-file.ts"
import { reportText } from "./report-text.ts"
import { runSeeds } from "./run-seeds.ts"
import { failureOf } from "./seed-failed.ts"
import { type ComparedSubject, measureJob, type SeedFigures, type SeedJob, scenarioOf } from "./seed-job.ts"
import { strategyReferences } from "./strategy-reference.ts"
import { listInWords, subjectOf, traceHint } from "./subject.ts"
import { withProgress } from "./with-progress.ts"

/** What the command was asked for. */
export interface SimulateSettings {
  readonly name: string | undefined
  readonly seed?: number
  readonly seeds?: number
  readonly mode?: "safety" | "liveness"
  readonly compare?: ReadonlyArray<string>
  readonly jobs: number
  readonly events?: string
  readonly json: boolean
}

const usage = (message: string, hint: string): UsageError => new UsageError("BALLAST_USAGE", message, hint)

/** The one seed, every event of Ballast, or whoever stands in its place, written to the file. */
const recorded = async (job: SeedJob, scenario: Scenario, subject: string, path: string): Promise<SeedFigures> => {
  if (scenario.parts.length > 1) {
    throw usage(`--events: ${scenario.id} is several worlds`, "take one that is a single world")
  }
  using file = new EventFile(path)
  try {
    return await measureJob(job, (contender, event) => {
      if (contender === subject) file.write(event)
    })
  } catch (error) {
    throw failureOf(job.seed, error)
  }
}

/** Those of all seeds together. */
const faultsOf = (all: ReadonlyArray<SeedFigures>): FaultsByContender => {
  const counter = new FaultCounter()
  for (const { faults } of all) {
    for (const [contender, found] of Object.entries(faults)) counter.add(contender, found)
  }
  return counter.faults
}

/** How long it took, and how fast that was. */
const pace = (seeds: number, all: ReadonlyArray<SeedFigures>, ms: number): string => {
  const events = all.reduce((sum, each) => sum + each.events, 0)
  const [count, rate] = [events, events / (ms / 1_000)].map((value) => Math.round(value).toLocaleString("en"))
  return `${seeds === 1 ? "1 seed" : `${seeds} seeds`} in ${(ms / 1_000).toFixed(1)} s; ${count} simulated events, ${rate} a second\n`
}

const performComparison = async (subject: ComparedSubject, settings: SimulateSettings): Promise<ExitCode> => {
  const { compare, jobs, events, json } = settings
  if (settings.mode !== undefined) throw usage("--mode is for the swarm", "leave it out")
  const started = performance.now()
  const strategies = compare === undefined ? undefined : strategyReferences(compare)
  const jobOf = (seed: number): SeedJob => ({ subject, seed, ...(strategies !== undefined && { strategies }) })
  // What is wrong with it is told before anything is begun.
  const own = await scenarioOf(jobOf(settings.seed ?? 1))
  const { scenario } = own
  const { missing = [] } = scenario
  if (scenario.parts.length === 0) {
    throw new UsageError("BALLAST_TRACE_MISSING", `${scenario.id}: ${missing.join(" ")}`, traceHint)
  }
  for (const sentence of missing) process.stderr.write(`${sentence}\n`)
  const first = settings.seed ?? own.seed ?? 1
  const count = settings.seeds ?? (events === undefined ? scenario.seeds : 1)
  if (events !== undefined && count > 1) throw usage("--events is of one seed", "leave out --seeds")
  const seeds = Array.from({ length: count }, (_, index) => first + index)
  const contender = strategies?.[0]?.name ?? "ballast"
  const measured = await withProgress(scenario.id, count, async (onProgress) =>
    events === undefined
      ? runSeeds(seeds.map(jobOf), { jobs, onProgress })
      : [await recorded(jobOf(first), scenario, contender, events)]
  )
  const figures = measured.map((each) => each.figures)
  const report = reportOf(scenario, figures, contender)
  const beware = [...faultsInWords(faultsOf(measured)), ...repeatedWorlds(scenario, count)]
  if (json) {
    process.stdout.write(`${JSON.stringify(plainReportOf(report))}\n`)
    for (const sentence of beware) process.stderr.write(`${sentence}\n`)
  } else process.stdout.write(reportText({ scenario, report, seeds, figures, beware }))
  process.stderr.write(pace(count, measured, performance.now() - started))
  return exitCode.ok
}

/** Simulates what was asked for, and writes what came of it to standard output. */
export const perform = async (settings: SimulateSettings): Promise<ExitCode> => {
  if (settings.name === undefined) {
    process.stderr.write(
      `Usage: ballast simulate <scenario|trace|file|swarm> [options]\n\nThere are:\n${listInWords()}\n`
    )
    return exitCode.usage
  }
  const subject = subjectOf(settings.name)
  if (subject.kind !== "swarm") return performComparison(subject, settings)
  const { compare, events, mode = "safety", seed = 1, seeds = 200, jobs, json } = settings
  if (compare !== undefined) throw usage("--compare: the swarm compares nothing", "leave it out")
  if (events !== undefined) throw usage("--events is of a world", "leave it out")
  const { performSwarm } = await import("./swarm.ts")
  return performSwarm({ mode, seed, seeds, jobs, json })
}
