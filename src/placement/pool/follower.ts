import type { WorkerRecord } from "../../ledger/index.ts"
import type { Pool } from "./pool.ts"

const never = -1
const firstLength = 16

/** Something kept of each worker of a pool, by place, and brought up to date from the pool's log of changes. */
export abstract class PoolFollower {
  /** Figures that it is counted for, where those of many are kept. */
  counted = 0
  #version = never
  #layout = never
  #length = 0

  /** Makes room for so many places, or begins anew with as many. */
  protected abstract resize(length: number): void

  /** The worker at the place has changed; `undefined`: nobody is there. */
  protected abstract refresh(place: number, worker: WorkerRecord | undefined): void

  /** Looks again at those that have changed, or at all where that is cheaper. What `refresh` throws has it begin anew. */
  protected follow(pool: Pool): void {
    const { version, span } = pool
    const known = this.#version
    if (known === version && this.#layout === pool.layout) return
    const follows = known !== never && this.#layout === pool.layout && span <= this.#length && pool.remembers(known)
    this.#version = never
    if (follows && version - known <= span / 4 + 8) {
      for (let change = known; change < version; change += 1) {
        const place = pool.changeAt(change)
        this.refresh(place, pool.at(place))
      }
    } else {
      let length = firstLength
      while (length < span) length *= 2
      this.#length = length
      this.resize(length)
      for (let place = 0; place < span; place += 1) this.refresh(place, pool.at(place))
    }
    this.#version = version
    this.#layout = pool.layout
  }

  /** Has all be looked at again the next time. */
  protected forget(): void {
    this.#version = never
  }
}
