import { InvalidOptions, type Problem } from "../../../src/model/index.ts"
import { isProblem, toStrategy } from "../../strategy-option.ts"
import type { SimulationDefinition } from "../definition.ts"
import { type Contender, type Figures, measureSeed, type Row, type ScenarioWorld } from "../scenarios/index.ts"
import { type Finding, findingsOf } from "./finding.ts"
import { type Report, reportOf } from "./report.ts"
import { usualRows } from "./rows.ts"
import { FaultCounter, type FaultsByContender, faultsInWords } from "./strategy-faults.ts"
import { tableOf } from "./table.ts"
import { inWords } from "./words.ts"

/** The runtime in one setting. What it leaves out is as the world has it. */
export type Setting = Pick<SimulationDefinition, "strategy" | "options">

export interface CompareOptions {
  /** How many worlds are drawn, seeds 1, 2 … of them. Default 30; from 6 on a difference can be told from chance. */
  readonly seeds?: number
  /** What is compared. Default: makespan, mean and 99th percentile of sojourns, share of tasks completed. */
  readonly rows?: ReadonlyArray<Row>
  readonly onProgress?: (done: number, seeds: number) => void
}

/** What a comparison came to, in figures, in words and as a table. */
export interface Comparison {
  /** Of all seeds. The rows call the first setting `ballast`. */
  readonly report: Report
  /** Of each seed, by row and setting. */
  readonly figures: ReadonlyArray<Figures>
  /** Of strategies that threw, or named no worker that fits: what they did not decide themselves. */
  readonly faults: FaultsByContender
  /** A sentence for each row and each setting but the first, which they are held against; and for each with faults. */
  readonly words: ReadonlyArray<string>
  readonly table: string
  /** The first setting against each of the others. Empty of a row that does not exist. */
  verdict(row: string): ReadonlyArray<Finding>
}

const problemsOf = (settings: Readonly<Record<string, Setting>>, seeds: number): ReadonlyArray<Problem> => {
  const problems: Array<Problem> = Object.entries(settings).flatMap(([name, { strategy }]) => {
    if (typeof strategy === "function") return []
    const chosen = toStrategy(strategy)
    return isProblem(chosen) ? [{ ...chosen, path: `contenders.${name}.${chosen.path}` }] : []
  })
  if (Object.keys(settings).length < 2) {
    const hint = 'such as { a: { strategy: "least_connections" }, b: { strategy: "round_robin" } }'
    problems.push({ path: "contenders", message: "there are not two to compare", hint })
  }
  if (!Number.isInteger(seeds) || seeds < 1) {
    problems.push({ path: "seeds", message: `${seeds} is no number of seeds`, hint: "a whole number, at least 1" })
  }
  return problems
}

/**
 * Compares the runtime in several settings: each gets the same worlds with the same tasks, one for each seed, and is
 * judged pair by pair. The same call gives the same answer.
 *
 * A strategy that remembers things is to be given as a function that makes it, so that each seed begins anew.
 *
 * @param definition the world, without seed and strategy
 * @param contenders at least two, by name; the first is held against the others
 * @throws InvalidOptions what is wrong with world, settings or options, path and hint each
 */
export const compare = async (
  definition: ScenarioWorld,
  contenders: Readonly<Record<string, Setting>>,
  { seeds = 30, rows = usualRows, onProgress }: CompareOptions = {}
): Promise<Comparison> => {
  const problems = problemsOf(contenders, seeds)
  if (problems.length > 0) throw new InvalidOptions({ problems })
  const settings = Object.entries(contenders).map(([name, runtime]): [string, Contender] => [name, { runtime }])
  const parts = [{ world: definition, contenders: Object.fromEntries(settings), rows }]
  const figures: Array<Figures> = []
  const counter = new FaultCounter()
  for (let seed = 1; seed <= seeds; seed += 1) {
    figures.push(await measureSeed({ parts }, seed, { onEvent: counter.onEvent }))
    onProgress?.(seed, seeds)
  }
  const report = reportOf({ id: "comparison", parts }, figures, settings[0]?.[0])
  const findings = findingsOf(report, figures)
  return {
    report,
    figures,
    faults: counter.faults,
    words: [...inWords(report, figures), ...faultsInWords(counter.faults)],
    table: tableOf(report),
    verdict: (name) => findings.filter(({ row }) => row.row === name)
  }
}
