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
        [...rounds].filter(([name]) => name !== "ballast").map(([name, values]) => [name, significant(median(values))])
      )
    }
  })
})

/** The ratio by which Ballast is better than a baseline: above 1 it is. */
const ratio = (ours: number, theirs: number, more: boolean): string => (more ? ours / theirs : theirs / ours).toFixed(2)

/** The report as a table for a reader, in Markdown. */
export const tableOf = (measured: ReadonlyArray<Measured>): string => {
  const names = [...(measured[0]?.rounds.keys() ?? [])]
  const others = names.filter((name) => name !== "ballast")
  const head = ["", ...names, ...others.map((name) => `× ${name}`)]
  const rows = measured.map(({ row, unit, more, rounds }) => {
    const of = (name: string): number => median(rounds.get(name) ?? [])
    const figure = (name: string): string => `${Math.round(of(name)).toLocaleString("en")} ${unit}`
    return [row, ...names.map(figure), ...others.map((name) => ratio(of("ballast"), of(name), more))]
  })
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")
}
