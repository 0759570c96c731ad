import { type Requirements, type ResourceName, resourceNames, type WorkerSpec } from "../../model/index.ts"

/** All that the workers of a pool can give together: what a share of it is taken of. */
export class PoolSize {
  #slots = 0
  readonly #resources: Record<ResourceName, number> = { cpu: 0, memory: 0, network: 0, storage: 0 }
  readonly #devices = new Map<string, number>()

  constructor(workers: Iterable<WorkerSpec> = []) {
    for (const { limits } of workers) {
      this.#slots += limits.slots
      for (const name of resourceNames) this.#resources[name] += limits.resources[name]
      for (const { kind } of limits.devices) this.#devices.set(kind, (this.#devices.get(kind) ?? 0) + 1)
    }
  }

  /**
   * The dominant share of a task (Ghodsi et al., NSDI 2011): of slots, resources and devices, the one of which it takes
   * most of the pool; above 0 and at most 1. What nobody has counts nothing, and in an empty pool it is 1.
   */
  dominantShare({ demand }: Requirements): number {
    if (this.#slots === 0) return 1
    let share = 1 / this.#slots
    for (const name of resourceNames) {
      const asked = demand.resources[name]
      if (asked > 0 && this.#resources[name] > 0) share = Math.max(share, asked / this.#resources[name])
    }
    for (const { kind, count, share: part } of demand.devices) {
      const there = this.#devices.get(kind) ?? 0
      if (there > 0) share = Math.max(share, (count * part) / 1_000 / there)
    }
    return Math.min(1, share)
  }
}
