import { toRequirements, toWorkerSpec } from "../../../src/config/index.ts"
import type { Problem, Requirements, ResourceName, WorkerSpec } from "../../../src/model/index.ts"
import type { Workload } from "../workload/index.ts"
import { plenty } from "../world/befall.ts"
import { type NamedWorker, namedWorkers, toldOf } from "../world/simulated-workers.ts"
import type { WorldOptions } from "../world/world-options.ts"
import type { ScenarioWorld } from "./scenario.ts"

const workloadsOf = ({ workload }: ScenarioWorld): ReadonlyArray<Workload> =>
  "arrivals" in workload ? [workload] : workload

/** How tasks are submitted: as their kinds have it, or each by itself in a replay. */
const submittedAs = ({ arrivals, kinds }: Workload) => [
  ...kinds.map(({ options = {} }) => options),
  ...(arrivals.type === "replay" ? arrivals.tasks.map(({ options = {} }) => options) : [])
]

/** Faults that models know: what is slow or stands still for a time, and what befalls heartbeats, of which they have none. */
const knownFaults: ReadonlySet<string> = new Set(["slow", "hang", "mute", "lag"])

const ownTrouble = ["boot", "loadFailures", "failures", "hangs", "crashes"] as const satisfies ReadonlyArray<
  keyof WorldOptions
>

const resources: ReadonlyArray<ResourceName> = ["cpu", "memory", "network", "storage"]

/** Whether as many tasks of the shape as the worker has slots would be more than it has. */
const isCrowded = ({ demand }: Requirements, { limits }: WorkerSpec): boolean =>
  limits.slots > 1 &&
  (demand.devices.length > 0 ||
    resources.some((name) => limits.slots * demand.resources[name] > limits.resources[name]))

const sharesResources = (world: ScenarioWorld, workers: ReadonlyArray<NamedWorker>): boolean => {
  const specs = workers.map((worker) => toWorkerSpec(toldOf(worker), worker.id, plenty, 1))
  const shapes = new Map(
    workloadsOf(world)
      .flatMap(submittedAs)
      .flatMap(({ requires }) => (requires === undefined ? [] : [toRequirements(requires)]))
      .map((requirements) => [requirements.shape, requirements])
  )
  return [...shapes.values()].some((requirements) => specs.some((spec) => isCrowded(requirements, spec)))
}

const ofWorkers = (world: ScenarioWorld): ReadonlyArray<readonly [isSo: boolean, what: string]> => {
  const workers = namedWorkers(world.workers)
  const hung = new Set((world.faults ?? []).flatMap((fault) => (fault.type === "hang" ? [fault.worker] : [])))
  return [
    [
      workers.some(({ cores, capacity }) => cores !== undefined && cores < (capacity?.concurrent ?? 1)),
      "cores that runs share"
    ],
    [workers.some(({ boot = 0 }) => boot > 0), "workers that take time to start"],
    [
      workers.some(({ id, fixed = [] }) => fixed.length > 0 && hung.has(id)),
      "a worker that hangs while its runs take exactly so long"
    ],
    [sharesResources(world, workers), "tasks that share what a worker has, such as its memory"]
  ]
}

const ofTasks = (world: ScenarioWorld): ReadonlyArray<readonly [isSo: boolean, what: string]> => {
  const workloads = workloadsOf(world)
  const options = workloads.flatMap(submittedAs)
  return [
    [workloads.some(({ arrivals }) => arrivals.type === "closed"), "clients who come again when their task has ended"],
    [
      workloads.some(({ kinds }) => kinds.some(({ keys }) => keys !== undefined)) ||
        options.some(({ concurrencyKey }) => concurrencyKey !== undefined),
      "concurrency keys"
    ],
    [
      options.some(({ timeout, queueTimeout, deadline }) => (timeout ?? queueTimeout ?? deadline) !== undefined),
      "tasks that may time out"
    ]
  ]
}

/** What the queueing models cannot say of a world, in words: there they would be in another one than the runtime. */
export const beyondModels = (world: ScenarioWorld): ReadonlyArray<string> => {
  const { faults = [], until, world: ways = {} } = world
  const unknown = [...new Set(faults.map(({ type }) => type))].filter((type) => !knownFaults.has(type))
  const troubles = ownTrouble.filter((name) => (ways[name] ?? 0) > 0)
  return [
    ...[...ofTasks(world), ...ofWorkers(world)].flatMap(([isSo, what]) => (isSo ? [what] : [])),
    ...unknown.map((type) => `the fault "${type}"`),
    ...troubles.map((name) => `the world's ${name}`),
    ...(until === undefined ? [] : ["an end before all is done (until)"])
  ]
}

const isModel = (contender: unknown): boolean =>
  typeof contender === "object" && contender !== null && "model" in contender

/**
 * The models of a part that would be in another world than the runtime, path and hint each.
 *
 * @param path of the part, such as `parts[0]`
 */
export const modelProblems = (
  contenders: Readonly<Record<string, unknown>>,
  world: ScenarioWorld,
  path: string
): ReadonlyArray<Problem> => {
  const names = Object.keys(contenders).filter((name) => isModel(contenders[name]))
  const beyond = names.length === 0 ? [] : beyondModels(world)
  if (beyond.length === 0) return []
  return names.map((name) => ({
    path: `${path}.contenders.${name}`,
    message: `a queueing model knows no such world: ${beyond.join(", ")}`,
    hint: "leave the model out of this part, or what it does not know out of the world"
  }))
}
