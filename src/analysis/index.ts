/** What a task's names say of it, where it does not say so itself. */
export { type AnalyzedTask, Analyzer } from "./analyzer.ts"
export { AnalysisHistory, type SeenKind, type SeenRun } from "./history.ts"
export {
  type AnalysisRules,
  type BrowserRule,
  defaultRules,
  type FamilyRule,
  type Preferences,
  type SizeRule
} from "./rules.ts"
