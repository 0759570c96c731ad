import type { Estimate } from "../../../src/statistics/index.ts"
import type { Figures } from "../scenarios/index.ts"
import { percent, quantity, shown } from "./figure.ts"
import { type Finding, fewestPairs, findingsOf } from "./finding.ts"
import type { Report, ReportRow } from "./report.ts"

/** From this ratio on, "3 times" is easier to grasp than "200 % more". */
const manifold = 2

const direction = (above: boolean): string => (above ? "more" : "less")

/** From the one to the other; one of them where they look the same. */
const range = (low: string, high: string, between = "–"): string => (low === high ? low : `${low}${between}${high}`)

/** How large a difference is, and where it probably lies, in the same terms. */
interface Extent {
  /** Such as `31 % less than`. */
  readonly size: string
  /** Such as `28–34 % less`, or `2 % less to 3 % more`. */
  readonly interval: string
}

const none = "no difference"
const same = "as much as"

const relative = (ratio: number): string => {
  if (ratio === 0 || ratio === Number.POSITIVE_INFINITY) return `infinitely ${direction(ratio > 1)}`
  return `${percent(Math.abs(ratio - 1))} % ${direction(ratio > 1)}`
}

const intervalOfRatio = (low: number, high: number): string => {
  if (low === 1 && high === 1) return none
  // What is infinite on one side has no share on the other.
  if ((low < 1 && high > 1) || low === 0 || high === Number.POSITIVE_INFINITY) {
    return range(relative(low), relative(high), " to ")
  }
  const [near, far] = high <= 1 ? [1 - high, 1 - low] : [low - 1, high - 1]
  return `${range(percent(near), percent(far))} % ${direction(high > 1)}`
}

const extentOfRatio = ({ estimate, low, high }: Estimate): Extent => {
  if (estimate >= manifold && Number.isFinite(estimate)) {
    return { size: `${shown(estimate)} times`, interval: `${range(shown(low), shown(high))} times` }
  }
  return { size: estimate === 1 ? same : `${relative(estimate)} than`, interval: intervalOfRatio(low, high) }
}

const extentOfDifference = ({ estimate, low, high }: Estimate, unit: string): Extent => {
  const of = unit === "%" ? " points" : unit === "" ? "" : ` ${unit}`
  const apart = (difference: number): string => `${shown(Math.abs(difference))}${of} ${direction(difference > 0)}`
  const size = estimate === 0 ? same : `${apart(estimate)} than`
  if (low === 0 && high === 0) return { size, interval: none }
  if (low < 0 && high > 0) return { size, interval: `${apart(low)} to ${apart(high)}` }
  const [near, far] = high <= 0 ? [-high, -low] : [low, high]
  return { size, interval: `${range(shown(near), shown(far))}${of} ${direction(high > 0)}` }
}

/** How the subject does against one other, such as `31 % less than round robin (better in 30 of 30 seeds; 95 %: …)`. */
const clauseOf = ({ row, against, verdict, by, isFixed, bothCut, comparison }: Finding): string => {
  const { pairs, wins, ties, losses, ratio, difference } = comparison
  const estimate = by === "ratio" ? ratio : difference
  if (Number.isNaN(estimate.estimate)) return `not to be compared with ${against}, which has no such figure`
  const limit = quantity(row.cap ?? Number.NaN, row.unit)
  if (bothCut > 0 && bothCut === pairs) {
    return `not to be told from ${against}: both are cut off at ${limit} in ${pairs === 1 ? "the one seed" : `all ${pairs} seeds`}`
  }
  if (verdict === "equal") return `the same as ${against} in ${pairs === 1 ? "the one seed" : `all ${pairs} seeds`}`
  const { size, interval } = by === "ratio" ? extentOfRatio(ratio) : extentOfDifference(difference, row.unit)
  const better = wins >= losses
  const way = better ? "better" : "worse"
  const cut = bothCut === 0 ? "" : `, of which both are cut off at ${limit} in ${bothCut}`
  const equally = ties === 0 ? "" : `, equal in ${ties}${cut}`
  const seeds = `${way} in ${better ? wins : losses} of ${pairs} seeds${equally}`
  if (isFixed && pairs > 1)
    return `${size} ${against} (${way} by as much in all ${pairs} seeds: nothing is left to chance)`
  if (pairs < fewestPairs) return `${size} ${against} (${seeds}: too few to be sure)`
  const probably = `95 %: ${interval}`
  if (verdict === "undecided") return `not clearly apart from ${against} (${seeds}; ${probably})`
  return `${size} ${against} (${seeds}; ${probably})`
}

const summaries = { median: "", mean: " on average", max: " at most" } as const

const leadOf = ({ subject, seeds }: Report, { row, unit, ballast, summary, capped }: ReportRow): string => {
  const cut = capped[subject] ?? 0
  const figure = Number.isNaN(ballast) ? "has no figure" : quantity(ballast, unit)
  const average = summaries[summary]
  return `${row}: ${subject} ${figure}${average}${cut === 0 ? "" : ` (cut off there in ${cut} of ${seeds} seeds)`}`
}

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
