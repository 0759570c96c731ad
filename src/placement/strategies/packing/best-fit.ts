import type { ResourceName } from "../../../model/index.ts"
import { resourceNames } from "../../../model/index.ts"
import type { RankStrategy } from "../../strategy.ts"

/** How much each share of room left over counts. Of what a worker has nothing of, nothing counts. */
export type BestFitWeights = Readonly<Record<ResourceName | "slots" | "accelerators", number>>

/** What tasks are most often short of. Declare network and storage to have them count. */
export const bestFitWeights: BestFitWeights = { cpu: 1, memory: 1, network: 0, storage: 0, slots: 1, accelerators: 3 }

const whole = 1_000

/**
 * Best fit: the worker that has the least room left once the task is there, so that the others keep theirs for large tasks.
 *
 * Formula: −⌊100 · Σ weight · left ÷ limit ÷ Σ weight⌋ over cores, memory, network, storage, slots and accelerators, after the
 * placement; the highest. Source: best fit of bin packing in several dimensions; the weights of a cluster scheduler's
 * "most allocated". Ties: the one that joined first; whole points, so that much is level.
 * Cost: O(changed · log n) with `view.pool`, otherwise O(n).
 * Not for latency: it fills one worker after another. With accelerators shared in fractions fragmentation_aware packs more.
 */
export const bestFit = (weights: Partial<BestFitWeights> = {}): RankStrategy => {
  const counts: BestFitWeights = { ...bestFitWeights, ...weights }
  return {
    id: "best_fit",
    multiplied: false,
    rank: ({ requirements: { demand } }, { spec: { limits }, used, slots, limit: most, devices }) => {
      let sum = 0
      let weight = 0
      const add = (left: number, limit: number, each: number): void => {
        if (limit <= 0 || each <= 0) return
        sum += (each * left) / limit
        weight += each
      }
      for (const name of resourceNames) {
        const limit = limits.resources[name]
        add(limit - used[name] - demand.resources[name], limit, counts[name])
      }
      add(demand.whole === true ? 0 : most - slots - 1, most, counts.slots)
      let idle = 0
      for (const { share } of devices) idle += whole - share
      for (const { count, share } of demand.devices) idle -= count * share
      add(idle, whole * devices.length, counts.accelerators)
      return weight === 0 ? 0 : -Math.floor((100 * sum) / weight)
    }
  }
}
