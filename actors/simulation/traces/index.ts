/** Recorded workloads that others have published, read from where the user keeps them. */
export {
  type AzureFunction,
  type AzureFunctions,
  type AzureTasksOptions,
  azureTasks,
  readAzureFunctions
} from "./azure-functions.ts"
export { TraceMalformed, TraceMissing } from "./errors.ts"
export { listTraces, type TraceName } from "./list-traces.ts"
export { type LoadSeries, loadSeriesTraces, readLoadSeries } from "./load-series.ts"
export { type OpenbNode, type OpenbPod, type OpenbTrace, openbMixes, readOpenb } from "./openb.ts"
export { type OpenbResult, readOpenbResults } from "./openb-published.ts"
export { demandAt, type PlanetlabDay, planetlabDays, planetlabDemand, readPlanetlab } from "./planetlab.ts"
export { readSwf, type SwfJob, type SwfKnowledge, type SwfLog, swfLogs, swfTasks } from "./swf.ts"
export {
  previousSuite,
  readTestDurations,
  type TestDuration,
  type TestSuite,
  testDurationTasks
} from "./test-durations.ts"
export { type Family, families } from "./trace-files.ts"
export { noTraceFolder, type TraceFolderOptions, traceFolder } from "./trace-folder.ts"
