import type { Measured } from "../report.ts"
import { median } from "../statistics.ts"

const shown = (value: number | undefined): string => {
  if (value === undefined || Number.isNaN(value)) return "—"
  return value.toLocaleString("en", { maximumSignificantDigits: 3 })
}

const lineOf = (cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`

/** A line for each strategy and each peer beside it: decisions a second by size of the pool, the slope, joins and leaves. */
export const selectionTable = (
  measured: ReadonlyArray<Measured>,
  strategies: ReadonlyArray<string>,
  pools: ReadonlyArray<number>
): string => {
  const byRow = new Map(measured.map(({ row, rounds }) => [row, rounds]))
  const figure = (row: string, name: string): string => shown(median(byRow.get(row)?.get(name) ?? []))
  const sizes = pools.map((workers) => workers.toLocaleString("en"))
  const head = ["decisions/s", ...sizes, "slope", ...sizes.map((size) => `join+leave µs, ${size}`)]
  const lines = strategies.flatMap((id) => {
    const rows = [...pools.map((n) => `${id} at ${n}`), `${id} slope`, ...pools.map((n) => `${id} join+leave at ${n}`)]
    const names = new Set(rows.flatMap((row) => [...(byRow.get(row)?.keys() ?? [])]))
    return [...names].map((name) => [name === "ballast" ? id : `· ${name}`, ...rows.map((row) => figure(row, name))])
  })
  return [head, head.map(() => "---"), ...lines].map(lineOf).join("\n")
}
