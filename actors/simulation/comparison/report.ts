import { bootstrap, mean, median } from "../../../src/statistics/index.ts"
import type { Figures, Row, Scenario } from "../scenarios/index.ts"
import { chanceOf } from "../workload/index.ts"

/** One line of figures, of all seeds together. */
export interface ReportRow extends Pick<Row, "row" | "unit" | "better"> {
  readonly summary: NonNullable<Row["summary"]>
  /** What the seeds came to: their median, or what `summary` says. NaN where there is no figure. */
  readonly ballast: number
  /** Where it lies with a confidence of 95 %, by bootstrap over the seeds. */
  readonly interval: readonly [low: number, high: number]
  /** The same figure of the others, bounds among them, by name. */
  readonly baselines: Readonly<Record<string, number>>
  /** What is aimed at, in words. */
  readonly target?: string
}

/** What a comparison came to. */
export interface Report {
  readonly id: string
  /** The contender that the others are held against, whose figures the rows call `ballast`. */
  readonly subject: string
  /** How many there were. */
  readonly seeds: number
  readonly rows: ReadonlyArray<ReportRow>
}

export const statistics = { median, mean } as const

/** What a report needs to know of a scenario. */
export type Compared = Pick<Scenario, "id" | "derived" | "targets"> & {
  readonly parts: ReadonlyArray<Pick<Scenario["parts"][number], "rows">>
}

/** The figures of one contender in one row, seed by seed; NaN where it has none. */
export const figuresOf = (figures: ReadonlyArray<Figures>, row: string, name: string): ReadonlyArray<number> =>
  figures.map((seed) => seed[row]?.[name] ?? Number.NaN)

/** Who stands in a row, in the order of the first seed. */
const namesIn = (figures: ReadonlyArray<Figures>, row: string): ReadonlyArray<string> => [
  ...new Set(figures.flatMap((seed) => Object.keys(seed[row] ?? {})))
]

/**
 * The figures of all seeds as one report. The same figures give the same report.
 *
 * @param figures of each seed, as from `measureSeed`
 * @param subject the contender that the others are held against
 */
export const reportOf = (scenario: Compared, figures: ReadonlyArray<Figures>, subject = "ballast"): Report => {
  const { id, derived = [], parts, targets = {} } = scenario
  const rows = [...derived, ...parts.flatMap(({ rows }) => rows)]
  return {
    id,
    subject,
    seeds: figures.length,
    rows: rows.map(({ row, unit, better, summary = "median" }) => {
      const statistic = statistics[summary]
      const ours = figuresOf(figures, row, subject)
      const { estimate, low, high } = bootstrap(ours, statistic, chanceOf(`report/${id}/${row}`))
      const others = namesIn(figures, row).filter((name) => name !== subject)
      const target = targets[row]
      return {
        row,
        unit,
        better,
        summary,
        ballast: estimate,
        interval: [low, high],
        baselines: Object.fromEntries(others.map((name) => [name, statistic(figuresOf(figures, row, name))])),
        ...(target !== undefined && { target })
      }
    })
  }
}

/** Beyond this many digits a figure says nothing that the seeds could bear out. */
const digits = 6

const rounded = (value: number): number => Number(value.toPrecision(digits))

/** The report for programs: plain data, to six digits. `subject` only where it is not Ballast as it comes. */
export const plainReportOf = ({ id, subject, seeds, rows }: Report) => ({
  id,
  ...(subject !== "ballast" && { subject }),
  seeds,
  rows: rows.map(({ row, ballast, interval: [low, high], baselines }) => ({
    row,
    ballast: rounded(ballast),
    interval: [rounded(low), rounded(high)],
    baselines: Object.fromEntries(Object.entries(baselines).map(([name, value]) => [name, rounded(value)]))
  }))
})
