import type { Measured } from "./report.ts"
import { median } from "./statistics.ts"

/** A target of a scenario, and what came of it. `undefined`: what it speaks of was not measured. */
export interface Target {
  readonly target: string
  readonly met: boolean | undefined
  readonly figures: string
}

/** Line by line, for a reader. */
export const formatTargets = (targets: ReadonlyArray<Target>): string =>
  targets
    .map(({ target, met, figures }) => {
      const verdict = met === undefined ? "not measured" : met ? "met" : "missed"
      return `- ${target}: ${verdict}${figures === "" ? "" : ` — ${figures}`}`
    })
    .join("\n")

const figure = (value: number): string => value.toLocaleString("en", { maximumSignificantDigits: 3 })

/** Judges medians of what was measured. */
export const judge = (measured: ReadonlyArray<Measured>) => {
  const find = (row: string): Measured | undefined => measured.find((one) => one.row === row)
  const of = (row: string, name: string): number => median(find(row)?.rounds.get(name) ?? [])

  /** The best of those names that stand in the row. */
  const best = (row: string, names: ReadonlyArray<string>): { readonly name: string; readonly value: number } => {
    const standing = names.map((name) => ({ name, value: of(row, name) })).filter(({ value }) => !Number.isNaN(value))
    const more = find(row)?.more ?? true
    return standing.sort((a, b) => (more ? b.value - a.value : a.value - b.value))[0] ?? { name: "", value: Number.NaN }
  }

  const against = (target: string, value: number, limit: number, met: boolean, of = ""): Target =>
    Number.isNaN(value + limit)
      ? { target, met: undefined, figures: "" }
      : { target, met, figures: `${figure(value)} against ${figure(limit)}${of === "" ? "" : ` (${of})`}` }

  return {
    /** Ballast's figure is no more than the limit. */
    atMost: (target: string, row: string, limit: number): Target => {
      const value = of(row, "ballast")
      return against(target, value, limit, value <= limit)
    },
    /** Ballast's figure is no less than the limit. */
    atLeast: (target: string, row: string, limit: number): Target => {
      const value = of(row, "ballast")
      return against(target, value, limit, value >= limit)
    },
    /** Ballast's figure is at least `factor` times the best of the others; where less is better, at most. */
    againstBest: (target: string, row: string, names: ReadonlyArray<string>, factor: number): Target => {
      const value = of(row, "ballast")
      const { name, value: other } = best(row, names)
      const limit = other * factor
      return against(target, value, limit, (find(row)?.more ?? true) ? value >= limit : value <= limit, name)
    }
  }
}
