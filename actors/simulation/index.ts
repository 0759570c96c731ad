/** The real actors on virtual time and simulated threads: worlds as data, what came of them, and comparisons. */
export * as baselines from "./baselines/index.ts"
export {
  type CompareOptions,
  type Comparison,
  compare,
  type FaultsByContender,
  type Finding,
  findingsOf,
  inWords,
  isScenario,
  plainReportOf,
  type Report,
  type ReportRow,
  reportOf,
  runScenario,
  type SeedOptions,
  type Settings,
  type StrategyFaults,
  scenarioProblems,
  tableOf,
  usualRows,
  type Verdict as ComparisonVerdict
} from "./comparison/index.ts"
export type { SimulatedOptions, SimulationDefinition, StrategyMaker } from "./definition.ts"
export { isWorld, worldProblems } from "./definition-input.ts"
export { type Look, lookAt, type WorkerLook } from "./look.ts"
export type { Outcome, WorkerOutcome } from "./outcome.ts"
export {
  type Bound,
  type Contender,
  type Derived,
  type Figures,
  type Gauge,
  type MaterialWorld,
  type Measurement,
  measureSeed,
  type Part,
  type Row,
  type Scenario,
  type ScenarioWorld,
  type Setting,
  type Sight,
  type Spectator,
  scenarios,
  traceScenario,
  traceScenarioNames
} from "./scenarios/index.ts"
export { simulate } from "./simulate.ts"
export { Simulation, type SimulationOptions } from "./simulation.ts"
export { isStrategyOption, type StrategyOption } from "./strategy-input.ts"
export { SimulatedDriver } from "./threads/simulated-driver.ts"
export { SimulatedThread } from "./threads/simulated-thread.ts"
export {
  type AzureFunction,
  type AzureFunctions,
  type AzureTasksOptions,
  azureTasks,
  demandAt,
  listTraces,
  type OpenbNode,
  type OpenbPod,
  type OpenbResult,
  type OpenbTrace,
  openbMixes,
  type PlanetlabDay,
  planetlabDays,
  planetlabDemand,
  previousSuite,
  readAzureFunctions,
  readOpenb,
  readOpenbResults,
  readPlanetlab,
  readSwf,
  readTestDurations,
  type SwfJob,
  type SwfKnowledge,
  type SwfLog,
  swfLogs,
  swfTasks,
  type TestDuration,
  type TestSuite,
  TraceMalformed,
  TraceMissing,
  type TraceName,
  testDurationTasks,
  traceFolder
} from "./traces/index.ts"
export {
  type Goal,
  goals,
  type Tried,
  type TunedSettings,
  type TuneOptions,
  type TuneReport,
  tune
} from "./tuning/index.ts"
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
