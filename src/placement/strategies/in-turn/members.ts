import type { WorkerRecord } from "../../../ledger/index.ts"
import type { WorkerId } from "../../../model/index.ts"
import { Pool } from "../../pool/pool.ts"
import type { PlacementView } from "../../view.ts"

/** The pool of a view; of one that has none, a pool of our own, which is brought up to the list of workers. */
export class Members {
  readonly #own = new Pool()
  #noted: ReadonlyArray<WorkerRecord> = []

  of({ pool, workers }: Pick<PlacementView, "pool" | "workers">): Pool {
    if (pool !== undefined) return pool
    if (workers !== this.#noted) this.#meet(workers)
    return this.#own
  }

  /** Those who stayed keep their places; whoever left and came back, or changed places, is new. */
  #meet(workers: ReadonlyArray<WorkerRecord>): void {
    const stayed = new Set<WorkerRecord>()
    let last = -1
    for (const worker of workers) {
      const place = this.#own.placeOf(worker.spec.id)
      if (place === undefined || place < last || this.#own.at(place)?.number !== worker.number) continue
      last = place
      stayed.add(worker)
    }
    const ids = new Set<WorkerId>(Array.from(stayed, ({ spec }) => spec.id))
    for (const { spec } of this.#noted) if (!ids.has(spec.id)) this.#own.removed(spec.id)
    for (const worker of workers) this.#own.changed(worker)
    this.#noted = workers
  }
}
