/** What users import to test their own strategies, actors and ledgers: generators, invariants, a model. */

export { VirtualTime, type VirtualTimeOptions } from "../virtual-time/index.ts"
export { ActorTest, type ActorTestOptions } from "./actor-test.ts"
export * from "./arbitraries.ts"
export { type EachSeedOptions, eachSeed } from "./each-seed.ts"
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
export { Probe, type ProbeMessage, type ProbeOptions, type ProbeQuestion } from "./probe.ts"
export { proposedBy } from "./strategy.ts"
export { type CauseMatch, type DeadLetterMatch, SystemRecord } from "./system-record.ts"
export { VirtualProbe } from "./virtual-probe.ts"
