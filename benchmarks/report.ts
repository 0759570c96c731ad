import { median, medianInterval } from "./statistics.ts"

/** One row of a benchmark: what each contender measured, round by round. */
export interface Measured {
  readonly row: string
  readonly unit: string
  /** Whether a larger figure is the better one. */
  readonly more: boolean
  /** By contender, in the order they are shown; `ballast` is one of them. */
  readonly rounds: ReadonlyMap<string, ReadonlyArray<number>>
}

export interface Report {
  readonly id: string
  /** Rounds. */
  readonly seeds: number
  readonly rows: ReadonlyArray<{
    readonly row: string
    readonly ballast: number
    /** The 95 % bootstrap interval of Ballast's median over the rounds. */
    readonly interval: readonly [number, number]
    readonly baselines: Readonly<Record<string, number>>
  }>
}

const significant = (value: number): number => Number(value.toPrecision(4))

export const reportOf = (id: string, measured: ReadonlyArray<Measured>): Report => ({
  id,
  seeds: Math.max(0, ...measured.map(({ rounds }) => rounds.get("ballast")?.length ?? 0)),
  rows: measured.map(({ row, rounds }) => {
    const ours = rounds.get("ballast") ?? []
    const [low, high] = medianInterval(ours)
    return {
      row,
      ballast: significant(median(ours)),
      interval: [significant(low), significant(high)],
      baselines: Object.fromEntries(
        [...rounds]
          .filter(([name, values]) => name !== "ballast" && values.length > 0)
          .map(([name, values]) => [name, significant(median(values))])
      )
    }
  })
})

/** The ratio by which Ballast is better than a baseline: above 1 it is. Nothing where there is none, as of zeros. */
const ratio = (ours: number, theirs: number, more: boolean): string => {
  const value = more ? ours / theirs : theirs / ours
  return Number.isFinite(value) ? ` (×${value.toFixed(2)})` : ""
}

/**
 * The report as a table for a reader, in Markdown: a line for each contender, some of which stand out of some rows, and
 * the ratio beside the figure.
 */
export const contendersTableOf = (measured: ReadonlyArray<Measured>): string => {
  const head = ["", ...measured.map(({ row, unit }) => (unit === "" || row.endsWith(unit) ? row : `${row}, ${unit}`))]
  const rows = namesIn(measured).map((name) => [
    name,
    ...measured.map(({ more, rounds }) => {
      const ours = median(rounds.get("ballast") ?? [])
      const figure = median(rounds.get(name) ?? [])
      if (Number.isNaN(figure)) return "—"
      return name === "ballast" ? shown(figure) : `${shown(figure)}${ratio(ours, figure, more)}`
    })
  ])
  return markdown(head, rows)
}

/** Four digits of what is small, whole numbers of what is large. */
const shown = (value: number): string => (value < 100 ? significant(value) : Math.round(value)).toLocaleString("en")

const namesIn = (measured: ReadonlyArray<Measured>): ReadonlyArray<string> => [
  ...new Set(measured.flatMap(({ rounds }) => [...rounds.keys()]))
]

const markdown = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")
