/** What users import to test their own strategies, actors and ledgers: generators, invariants, a model. */
export * from "./arbitraries.ts"
export { type Held, hasEnded, LedgerHistory, type SeenMigration, type SeenTask, type SeenWorker } from "./history.ts"
export * from "./invariants/index.ts"
export { type LedgerCall, perform, type Verdict } from "./ledger-calls.ts"
export {
  anyFit,
  type LedgerCommand,
  type LedgerScenario,
  ledgerCommands,
  ledgerScenarios,
  type Proposer,
  type Situation
} from "./ledger-commands.ts"
export { LedgerModel } from "./ledger-model.ts"
export { type HardCase, hardCases, type LedgerRun, type Made, type RunOptions, runLedger } from "./ledger-run.ts"
export { differences, type LedgerView, viewOf } from "./ledger-view.ts"
export { LedgerWatch, type Violation, type WatchOptions } from "./ledger-watch.ts"
export { proposedBy } from "./strategy.ts"
export { VirtualTime, type VirtualTimeOptions } from "./virtual-time.ts"
