import { type Report, rowsInWords, tableOf } from "../../../actors/simulation/comparison/index.ts"
import type { Figures, Scenario } from "../../../actors/simulation/scenarios/index.ts"
import { paragraph } from "./prose.ts"

const seedsInWords = (seeds: ReadonlyArray<number>): string => {
  const [first, last] = [seeds[0], seeds.at(-1)]
  return seeds.length === 1 ? `seed ${first}` : `${seeds.length} paired seeds, ${first} to ${last}`
}

const aimOf = (target: string | undefined): ReadonlyArray<string> => (target === undefined ? [] : [`  aim: ${target}`])

/** What a comparison came to, and of what. */
export interface Findings {
  readonly scenario: Scenario
  readonly report: Report
  readonly seeds: ReadonlyArray<number>
  /** Of each seed. */
  readonly figures: ReadonlyArray<Figures>
  /** What makes the figures less than they seem, a sentence each. */
  readonly beware: ReadonlyArray<string>
}

/** All that is to be said of a comparison, for a reader. */
export const reportText = ({ scenario, report, seeds, figures, beware }: Findings): string => {
  const { id, title, scene, metric, gamed, missing = [], notes = [] } = scenario
  const words = rowsInWords(report, figures).flatMap(({ lead, clauses }, index) => [
    lead,
    ...aimOf(report.rows[index]?.target),
    ...clauses.map((clause) => `  ${clause}`)
  ])
  return [
    `${id}: ${title}`,
    "",
    paragraph("scene", scene),
    paragraph("measured", metric),
    paragraph("gamed", gamed),
    ...notes.map((note) => paragraph("note", note)),
    ...missing.map((sentence) => paragraph("missing", sentence)),
    ...beware.map((sentence) => paragraph("beware", sentence)),
    paragraph("over", `${seedsInWords(seeds)}; medians with their 95 % intervals; ↓ less is better, ↑ more is better`),
    "",
    tableOf(report),
    "",
    ...words,
    ""
  ].join("\n")
}
