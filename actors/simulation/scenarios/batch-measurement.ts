import { type BatchJob, type BatchPolicy, simulateBatch } from "../baselines/index.ts"
import { defaultType } from "../workload/task.ts"
import { millisOf } from "../world/millis-of.ts"
import { namedWorkers } from "../world/simulated-workers.ts"
import { type Measurement, modelled } from "./measurement.ts"
import type { ScenarioWorld } from "./scenario.ts"

/** The jobs of a log that is replayed, as its machine sees them: a core is a processor. */
export const batchJobsOf = ({ workload }: ScenarioWorld): ReadonlyArray<BatchJob> => {
  const workloads = "arrivals" in workload ? [workload] : workload
  return workloads.flatMap(({ arrivals }) =>
    arrivals.type !== "replay"
      ? []
      : arrivals.tasks.map(({ at, work, options }) => ({
          at,
          work,
          procs: options?.requires?.cpu ?? 1,
          declared: options?.expectedDuration === undefined ? work : millisOf(options.expectedDuration)
        }))
  )
}

/** What a batch scheduler makes of a world whose only worker is a machine with so many cores. */
export const batchMeasured = (policy: BatchPolicy, world: ScenarioWorld): Measurement => {
  const jobs = batchJobsOf(world)
  const [machine] = namedWorkers(world.workers)
  const outcome = simulateBatch(policy, machine?.capacity?.cpu ?? 1, jobs)
  const tasks = jobs.map(({ at, work }) => ({ at, work, type: defaultType }))
  return modelled(tasks, [{ id: "machine", speed: 1, slots: Number.POSITIVE_INFINITY }], outcome)
}
