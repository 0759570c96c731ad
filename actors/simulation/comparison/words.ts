import type { Estimate } from "../../../src/statistics/index.ts"
import type { Figures } from "../scenarios/index.ts"
import { percent, quantity, shown } from "./figure.ts"
import { type Finding, fewestPairs, findingsOf } from "./finding.ts"
import type { Report, ReportRow } from "./report.ts"

/** From this ratio on, "3 times" is easier to grasp than "200 % more". */
const manifold = 2

const direction = (above: boolean): string => (above ? "more" : "less")

/** Two figures with what they are of; one where they look the same. */
const range = (low: string, high: string, of: string): string => (low === high ? `${low}${of}` : `${low}–${high}${of}`)

/** How large a difference is, and where it probably lies, in the same terms. */
interface Extent {
  /** Such as `31 % less than`. */
  readonly size: string
  /** Such as `28–34 % less`, or `2 % less to 3 % more`. */
  readonly interval: string
}

const relative = (ratio: number): string => `${percent(Math.abs(ratio - 1))} % ${direction(ratio > 1)}`

const extentOfRatio = ({ estimate, low, high }: Estimate): Extent => {
  if (estimate >= manifold) {
    return { size: `${shown(estimate)} times`, interval: range(shown(low), shown(high), " times") }
  }
  const size = `${relative(estimate)} than`
  if (low < 1 && high > 1) return { size, interval: `${relative(low)} to ${relative(high)}` }
  const [near, far] = high <= 1 ? [1 - high, 1 - low] : [low - 1, high - 1]
  return { size, interval: range(percent(near), percent(far), ` % ${direction(high > 1)}`) }
}

const extentOfDifference = ({ estimate, low, high }: Estimate, unit: string): Extent => {
  const of = unit === "%" ? " points" : unit === "" ? "" : ` ${unit}`
  const apart = (difference: number): string => `${shown(Math.abs(difference))}${of} ${direction(difference > 0)}`
  const size = `${apart(estimate)} than`
  if (low < 0 && high > 0) return { size, interval: `${apart(low)} to ${apart(high)}` }
  const [near, far] = high <= 0 ? [-high, -low] : [low, high]
  return { size, interval: range(shown(near), shown(far), `${of} ${direction(high > 0)}`) }
}

/** How the subject does against one other, such as `31 % less than round robin (better in 30 of 30 seeds; 95 %: …)`. */
const clauseOf = ({ row, against, verdict, by, isFixed, comparison }: Finding): string => {
  const { pairs, wins, ties, losses, ratio, difference } = comparison
  const estimate = by === "ratio" ? ratio : difference
  if (Number.isNaN(estimate.estimate)) return `not to be compared with ${against}, which has no such figure`
  if (verdict === "equal") return `the same as ${against} in ${pairs === 1 ? "the one seed" : `all ${pairs} seeds`}`
  const { size, interval } = by === "ratio" ? extentOfRatio(ratio) : extentOfDifference(difference, row.unit)
  const better = wins >= losses
  const way = better ? "better" : "worse"
  const equally = ties === 0 ? "" : `, equal in ${ties}`
  const seeds = `${way} in ${better ? wins : losses} of ${pairs} seeds${equally}`
  if (isFixed && pairs > 1)
    return `${size} ${against} (${way} by as much in all ${pairs} seeds: nothing is left to chance)`
  if (pairs < fewestPairs) return `${size} ${against} (${seeds}: too few to be sure)`
  const probably = `95 %: ${interval}`
  if (verdict === "undecided") return `not clearly apart from ${against} (${seeds}; ${probably})`
  return `${size} ${against} (${seeds}; ${probably})`
}

const leadOf = ({ subject }: Report, { row, unit, ballast, summary }: ReportRow): string =>
  `${row}: ${subject} ${quantity(ballast, unit)}${summary === "mean" ? " on average" : ""}`

/** A row in words: what the subject came to, and a clause for each that it is held against. */
export interface RowInWords {
  readonly lead: string
  readonly clauses: ReadonlyArray<string>
}

export const rowsInWords = (report: Report, figures: ReadonlyArray<Figures>): ReadonlyArray<RowInWords> => {
  const findings = findingsOf(report, figures)
  return report.rows.map((row) => ({
    lead: leadOf(report, row),
    clauses: findings.filter((finding) => finding.row === row).map(clauseOf)
  }))
}

/** The same as sentences that each stand alone, one for each row and each that the subject is held against. */
export const inWords = (report: Report, figures: ReadonlyArray<Figures>): ReadonlyArray<string> =>
  rowsInWords(report, figures).flatMap(({ lead, clauses }) =>
    clauses.length === 0 ? [lead] : clauses.map((clause) => `${lead}, ${clause}`)
  )
