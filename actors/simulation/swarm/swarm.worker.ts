import { parentPort, workerData } from "node:worker_threads"
import { runShare, type SeedShare } from "./seed-share.ts"

/** A thread that runs its share of the seeds, and says what came of each. */
const share: SeedShare = workerData
for await (const result of runShare(share)) parentPort?.postMessage(result)
