/** What was to be done, line by line: recorded by a runtime, read to try other settings on it. */
export { type HistoryLine, historyVersion, type RanLine } from "./format.ts"
export { HistoryFile, type HistoryFileOptions, type HistorySink } from "./history-file.ts"
export { type RecordedHistory, type RecordedSession, type RecordedWorker, readHistory } from "./session.ts"
