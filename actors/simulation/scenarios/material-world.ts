import { toRequirements, toWorkerSpec } from "../../../src/config/index.ts"
import { unmetEver } from "../../../src/ledger/index.ts"
import type { WorkerSpec } from "../../../src/model/index.ts"
import type { BaselineTask, Server, SlowPhase } from "../baselines/index.ts"
import { tasksOf } from "../workload/index.ts"
import { plenty } from "../world/befall.ts"
import { type TimedFault, timedFaults } from "../world/fault.ts"
import { type NamedWorker, namedWorkers, toldOf } from "../world/simulated-workers.ts"
import { speedAt } from "../world/worker-traits.ts"
import type { MaterialWorld, ScenarioWorld } from "./scenario.ts"

/** The speed at each of the types there are: a server of a model cannot run what its table does not have. */
const speedOf = (worker: NamedWorker, types: ReadonlySet<string>): Server["speed"] => {
  const { speed = 1 } = worker
  return typeof speed === "number"
    ? speed
    : Object.fromEntries(Array.from(types, (type) => [type, speedAt(worker, type)]))
}

/** What befalls the worker for a time, as phases: where it hangs it stands still. */
const befallen = (id: string, faults: ReadonlyArray<TimedFault>): ReadonlyArray<SlowPhase> =>
  faults.flatMap((fault) => {
    if ((fault.type !== "slow" && fault.type !== "hang") || fault.worker !== id) return []
    return [{ from: fault.at, until: fault.at + fault.for, factor: fault.type === "slow" ? fault.factor : 0 }]
  })

/** All that changes how fast the worker is: its phases, its warm-up, and what befalls it for a time. */
const phasesOf = (
  { id, phases = [], warmUp }: NamedWorker,
  faults: ReadonlyArray<TimedFault>
): ReadonlyArray<SlowPhase> => [
  ...phases.map(({ from, until = Number.POSITIVE_INFINITY, factor }) => ({ from, until, factor })),
  ...(warmUp === undefined ? [] : [{ from: 0, until: warmUp.for, factor: warmUp.factor }]),
  ...befallen(id, faults)
]

/** The same worker as a server of a model: what it has of resources is not its concern, what it can run is. */
const serverOf = (worker: NamedWorker, types: ReadonlySet<string>, faults: ReadonlyArray<TimedFault>): Server => {
  const { id, capacity, fixed } = worker
  return {
    id,
    speed: speedOf(worker, types),
    slots: capacity?.concurrent ?? 1,
    slow: phasesOf(worker, faults),
    ...(fixed !== undefined && { fixed })
  }
}

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

/**
 * The very tasks that the runtime gets for the seed, and its workers, for models and bounds. What only costs the
 * runtime, such as messages that take their time, is not in it; of what it cannot say `beyondModels` tells.
 */
export const materialWorld = ({ workers, workload, faults = [] }: ScenarioWorld, seed: number): MaterialWorld => {
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
  const types = new Set(tasks.map(({ type }) => type))
  const timed = timedFaults(faults, named)
  return { tasks, servers: named.map((worker) => serverOf(worker, types, timed)) }
}
