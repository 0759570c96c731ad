/** What the figures of many seeds come to: one report, in words and as a table. */
export { type CompareOptions, type Comparison, compare, type Setting } from "./compare.ts"
export { type Finding, fewestPairs, findingsOf, type Verdict } from "./finding.ts"
export { plainReportOf, type Report, type ReportRow, reportOf } from "./report.ts"
export { usualRows } from "./rows.ts"
export { isScenario, scenarioProblems } from "./scenario-input.ts"
export { FaultCounter, type FaultsByContender, faultsInWords, type StrategyFaults } from "./strategy-faults.ts"
export { tableOf } from "./table.ts"
export { inWords, type RowInWords, rowsInWords } from "./words.ts"
