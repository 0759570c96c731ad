import type { WorkerRecord } from "../../ledger/index.ts"
import { resourceNames } from "../../model/index.ts"
import { PoolFollower } from "./follower.ts"
import type { Pool } from "./pool.ts"

/** What scores rest on of each worker of a pool, whatever the task, by place. The figures are those of `GreedyRun`. */
export class PoolColumns extends PoolFollower {
  slotLimit = new Float64Array(0)
  /** Free slots. */
  slots = new Float64Array(0)
  multiplier = new Float64Array(0)
  slotShare = new Float64Array(0)
  headroom = new Float64Array(0)

  update(pool: Pool): void {
    this.follow(pool)
  }

  protected override resize(length: number): void {
    this.slotLimit = new Float64Array(length)
    this.slots = new Float64Array(length)
    this.multiplier = new Float64Array(length)
    this.slotShare = new Float64Array(length)
    this.headroom = new Float64Array(length)
  }

  protected override refresh(place: number, worker: WorkerRecord | undefined): void {
    if (worker === undefined) {
      this.slotLimit[place] = 0
      this.slots[place] = 0
      return
    }
    const { limits, priorityMultiplier } = worker.spec
    const free = worker.limit - worker.slots
    const share = worker.limit > 0 ? (100 * free) / worker.limit : 0
    let least = share
    for (const name of resourceNames) {
      const whole = limits.resources[name]
      if (whole <= 0) continue
      const left = (100 * (whole - worker.used[name])) / whole
      if (left < least) least = left
    }
    this.slotLimit[place] = worker.limit
    this.slots[place] = free
    this.multiplier[place] = priorityMultiplier
    this.slotShare[place] = share
    this.headroom[place] = least
  }
}
