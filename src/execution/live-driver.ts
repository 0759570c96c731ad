import { processDriver } from "./process/process-driver.ts"
import { type ThreadDriverOptions, threadDriver } from "./thread-driver.ts"
import type { WorkerDriver } from "./worker-driver.ts"

/** Runs each worker as its `isolation` says: as a thread of this process, or as a process of its own. Of others it knows nothing. */
export const liveDriver = (options: ThreadDriverOptions): WorkerDriver => {
  const threads = threadDriver(options)
  const processes = processDriver(options)
  return { open: (spec, sink) => (spec.isolation === "process" ? processes : threads).open(spec, sink) }
}
