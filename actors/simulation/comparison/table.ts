import { type Column, formatTable } from "../../../src/text/index.ts"
import { shown } from "./figure.ts"
import type { Report, ReportRow } from "./report.ts"

/** Characters that a table may take before it is turned on its side. */
const comfortable = 110

const titleOf = ({ row, unit, better }: ReportRow): string => {
  const arrow = better === "less" ? "↓" : "↑"
  return unit === "" || row.endsWith(unit) ? `${row} ${arrow}` : `${row}, ${unit} ${arrow}`
}

const intervalOf = ({ interval: [low, high] }: ReportRow): string => `${shown(low)}–${shown(high)}`

const namesOf = ({ rows }: Report): ReadonlyArray<string> => [
  ...new Set(rows.flatMap(({ baselines }) => Object.keys(baselines)))
]

const columnsOf = ([first = "", ...others]: ReadonlyArray<string>): ReadonlyArray<Column> => [
  { title: first, align: "left" },
  ...others.map((title): Column => ({ title, align: "right" }))
]

/** A line for each row of the report, a column for each contender. */
const byRow = (report: Report): ReadonlyArray<string> => {
  const names = namesOf(report)
  return formatTable(
    columnsOf(["", report.subject, "95 %", ...names]),
    report.rows.map((row) => [
      titleOf(row),
      shown(row.ballast),
      intervalOf(row),
      ...names.map((name) => shown(row.baselines[name] ?? Number.NaN))
    ])
  )
}

/** The same on its side: a line for each contender, a column for each row of the report. */
const byContender = (report: Report): ReadonlyArray<string> => {
  const { subject, rows } = report
  return formatTable(columnsOf(["", ...rows.map(titleOf)]), [
    [subject, ...rows.map(({ ballast }) => shown(ballast))],
    ["95 %", ...rows.map(intervalOf)],
    ...namesOf(report).map((name) => [name, ...rows.map(({ baselines }) => shown(baselines[name] ?? Number.NaN))])
  ])
}

const widthOf = (lines: ReadonlyArray<string>): number => Math.max(0, ...lines.map((line) => line.length))

/** The report as a table: ↓ less is better, ↑ more is better, `—` no figure. */
export const tableOf = (report: Report): string => {
  const upright = byRow(report)
  if (widthOf(upright) <= comfortable) return upright.join("\n")
  const turned = byContender(report)
  return (widthOf(turned) < widthOf(upright) ? turned : upright).join("\n")
}
