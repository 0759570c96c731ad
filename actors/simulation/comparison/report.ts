import { bootstrap, mean, median } from "../../../src/statistics/index.ts"
import type { Figures, Row, Scenario } from "../scenarios/index.ts"
import { chanceOf } from "../workload/index.ts"

/** One line of figures, of all seeds together. */
export interface ReportRow extends Pick<Row, "row" | "unit" | "better" | "cap"> {
  readonly summary: NonNullable<Row["summary"]>
  /** What the seeds came to: their median, or what `summary` says. NaN where a seed has no figure. */
  readonly ballast: number
  /** Where it lies with a confidence of 95 %, by bootstrap over the seeds. */
  readonly interval: readonly [low: number, high: number]
  /** The same figure of the others, bounds among them, by name. */
  readonly baselines: Readonly<Record<string, number>>
  /** In how many seeds the figure was cut off, by name, the subject's too; nobody of whom none was. */
  readonly capped: Readonly<Record<string, number>>
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

const max = (figures: ReadonlyArray<number>): number =>
  figures.reduce((most, figure) => Math.max(most, figure), Number.NEGATIVE_INFINITY)

export const statistics = { median, mean, max } as const

/** What a report needs to know of a scenario. */
export type Compared = Pick<Scenario, "id" | "derived" | "targets"> & {
  readonly parts: ReadonlyArray<Pick<Scenario["parts"][number], "rows">>
}

/** The figures of one contender in one row, seed by seed; NaN where it has none. */
export const figuresOf = (figures: ReadonlyArray<Figures>, row: string, name: string): ReadonlyArray<number> =>
  figures.map((seed) => seed[row]?.[name] ?? Number.NaN)

/** Of whom figures were cut off, and in how many seeds. */
const cappedIn = (figures: ReadonlyArray<Figures>, row: string, cap: number | undefined): ReportRow["capped"] =>
  Object.fromEntries(
    namesIn(figures, row)
      .map((name) => [name, figuresOf(figures, row, name).filter((figure) => figure === cap).length] as const)
      .filter(([, count]) => count > 0)
  )

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
    rows: rows.map((each) => {
      const { row, unit, better, summary = "median" } = each
      const cap = "cap" in each ? each.cap : undefined
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
        capped: cappedIn(figures, row, cap),
        ...(cap !== undefined && { cap }),
        ...(target !== undefined && { target })
      }
    })
  }
}

/** Beyond this many digits a figure says nothing that the seeds could bear out. */
const digits = 6

const rounded = (value: number): number => Number(value.toPrecision(digits))

/**
 * The report for programs: plain data, to six digits. `subject` only where it is not Ballast as it comes, `capped` only
 * where figures were cut off. JSON knows neither what is infinite nor what is none: both become `null`.
 */
export const plainReportOf = ({ id, subject, seeds, rows }: Report) => ({
  id,
  ...(subject !== "ballast" && { subject }),
  seeds,
  rows: rows.map(({ row, ballast, interval: [low, high], baselines, capped }) => ({
    row,
    ballast: rounded(ballast),
    interval: [rounded(low), rounded(high)],
    baselines: Object.fromEntries(Object.entries(baselines).map(([name, value]) => [name, rounded(value)])),
    ...(Object.keys(capped).length > 0 && { capped })
  }))
})
