/** The openb packing experiments: the cluster as workers, its pods as tasks, and the published rules as strategies. */
export { type OpenbTask, openbTasks } from "./arrivals.ts"
export { openbWorkers, unallocatedGpuShare } from "./cluster.ts"
export type { FgdOptions } from "./fgd.ts"
export { openbSpecs, PackedCluster, type Packing, type PackingOptions, pack } from "./packing.ts"
export { c11, openbPart, speedPart } from "./scenario.ts"
export { decisionsPerSecond } from "./speed.ts"
export { openbStrategies } from "./strategies.ts"
