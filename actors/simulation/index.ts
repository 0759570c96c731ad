/** The real actors on virtual time and simulated threads: worlds as data, what came of them, and comparisons. */
export * as baselines from "./baselines/index.ts"
export {
  type CompareOptions,
  type Comparison,
  compare,
  type Finding,
  type Report,
  type ReportRow,
  type Setting
} from "./comparison/index.ts"
export type { SimulatedOptions, SimulationDefinition, StrategyMaker } from "./definition.ts"
export { isWorld, worldProblems } from "./definition-input.ts"
export { type Look, lookAt, type WorkerLook } from "./look.ts"
export type { Outcome, WorkerOutcome } from "./outcome.ts"
export {
  type Bound,
  type Contender,
  type Figures,
  measureSeed,
  type Part,
  type Row,
  type Scenario,
  type ScenarioWorld,
  scenarios
} from "./scenarios/index.ts"
export { simulate } from "./simulate.ts"
export { Simulation, type SimulationOptions } from "./simulation.ts"
export { isStrategyOption, type StrategyOption } from "./strategy-input.ts"
export { SimulatedDriver } from "./threads/simulated-driver.ts"
export { SimulatedThread } from "./threads/simulated-thread.ts"
export {
  type Arrivals,
  type Chance,
  chanceOf,
  meanOf,
  type RecordedTask,
  type ServiceTime,
  type SimulatedTask,
  type TaskKind,
  tasksOf,
  type Workload
} from "./workload/index.ts"
export type { Fault } from "./world/fault.ts"
export type { Phase, SimulatedWorker, WorkerTraits } from "./world/worker-traits.ts"
export { quietWorld, type WorldOptions, worldDefaults } from "./world/world-options.ts"
