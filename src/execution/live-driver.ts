import { processDriver } from "./process/process-driver.ts"
import { type ThreadDriverOptions, threadDriver } from "./thread-driver.ts"
import type { WorkerDriver } from "./worker-driver.ts"

/** Runs each worker as its `isolation` says: as a thread of this process, or as a process of its own. */
export const liveDriver = (options: ThreadDriverOptions): WorkerDriver => {
  const drivers = { thread: threadDriver(options), process: processDriver(options) }
  return { open: (spec, sink) => drivers[spec.isolation].open(spec, sink) }
}
