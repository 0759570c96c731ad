import type { Setting } from "../../../actors/simulation/comparison/index.ts"
import type { StrategyOption } from "../../../actors/simulation/index.ts"
import type { Part, Row, Scenario } from "../../../actors/simulation/scenarios/index.ts"

const settingOf = ({ contenders: { ballast } }: Part): Setting =>
  ballast !== undefined && "runtime" in ballast ? ballast.runtime : {}

/** Rows that are Ballast's are those of whoever competes in its place. */
const rowsOf = ({ rows }: Part): ReadonlyArray<Row> =>
  rows.filter(({ of }) => of === undefined || of.includes("ballast")).map(({ of: _, ...row }) => row)

/** The scenario with other contenders: the runtime as Ballast is set in it, with each of the strategies. */
export const contestOf = (
  { targets: _, parts, ...scenario }: Scenario,
  strategies: Readonly<Record<string, StrategyOption>>
): Scenario => ({
  ...scenario,
  parts: parts.map((part) => ({
    ...part,
    rows: rowsOf(part),
    contenders: Object.fromEntries(
      Object.entries(strategies).map(([name, strategy]) => [name, { runtime: { ...settingOf(part), strategy } }])
    )
  }))
})
