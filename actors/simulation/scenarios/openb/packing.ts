import { type Detected, toTaskSpec, toWorkerSpec } from "../../../../src/config/index.ts"
import { Ledger } from "../../../../src/ledger/index.ts"
import { Placement, type PlacementView, type Strategy, type StrategyFault } from "../../../../src/placement/index.ts"
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
  const ledger = new Ledger()
  const definitions = openbWorkers(trace.nodes)
  for (const definition of definitions) {
    const { id } = definition
    ledger.addWorker(toWorkerSpec(definition, id, detected, definitions.length), 0)
    ledger.setPhase(id, "up", 0)
  }
  const faults: Array<StrategyFault> = []
  const placement = new Placement({ strategy, onFault: (fault) => faults.push(fault) })
  const view: PlacementView = { workers: [...ledger.workers.values()], ...nothingLearned }
  const unallocated = new Map<number, number>()
  let placed = 0
  let dropped = 0
  for (const { id, options, arrived } of openbTasks(trace, seed, Math.max(...points))) {
    const spec = toTaskSpec(id, "pod", undefined, options, 0)
    ledger.accept(spec, 0)
    const proposal = placement.place(
      spec,
      view,
      (workerId, devices) => {
        const commit = ledger.place(id, workerId, 0, devices)
        return commit.ok ? undefined : commit.refusal
      },
      0
    )
    if (proposal._tag === "Worker") placed += 1
    else {
      dropped += 1
      ledger.cancel(id, "does not fit", 0)
    }
    for (const point of points) {
      if (arrived >= point - rounding && !unallocated.has(point)) unallocated.set(point, unallocatedGpuShare(ledger))
    }
  }
  return { unallocated, placed, dropped, faults }
}
