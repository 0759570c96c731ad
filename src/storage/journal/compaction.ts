import { Worker } from "node:worker_threads"
import type { Compacted, CompactOptions } from "./snapshot.ts"

/** A compaction that is under way. */
export interface Compaction {
  /** Rejects with what goes wrong, or where it is given up. By then nothing of it runs any more. */
  readonly result: Promise<Compacted>
  /** Ends it wherever it is: what it leaves half done is not seen, as after a kill of the process. */
  giveUp(): void
}

/** Compacts on a thread of its own. */
export const compactBeside = (options: CompactOptions): Compaction => {
  const { promise, resolve, reject } = Promise.withResolvers<Compacted>()
  const url = new URL(`./compaction.worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url)
  const worker = new Worker(url, { workerData: options, execArgv: [] })
  let result: Compacted | undefined
  let failure: unknown = new Error("its thread ended before it was done")
  worker.on("message", (message: Compacted) => {
    result = message
  })
  worker.on("error", (cause) => {
    failure = cause
  })
  // Only then is nothing of it left.
  worker.on("exit", () => {
    if (result === undefined) reject(failure)
    else resolve(result)
  })
  return { result: promise, giveUp: () => void worker.terminate() }
}
