/** The thread of one compaction: its data says what to do, its only message what was done. */
import { parentPort, workerData } from "node:worker_threads"
import { type CompactOptions, compact } from "./snapshot.ts"

const options: CompactOptions = workerData
parentPort?.postMessage(compact(options))
