import { fitsNow, type WorkerRecord } from "../../ledger/index.ts"
import type { Requirements } from "../../model/index.ts"
import { PoolFollower } from "./follower.ts"
import type { Pool } from "./pool.ts"

/** Which workers of a pool tasks of one shape fit now. */
export class Eligibility extends PoolFollower {
  readonly #requirements: Requirements
  /** By place, 1 where they fit. */
  fits = new Uint8Array(0)
  /** Workers that fit. */
  count = 0

  constructor(requirements: Requirements) {
    super()
    this.#requirements = requirements
  }

  update(pool: Pool): void {
    this.follow(pool)
  }

  protected override resize(length: number): void {
    this.fits = new Uint8Array(length)
    this.count = 0
  }

  protected override refresh(place: number, worker: WorkerRecord | undefined): void {
    const fits = worker !== undefined && fitsNow(this.#requirements, worker) ? 1 : 0
    this.count += fits - (this.fits[place] ?? 0)
    this.fits[place] = fits
  }
}
