import { goals, type TuneReport } from "../../../actors/simulation/tuning/index.ts"
import { formatTable } from "../../../src/text/index.ts"
import { paragraph } from "../simulate/prose.ts"

/** Tried settings that are shown. */
const shown = 8

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

/** What a search came to, for a reader. */
export const tuneText = (report: TuneReport): string => {
  const { goal, runs, workers, unread, tried, trials, because, proposal } = report
  const rows = tried.slice(0, shown).map(({ words, gain }) => [words, percent(gain)])
  const table = formatTable(
    [
      { title: "tried to the end", align: "left" },
      { title: "gain where it was searched", align: "right" }
    ],
    rows
  )
  const lost = unread === 0 ? "" : `; ${unread} lines could not be read`
  return [
    paragraph("history", `${runs} runs, ${workers} workers${lost}`),
    paragraph("goal", `less ${goals[goal]}`),
    paragraph("searched", `${trials} simulated stretches`),
    "",
    ...(rows.length === 0 ? [] : [...table, ""]),
    paragraph("found", because),
    "",
    ...(proposal === undefined
      ? ["Keep what you have."]
      : ["Merge into your options:", "", JSON.stringify(proposal, undefined, 2)]),
    ""
  ].join("\n")
}
