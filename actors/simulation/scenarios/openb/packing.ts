import { type Detected, toTaskSpec, toWorkerSpec } from "../../../../src/config/index.ts"
import { Ledger } from "../../../../src/ledger/index.ts"
import type { TaskSpec } from "../../../../src/model/index.ts"
import {
  Placement,
  type PlacementView,
  Pool,
  type Strategy,
  type StrategyFault
} from "../../../../src/placement/index.ts"
import type { OpenbTrace } from "../../traces/index.ts"
import { openbTasks } from "./arrivals.ts"
import { openbWorkers, unallocatedGpuShare } from "./cluster.ts"

/** How a strategy has packed the cluster. */
export interface Packing {
  /** The share of GPUs that no pod holds, 0–1, once pods have arrived that ask for 1.0 … 1.3 times all of them. */
  readonly unallocated: ReadonlyMap<number, number>
  readonly placed: number
  readonly dropped: number
  /** What the strategy did that it may not do. */
  readonly faults: ReadonlyArray<StrategyFault>
}

export interface PackingOptions {
  /** The shares of GPU demand arrived at which to look. Default 1 and 1.3. */
  readonly points?: ReadonlyArray<number>
}

/** What nobody declares, and no pod asks for. */
const detected: Detected = { cores: 1, memoryGiB: 1, storageGiB: 1, hostname: "openb", nodeVersion: "24.0.0" }

/** Shares of demand are quotients. */
const rounding = 1e-9

/** Runs never end here, so nothing is ever learned. */
const nothingLearned = {
  performance: { of: () => undefined, worker: () => undefined },
  health: { of: () => 1 }
}

/** The pods as tasks, in the order of arrival. */
export const openbSpecs = (trace: OpenbTrace, seed: string, inflation?: number): ReadonlyArray<TaskSpec> =>
  Array.from(openbTasks(trace, seed, inflation), ({ id, options }) => toTaskSpec(id, "pod", undefined, options, 0))

/** The cluster with the real ledger and the real placement, and nothing of the runtime around them. */
export class PackedCluster {
  readonly ledger = new Ledger()
  readonly faults: Array<StrategyFault> = []
  readonly #placement: Placement
  readonly #pool: Pool
  readonly #view: PlacementView

  constructor({ nodes }: OpenbTrace, strategy: Strategy) {
    const definitions = openbWorkers(nodes)
    for (const definition of definitions) {
      const { id } = definition
      this.ledger.addWorker(toWorkerSpec(definition, id, detected, definitions.length), 0)
      this.ledger.setPhase(id, "up", 0)
    }
    const workers = [...this.ledger.workers.values()]
    this.#placement = new Placement({ strategy, onFault: (fault) => this.faults.push(fault) })
    this.#pool = new Pool(workers)
    this.#view = { workers, pool: this.#pool, ...nothingLearned }
  }

  /** Filter, score, reserve, commit. A task that fits nowhere is dropped. */
  place(task: TaskSpec): boolean {
    this.ledger.accept(task, 0)
    const proposal = this.#placement.place(
      task,
      this.#view,
      (workerId, devices) => {
        const commit = this.ledger.place(task.id, workerId, 0, devices)
        if (!commit.ok) return commit.refusal
        const worker = this.ledger.worker(workerId)
        if (worker !== undefined) this.#pool.changed(worker)
        return undefined
      },
      0
    )
    if (proposal._tag === "Worker") return true
    this.ledger.cancel(task.id, "does not fit", 0)
    return false
  }
}

/**
 * Packs the arriving pods with the real ledger and the real placement, without the runtime around them. A pod that does
 * not fit when it arrives is dropped, and none ever leaves.
 */
export const pack = (
  trace: OpenbTrace,
  strategy: Strategy,
  seed: string,
  { points = [1, 1.3] }: PackingOptions = {}
): Packing => {
  const cluster = new PackedCluster(trace, strategy)
  const unallocated = new Map<number, number>()
  let placed = 0
  let dropped = 0
  for (const { id, options, arrived } of openbTasks(trace, seed, Math.max(...points))) {
    if (cluster.place(toTaskSpec(id, "pod", undefined, options, 0))) placed += 1
    else dropped += 1
    for (const point of points) {
      if (arrived >= point - rounding && !unallocated.has(point)) {
        unallocated.set(point, unallocatedGpuShare(cluster.ledger))
      }
    }
  }
  return { unallocated, placed, dropped, faults: cluster.faults }
}
