/** The openb packing experiments: the cluster as workers, its pods as tasks, and the published rules as strategies. */
export { type OpenbTask, openbTasks } from "./arrivals.ts"
export { openbWorkers, unallocatedGpuShare } from "./cluster.ts"
export type { FgdOptions } from "./fgd.ts"
export { type Packing, type PackingOptions, pack } from "./packing.ts"
export { openb, openbPart } from "./scenario.ts"
export { openbStrategies } from "./strategies.ts"
