import { Worker } from "node:worker_threads"
import type { Compacted, CompactOptions } from "./snapshot.ts"

/** Compacts on a thread of its own; rejects with what goes wrong there. */
export const compactBeside = (options: CompactOptions): Promise<Compacted> => {
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
  return promise
}
