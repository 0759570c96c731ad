import { InvalidOptions, type Problem } from "../../../src/model/index.ts"
import { type Figures, measureSeed, type Part, type Scenario } from "../scenarios/index.ts"
import { type Finding, findingsOf } from "./finding.ts"
import { repeatedWorlds } from "./repeated-worlds.ts"
import { type Report, reportOf } from "./report.ts"
import { scenarioProblems } from "./scenario-input.ts"
import { FaultCounter, type FaultsByContender, faultsInWords } from "./strategy-faults.ts"
import { tableOf } from "./table.ts"
import { inWords } from "./words.ts"

export interface SeedOptions {
  /** How many worlds are drawn. From 6 on a difference can be told from chance. */
  readonly seeds?: number
  /** The first of the seeds, each of which is one more than that before. Default 1. */
  readonly seed?: number
  readonly onProgress?: (done: number, seeds: number) => void
}

/** What a comparison came to, in figures, in words and as a table. */
export interface Comparison {
  /** Of all seeds. The rows call the subject, whom the others are held against, `ballast`. */
  readonly report: Report
  /** Of each seed, by row and contender. */
  readonly figures: ReadonlyArray<Figures>
  /** Of strategies that threw, or named no worker that fits: what they did not decide themselves. */
  readonly faults: FaultsByContender
  /** A sentence for each row and each contender but the subject; for each with faults; and for what else to beware of. */
  readonly words: ReadonlyArray<string>
  readonly table: string
  /** The subject against each of the others in a row. Throws `InvalidOptions` where there is no such row. */
  verdict(row: string): ReadonlyArray<Finding>
}

/** What is wrong with the number of seeds, or with the first. */
export const seedProblems = ({ seeds, seed }: { readonly seeds: unknown; readonly seed: unknown }) => {
  const problems: Array<Problem> = []
  if (!Number.isInteger(seeds) || Number(seeds) < 1) {
    problems.push({ path: "seeds", message: `${seeds} is no number of seeds`, hint: "a whole number, at least 1" })
  }
  if (!Number.isSafeInteger(seed) || Number(seed) < 0) {
    problems.push({ path: "seed", message: `${seed} is no seed`, hint: "a whole number, at least 0" })
  }
  return problems
}

/** The comparison, of which nothing is wrong, with one of the contenders held against the others. */
export const runParts = async (
  scenario: Pick<Scenario, "id" | "derived" | "targets"> & { readonly parts: ReadonlyArray<Part> },
  subject: string,
  { seeds, seed: first = 1, onProgress }: SeedOptions & { readonly seeds: number }
): Promise<Comparison> => {
  const figures: Array<Figures> = []
  const counter = new FaultCounter()
  for (let done = 0; done < seeds; done += 1) {
    figures.push(await measureSeed(scenario, first + done, { onEvent: counter.onEvent }))
    onProgress?.(done + 1, seeds)
  }
  const report = reportOf(scenario, figures, subject)
  const findings = findingsOf(report, figures)
  const known = report.rows.map(({ row }) => row)
  return {
    report,
    figures,
    faults: counter.faults,
    words: [...inWords(report, figures), ...faultsInWords(counter.faults), ...repeatedWorlds(scenario, seeds)],
    table: tableOf(report),
    verdict(name) {
      if (known.includes(name)) return findings.filter(({ row }) => row.row === name)
      const problem = { path: "row", message: `there is no row "${name}"`, hint: `one of ${known.join(", ")}` }
      throw new InvalidOptions({ problems: [problem] })
    }
  }
}

/**
 * Measures a scenario, one of those there are or one of your own, seed by seed on this thread. Default: as many seeds as
 * the scenario says. The same call gives the same answer.
 *
 * @throws InvalidOptions what is wrong with the scenario or the seeds, path and hint each
 */
export const runScenario = async (scenario: Scenario, options: SeedOptions = {}): Promise<Comparison> => {
  const { seeds = scenario.seeds, seed = 1 } = options
  const problems = [...scenarioProblems(scenario), ...seedProblems({ seeds, seed })]
  if (problems.length > 0) throw new InvalidOptions({ problems })
  return runParts(scenario, "ballast", { ...options, seeds })
}
