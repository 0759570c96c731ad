/** Comparisons as data, by their ids. */
import { c10 } from "./c10.ts"
import type { Scenario } from "./scenario.ts"

export { measureSeed } from "./measure-seed.ts"
export type { Bound, Contender, Figures, MaterialWorld, Part, Row, Scenario, ScenarioWorld } from "./scenario.ts"

export const scenarios: ReadonlyArray<Scenario> = [c10]
