import { type Report, reportOf } from "../../../../actors/simulation/comparison/index.ts"
import type { Figures, Row } from "../../../../actors/simulation/scenarios/index.ts"

/** A row whose figures are made by hand. */
export const rowOf = (row: string, rest: Partial<Row> = {}): Row => ({
  row,
  unit: "ms",
  better: "less",
  figure: () => Number.NaN,
  ...rest
})

/** Figures of one row, seed by seed, of each contender. */
export const seedsOf = (
  row: string,
  figures: Readonly<Record<string, ReadonlyArray<number>>>
): ReadonlyArray<Figures> => {
  const seeds = Math.max(...Object.values(figures).map(({ length }) => length))
  return Array.from({ length: seeds }, (_, seed) => ({
    [row]: Object.fromEntries(Object.entries(figures).map(([name, values]) => [name, values[seed] ?? Number.NaN]))
  }))
}

export const reported = (row: Row, figures: ReadonlyArray<Figures>, subject?: string): Report =>
  reportOf({ id: "T1", parts: [{ rows: [row] }] }, figures, subject)
