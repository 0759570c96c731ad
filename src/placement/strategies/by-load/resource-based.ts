import type { WorkerRecord } from "../../../ledger/index.ts"
import { type DeviceDemand, type ResourceName, resourceNames, type TaskSpec } from "../../../model/index.ts"
import type { RankStrategy } from "../../strategy.ts"

/** What is counted, each with its weight against the others. */
export type ResourceWeights = Readonly<Record<ResourceName | "slots" | "accelerators" | "acceleratorMemory", number>>

export interface ResourceBasedOptions {
  /** How much the free shares count, and how much that they are alike. In any unit. */
  readonly least: number
  readonly balanced: number
  readonly resources: ResourceWeights
}

/**
 * A Kubernetes cluster has both at 1. There more load may raise a score, where it makes what is used more alike; at a third
 * it cannot, for up to ten resources of equal weight.
 */
export const resourceBasedDefaults: ResourceBasedOptions = {
  least: 0.75,
  balanced: 0.25,
  resources: { cpu: 1, memory: 1, network: 1, storage: 1, slots: 1, accelerators: 1, acceleratorMemory: 1 }
}

/** Of the worker's devices of the kinds that are asked for: what will be used of them, and what there is. */
const devicesAfter = (
  demands: ReadonlyArray<DeviceDemand>,
  { spec, devices }: WorkerRecord,
  of: "share" | "memory"
): { readonly used: number; readonly whole: number } => {
  let used = 0
  let whole = 0
  for (const demand of demands) used += demand.count * demand[of]
  spec.limits.devices.forEach((device, index) => {
    if (!demands.some(({ kind }) => kind === device.kind)) return
    used += devices[index]?.[of] ?? 0
    whole += of === "share" ? 1_000 : device.memory
  })
  return { used, whole }
}

/** The shares in use once the task is there, with their weights. */
class SharesAfter {
  readonly #shares: Array<number> = []
  readonly #weights: Array<number> = []

  add(used: number, whole: number, weight: number): void {
    if (!(whole > 0) || !(weight > 0)) return
    this.#shares.push(Math.min(1, used / whole))
    this.#weights.push(weight)
  }

  /** What stays free, 0–100. */
  get free(): number {
    let sum = 0
    let weights = 0
    this.#shares.forEach((share, index) => {
      const weight = this.#weights[index] ?? 0
      sum += weight * (1 - share)
      weights += weight
    })
    return weights > 0 ? (100 * sum) / weights : 100
  }

  /** How alike they are, 0–100: 100 less their standard deviation in percent. */
  get alike(): number {
    const count = this.#shares.length
    if (count === 0) return 100
    const mean = this.#shares.reduce((sum, share) => sum + share, 0) / count
    const variance = this.#shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / count
    return 100 * (1 - Math.sqrt(variance))
  }
}

const sharesAfter = (task: TaskSpec, worker: WorkerRecord, weights: ResourceWeights): SharesAfter => {
  const shares = new SharesAfter()
  const { resources, devices, whole } = task.requirements.demand
  const { limits } = worker.spec
  for (const name of resourceNames) {
    shares.add(worker.used[name] + resources[name], limits.resources[name], weights[name])
  }
  shares.add(whole === true ? worker.limit : worker.slots + 1, worker.limit, weights.slots)
  if (devices.length === 0) return shares
  const share = devicesAfter(devices, worker, "share")
  shares.add(share.used, share.whole, weights.accelerators)
  const memory = devicesAfter(devices, worker, "memory")
  shares.add(memory.used, memory.whole, weights.acceleratorMemory)
  return shares
}

/**
 * Resource-based: the worker on which most stays free once the task is there, and of what it has the shares most alike.
 *
 * Formula: (least · free + balanced · alike) ÷ (least + balanced), each 0–100, for critical and high tasks × the worker's
 * priority multiplier. free: Σ weight · (limit − used − asked) ÷ limit ÷ Σ weight · 100. alike: (1 − the standard deviation
 * of the shares in use) · 100. Counted are CPU, memory, network, storage and slots, each where the worker has any, and of
 * the accelerators those of the kinds the task asks for, their shares and their memory; so tasks that ask for none are not
 * drawn to workers with idle accelerators.
 * Source: S1 and S2 name what is counted; `LeastAllocated` and `BalancedAllocation` of the Kubernetes scheduler.
 * Ties: the next in turn. Cost: O(log n) with `view.pool`, otherwise O(n).
 * Not for packing (`best_fit` does the opposite), and blind to speed.
 */
export const resourceBased = (
  options: Partial<Omit<ResourceBasedOptions, "resources">> & { readonly resources?: Partial<ResourceWeights> } = {}
) => {
  const { least, balanced } = { ...resourceBasedDefaults, ...options }
  const weights = { ...resourceBasedDefaults.resources, ...options.resources }
  return {
    id: "resource_based",
    tieRule: "the next in turn",
    ties: "turn",
    rank: (task, worker) => {
      const shares = sharesAfter(task, worker, weights)
      return (least * shares.free + balanced * shares.alike) / (least + balanced)
    }
  } satisfies RankStrategy
}
