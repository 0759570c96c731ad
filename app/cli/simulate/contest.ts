import type { StrategyOption } from "../../../actors/simulation/index.ts"
import type { Derived, Part, Row, Scenario, Setting } from "../../../actors/simulation/scenarios/index.ts"

const settingOf = ({ contenders: { ballast } }: Part): Setting =>
  ballast !== undefined && "runtime" in ballast ? ballast.runtime : {}

/** Rows that are Ballast's are those of whoever competes in its place. */
const rowsOf = ({ rows }: Part): ReadonlyArray<Row> =>
  rows.filter(({ of }) => of === undefined || of.includes("ballast")).map(({ of: _, ...row }) => row)

/** The same of rows that sum others up: where some stand in them, all who compete do, but no bound. */
const derivedOf = (derived: ReadonlyArray<Derived>, names: ReadonlyArray<string>): ReadonlyArray<Derived> =>
  derived
    .filter(({ of }) => of === undefined || of.includes("ballast"))
    .map((row) => (row.of === undefined ? row : { ...row, of: names }))

/** The scenario with other contenders: the runtime as Ballast is set in it, with each of the strategies. */
export const contestOf = (
  { targets: _, parts, derived = [], ...scenario }: Scenario,
  strategies: Readonly<Record<string, StrategyOption>>
): Scenario => ({
  ...scenario,
  derived: derivedOf(derived, Object.keys(strategies)),
  parts: parts.map((part) => ({
    ...part,
    rows: rowsOf(part),
    contenders: Object.fromEntries(
      Object.entries(strategies).map(([name, strategy]) => [name, { runtime: { ...settingOf(part), strategy } }])
    )
  }))
})
