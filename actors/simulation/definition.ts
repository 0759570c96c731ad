import {
  type BallastOptions,
  type DurationInput,
  optionProblems,
  type PoolBounds,
  poolProblems,
  type StrategySetting
} from "../../src/config/index.ts"
import type { Problem } from "../../src/model/index.ts"
import type { ScoreRunner } from "../../src/placement/index.ts"
import type { BallastEvent } from "../events.ts"
import type { Look } from "./look.ts"
import { type Chance, type Workload, workloadProblems } from "./workload/index.ts"
import { duplicateProblems } from "./world/duplicate-workers.ts"
import { type Fault, joinersOf, type TimedFault, timedFaults } from "./world/fault.ts"
import { millisOf } from "./world/millis-of.ts"
import { namedWorkers } from "./world/simulated-workers.ts"
import { traitProblems } from "./world/worker-input.ts"
import type { SimulatedWorker } from "./world/worker-traits.ts"
import { worldOptionProblems } from "./world/world-input.ts"
import type { WorldOptions } from "./world/world-options.ts"

/** The options of a runtime that mean something where there are no threads and no files. */
export type SimulatedOptions = Pick<
  BallastOptions,
  | "sticky"
  | "maxQueue"
  | "maxQueueTime"
  | "refuseLate"
  | "shedding"
  | "retain"
  | "grace"
  | "bootTimeout"
  | "ageing"
  | "queue"
  | "heartbeatInterval"
  | "healthInterval"
  | "hardware"
  | "adaptation"
>

/** A strategy that remembers things needs a new one for each simulation; what it does by chance follows from the seed. */
export type StrategyMaker = (chance: Chance) => StrategySetting

/** A world, and the runtime in it. Plain data but for what watches it. */
export interface SimulationDefinition {
  /** What everything follows from that is left to chance. Default 0. */
  readonly seed?: number
  /** So many of speed 1 with one slot each, or a list. */
  readonly workers: number | ReadonlyArray<SimulatedWorker>
  /**
   * Between these bounds workers come and go with the load: more like those of the list, of which each entry is a kind. Those
   * of the list are there at the beginning.
   */
  readonly pool?: PoolBounds
  readonly workload: Workload | ReadonlyArray<Workload>
  /** A setting as in `BallastOptions`, or what makes one. Default `adaptive`. */
  readonly strategy?: StrategySetting | string | StrategyMaker
  readonly options?: SimulatedOptions
  readonly faults?: ReadonlyArray<Fault>
  /** How the world is. Default: nothing goes wrong by itself, and nothing takes time but work. */
  readonly world?: Partial<WorldOptions>
  /** When it ends at the latest. Default: once every task has ended, or nothing can end any more. */
  readonly until?: DurationInput
  /** Whether actors get their turns in random order. Default: in the order in which they got their mail. */
  readonly permute?: boolean
  /** Where batches are scored. Default: inline. The answers are the same, and so is everything that follows. */
  readonly runner?: ScoreRunner
  /** Told of every event, in order. */
  readonly onEvent?: (event: BallastEvent) => void
  /** Given a look at the world at intervals, from the beginning on. */
  readonly watch?: { readonly every: DurationInput; readonly look: (world: Look) => void }
}

/** Its workloads as a list. */
export const workloadsOf = ({ workload }: SimulationDefinition): ReadonlyArray<Workload> =>
  "arrivals" in workload ? [workload] : workload

/** Its faults with their times in milliseconds; whoever joins does so by itself, with its id. */
export const faultsOf = ({ workers, faults = [] }: SimulationDefinition): ReadonlyArray<TimedFault> =>
  timedFaults(faults, namedWorkers(workers))

/** A clock that rings more often than once in a millisecond would hardly let time pass. */
const intervalProblems = ({ options = {}, watch }: SimulationDefinition): ReadonlyArray<Problem> =>
  Object.entries({ "options.heartbeatInterval": options.heartbeatInterval, "watch.every": watch?.every }).flatMap(
    ([path, interval]) =>
      interval === undefined || millisOf(interval) >= 1
        ? []
        : [{ path, message: "it is too short", hint: 'at least 1 millisecond, such as "1 second"' }]
  )

/** Of faults that befall nobody. */
const strangerProblems = ({ workers, faults = [] }: SimulationDefinition): ReadonlyArray<Problem> => {
  const named = namedWorkers(workers)
  const known = new Set([...named, ...joinersOf(faults, named).flat()].map(({ id }) => id))
  const hint = `one of ${[...known].slice(0, 8).join(", ")}`
  return faults.flatMap((fault, index) =>
    fault.type === "join" || known.has(fault.worker)
      ? []
      : [{ path: `faults[${index}].worker`, message: `there is no worker "${fault.worker}"`, hint }]
  )
}

const traitsProblems = ({ workers, faults = [] }: SimulationDefinition): ReadonlyArray<Problem> => [
  ...(typeof workers === "number"
    ? []
    : workers.flatMap((worker, index) => traitProblems(worker, `workers[${index}]`))),
  ...faults.flatMap((fault, index) =>
    fault.type === "join" ? traitProblems(fault.worker, `faults[${index}].worker`) : []
  )
]

const settingProblems = (definition: SimulationDefinition): ReadonlyArray<Problem> => {
  const problems = optionProblems({ ...definition.options, handlers: "simulated" })
  if (problems.length === 0) return intervalProblems(definition)
  return problems.map(({ path, ...rest }) => ({ ...rest, path: `options.${path}` }))
}

/** What is wrong with it, path and hint each. */
export const definitionProblems = (definition: SimulationDefinition): ReadonlyArray<Problem> => {
  const { workers, pool = {}, workload, faults = [], world = {} } = definition
  return [
    ...duplicateProblems(workers, faults),
    ...traitsProblems(definition),
    ...settingProblems(definition),
    ...workloadsOf(definition).flatMap((each, index) =>
      workloadProblems(each, "arrivals" in workload ? "workload" : `workload[${index}]`)
    ),
    ...strangerProblems(definition),
    ...worldOptionProblems(world, "world"),
    ...poolProblems(pool, "pool")
  ]
}
