import { type BallastOptions, type DurationInput, optionProblems } from "../../src/config/index.ts"
import type { Problem } from "../../src/model/index.ts"
import type { ScoreRunner, Strategy } from "../../src/placement/index.ts"
import type { BallastEvent } from "../events.ts"
import type { Look } from "./look.ts"
import { type Chance, type Workload, workloadProblems } from "./workload/index.ts"
import type { Fault } from "./world/fault.ts"
import { namedWorkers, toldOf } from "./world/simulated-workers.ts"
import type { SimulatedWorker } from "./world/worker-traits.ts"
import type { WorldOptions } from "./world/world-options.ts"

/** The options of a runtime that mean something where there are no threads and no files. */
export type SimulatedOptions = Pick<
  BallastOptions,
  | "maxQueue"
  | "shedding"
  | "retain"
  | "grace"
  | "bootTimeout"
  | "ageing"
  | "heartbeatInterval"
  | "healthInterval"
  | "adaptation"
>

/** A strategy that remembers things needs a new one for each simulation; what it does by chance follows from the seed. */
export type StrategyMaker = (chance: Chance) => Strategy

/** A world, and the runtime in it. Plain data but for what watches it. */
export interface SimulationDefinition {
  /** What everything follows from that is left to chance. Default 0. */
  readonly seed?: number
  /** So many of speed 1 with one slot each, or a list. */
  readonly workers: number | ReadonlyArray<SimulatedWorker>
  readonly workload: Workload | ReadonlyArray<Workload>
  /** A strategy's id, a strategy, or what makes one. Default `least_connections`. */
  readonly strategy?: string | Strategy | StrategyMaker
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

/** What is wrong with it, path and hint each. */
export const definitionProblems = (definition: SimulationDefinition): ReadonlyArray<Problem> => {
  const { options = {}, faults = [] } = definition
  const workers = namedWorkers(definition.workers)
  const known = new Set(
    [...workers, ...faults.flatMap((fault) => (fault.type === "join" ? namedWorkers([fault.worker]) : []))].map(
      ({ id }) => id
    )
  )
  return [
    ...optionProblems({ handlers: "simulated", workers: workers.map(toldOf) }),
    ...optionProblems({ ...options, handlers: "simulated" }).map(({ path, ...rest }) => ({
      ...rest,
      path: `options.${path}`
    })),
    ...workloadsOf(definition).flatMap((workload, index) =>
      workloadProblems(workload, "arrivals" in definition.workload ? "workload" : `workload[${index}]`)
    ),
    ...faults.flatMap((fault, index) =>
      fault.type === "join" || known.has(fault.worker)
        ? []
        : [
            {
              path: `faults[${index}].worker`,
              message: `there is no worker "${fault.worker}"`,
              hint: `one of ${[...known].slice(0, 8).join(", ")}`
            }
          ]
    )
  ]
}
