import { comparePaired, type PairedComparison } from "../../../src/statistics/index.ts"
import type { Figures } from "../scenarios/index.ts"
import { chanceOf } from "../workload/index.ts"
import { figuresOf, type Report, type ReportRow, statistics } from "./report.ts"

/**
 * How a contender does against another: `undecided` where the interval of the difference holds none at all, and where
 * there are too few seeds to say, or all were cut off; `equal` where they have the same figure in every seed.
 */
export type Verdict = "better" | "worse" | "equal" | "undecided"

/** The report's subject against another, in one row. */
export interface Finding {
  readonly row: ReportRow
  readonly against: string
  readonly verdict: Verdict
  /** How far apart they are is said as a ratio, or where that says little, as of shares and of zeros, as a difference. */
  readonly by: "ratio" | "difference"
  /** Whether every seed gave the same two figures, so that more seeds say no more. */
  readonly isFixed: boolean
  /** Seeds in which both were cut off, so that neither is known to be better. */
  readonly bothCut: number
  readonly comparison: PairedComparison
}

/** Fewer pairs than these fall all on one side by chance in more than 5 % of cases: 2 · ½ⁿ. */
export const fewestPairs = 6

/** Of sums that were taken in another order the last digits differ, and nothing else. */
const digits = 9

const comparable = (figures: ReadonlyArray<number>): ReadonlyArray<number> =>
  figures.map((figure) => Number(figure.toPrecision(digits)))

/** A ratio of figures that are not all above 0 does not say which is more. */
const byOf = ({ unit }: ReportRow, figures: ReadonlyArray<number>): Finding["by"] =>
  unit !== "%" && figures.every((figure) => figure > 0) ? "ratio" : "difference"

const verdictOf = (
  { better }: ReportRow,
  { comparison, by, bothCut }: Pick<Finding, "comparison" | "by" | "bothCut">
): Verdict => {
  const { pairs, ties } = comparison
  if (pairs > 0 && ties === pairs) return bothCut === pairs ? "undecided" : "equal"
  if (pairs < fewestPairs) return "undecided"
  const { low, high } = comparison[by]
  const none = by === "ratio" ? 1 : 0
  if (low > none) return better === "more" ? "better" : "worse"
  if (high < none) return better === "less" ? "better" : "worse"
  return "undecided"
}

/** The report's subject against each of the others, row by row, on the same seeds. The same figures give the same. */
export const findingsOf = ({ id, subject, rows }: Report, figures: ReadonlyArray<Figures>): ReadonlyArray<Finding> =>
  rows.flatMap((row) =>
    Object.keys(row.baselines).map((against) => {
      const ours = comparable(figuresOf(figures, row.row, subject))
      const theirs = comparable(figuresOf(figures, row.row, against))
      const isFixed = new Set(ours).size === 1 && new Set(theirs).size === 1
      const comparison = comparePaired(ours, theirs, chanceOf(`finding/${id}/${row.row}/${against}`), {
        better: row.better,
        statistic: statistics[row.summary]
      })
      const by = byOf(row, [...ours, ...theirs])
      const [cap] = comparable(row.cap === undefined ? [] : [row.cap])
      const bothCut = ours.filter((figure, seed) => figure === cap && theirs[seed] === cap).length
      return { row, against, by, isFixed, bothCut, comparison, verdict: verdictOf(row, { comparison, by, bothCut }) }
    })
  )
