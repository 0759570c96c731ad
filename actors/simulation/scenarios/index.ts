/** Comparisons as data, by their ids. */
import { c1 } from "./c1.ts"
import { c2 } from "./c2.ts"
import { c3 } from "./c3.ts"
import { c4 } from "./c4.ts"
import { c5 } from "./c5.ts"
import { c6 } from "./c6.ts"
import { c7 } from "./c7.ts"
import { c8 } from "./c8.ts"
import { c10 } from "./c10.ts"
import { c12 } from "./c12.ts"
import { c19 } from "./c19.ts"
import { c13 } from "./forecast/index.ts"
import { c11 } from "./openb/index.ts"
import { c18 } from "./planetlab/index.ts"
import type { Scenario } from "./scenario.ts"

export { modelProblems } from "./beyond-models.ts"
export { measureSeed, type Spectator } from "./measure-seed.ts"
export type { Measurement } from "./measurement.ts"
export type {
  Bound,
  Contender,
  Derived,
  Figures,
  Gauge,
  MaterialWorld,
  Part,
  Row,
  Scenario,
  ScenarioWorld,
  Setting
} from "./scenario.ts"
export type { Sight } from "./sight.ts"
export { traceScenario, traceScenarioNames } from "./trace-scenario.ts"

export const scenarios: ReadonlyArray<Scenario> = [c1, c2, c3, c4, c5, c6, c7, c8, c10, c11, c12, c13, c18, c19]
