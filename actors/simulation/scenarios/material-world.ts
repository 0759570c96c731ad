import { toRequirements, toWorkerSpec } from "../../../src/config/index.ts"
import { unmetEver } from "../../../src/ledger/index.ts"
import type { WorkerSpec } from "../../../src/model/index.ts"
import type { BaselineTask, Server } from "../baselines/index.ts"
import { tasksOf } from "../workload/index.ts"
import { plenty } from "../world/befall.ts"
import { type NamedWorker, namedWorkers, toldOf } from "../world/simulated-workers.ts"
import type { MaterialWorld, ScenarioWorld } from "./scenario.ts"

/** The same worker as a server of a model: what it has of resources is not its concern, what it can run is. */
const serverOf = ({ id, speed = 1, capacity, phases = [], fixed }: NamedWorker): Server => ({
  id,
  speed,
  slots: capacity?.concurrent ?? 1,
  slow: phases.map(({ from, until = Number.POSITIVE_INFINITY, factor }) => ({ from, until, factor })),
  ...(fixed !== undefined && { fixed })
})

/** Which workers could ever run what a task requires, worked out once for each shape. */
const eligibility = (specs: ReadonlyArray<WorkerSpec>) => {
  const known = new Map<string, ReadonlyArray<number> | undefined>()
  const everybody = specs.map((_, index) => index)
  return (requires: Parameters<typeof toRequirements>[0]): ReadonlyArray<number> | undefined => {
    if (requires === undefined) return undefined
    const requirements = toRequirements(requires)
    const { shape } = requirements
    if (!known.has(shape)) {
      const able = everybody.filter((index) => {
        const spec = specs[index]
        return spec !== undefined && unmetEver(requirements, spec).length === 0
      })
      known.set(shape, able.length === specs.length ? undefined : able)
    }
    return known.get(shape)
  }
}

/** The very tasks that the runtime gets for the seed, and its workers, for models and bounds. */
export const materialWorld = ({ workers, workload }: ScenarioWorld, seed: number): MaterialWorld => {
  const named = namedWorkers(workers)
  const eligible = eligibility(named.map((worker) => toWorkerSpec(toldOf(worker), worker.id, plenty, 1)))
  const workloads = "arrivals" in workload ? [workload] : workload
  const tasks = workloads.flatMap((each, index) =>
    Array.from(tasksOf(each, `${seed}/${index}`), ({ at, work, type, options }): BaselineTask => {
      const able = eligible(options.requires)
      return able === undefined ? { at, work, type } : { at, work, type, eligible: able }
    })
  )
  if (workloads.length > 1) tasks.sort((a, b) => a.at - b.at)
  return { tasks, servers: named.map(serverOf) }
}
