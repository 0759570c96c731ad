import type { Measured } from "../report.ts"
import { median } from "../statistics.ts"
import type { Target } from "../targets.ts"

/** Libraries whose messages wait for each other, or at least for the sender to go on. XState's do neither. */
const libraries = ["nact", "comedy"]
const againstPlain = ["tell one", "tell 1000", "tell 100000", "ask one", "ask 1000", "ping-pong"]

const figure = (value: number): string => value.toLocaleString("en", { maximumSignificantDigits: 3 })

export const targetsOf = (measured: ReadonlyArray<Measured>): ReadonlyArray<Target> => {
  const of = (row: string, name: string): number =>
    median(measured.find((one) => one.row === row)?.rounds.get(name) ?? [])
  const rowNames = measured.map(({ row }) => row)

  /** By how much Ballast is better: above 1 it is. */
  const ratio = (row: string, name: string): number => {
    const more = measured.find((one) => one.row === row)?.more ?? true
    return more ? of(row, "ballast") / of(row, name) : of(row, name) / of(row, "ballast")
  }

  const ratios = (target: string, least: number, name: string, among: ReadonlyArray<string>): Target => {
    const known = among.map((row) => ({ row, value: ratio(row, name) })).filter(({ value }) => !Number.isNaN(value))
    return {
      target,
      met: known.length === 0 ? undefined : known.every(({ value }) => value >= least),
      figures: known.map(({ row, value }) => `${row} ${figure(value)}${value >= least ? "" : " (missed)"}`).join(", ")
    }
  }

  const atMost = (target: string, value: number, limit: number, unit: string): Target => ({
    target,
    met: Number.isNaN(value + limit) ? undefined : value <= limit,
    figures: Number.isNaN(value + limit) ? "" : `${figure(value)} ${unit} against ${figure(limit)} ${unit}`
  })

  return [
    ratios("≥ 0.7 × plain in tell, ask and ping-pong", 0.7, "plain", againstPlain),
    ...libraries.map((name) => ratios(`better than ${name} in every row`, 1, name, rowNames)),
    ratios("better than erlang in every row", 1, "erlang", rowNames),
    ratios("better than erlang on one core too (no target)", 1, "erlang one core", rowNames),
    atMost("≤ 600 B an idle actor", of("heap bytes", "ballast"), 600, "B"),
    atMost("a restart no slower than erlang's", of("restart µs", "ballast"), of("restart µs", "erlang"), "µs"),
    atMost("timer p99 ≤ idle + 5 ms", of("timer late ms", "ballast"), of("timer late ms", "idle") + 5, "ms")
  ]
}
