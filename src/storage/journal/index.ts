/** What of tasks survives the process: a write-ahead journal of the ledger's events, snapshots, recovery. */
export { JournalTooNew } from "./errors.ts"
export { type JournalFile, type JournalFiles, nodeFiles } from "./files.ts"
export { describeSetAside, type Journal, type JournalProblem, type JournalStats } from "./journal.ts"
export type { SetAside } from "./load.ts"
export { epochsPerRun, journalDefaults, type OpenJournalOptions, openJournal, type Recovered } from "./open-journal.ts"
export type { Ending, TaskImage } from "./task-images.ts"
