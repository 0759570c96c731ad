import { readFileSync } from "node:fs"
import { type RecordedHistory, readHistory } from "../../../src/storage/index.ts"

/** The history that a file holds. */
export const historyIn = (path: string): RecordedHistory => readHistory(readFileSync(path, "utf8").split("\n"))
