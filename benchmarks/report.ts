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

/** The ratio by which Ballast is better than a baseline: above 1 it is. */
const ratio = (ours: number, theirs: number, more: boolean): string => (more ? ours / theirs : theirs / ours).toFixed(2)

/** The report as a table for a reader, in Markdown. */
export const tableOf = (measured: ReadonlyArray<Measured>): string => {
  const names = namesIn(measured)
  const others = names.filter((name) => name !== "ballast")
  const head = ["", ...names, ...others.map((name) => `× ${name}`)]
  const rows = measured.map(({ row, unit, more, rounds }) => {
    const of = (name: string): number => median(rounds.get(name) ?? [])
    const figure = (name: string): string => `${shown(of(name))} ${unit}`
    return [row, ...names.map(figure), ...others.map((name) => ratio(of("ballast"), of(name), more))]
  })
  return markdown(head, rows)
}

/** The same for many contenders, some of which stand out of some rows: a line for each, and the ratio beside the figure. */
export const contendersTableOf = (measured: ReadonlyArray<Measured>): string => {
  const head = ["", ...measured.map(({ row, unit }) => (row.endsWith(unit) ? row : `${row}, ${unit}`))]
  const rows = namesIn(measured).map((name) => [
    name,
    ...measured.map(({ more, rounds }) => {
      const ours = median(rounds.get("ballast") ?? [])
      const figure = median(rounds.get(name) ?? [])
      if (Number.isNaN(figure)) return "—"
      return name === "ballast" || Number.isNaN(ours)
        ? shown(figure)
        : `${shown(figure)} (×${ratio(ours, figure, more)})`
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
