import type { Ledger } from "../../src/ledger/index.ts"
import type { WorkerId } from "../../src/model/index.ts"
import { type Placement, type PlacementView, Pool } from "../../src/placement/index.ts"
import type { DispatchListener } from "./listener.ts"

/** What every way of placing a task works on: the ledger, who proposes, and what both look at. */
export class Scene {
  readonly ledger: Ledger
  readonly placement: Placement
  readonly listener: DispatchListener
  readonly pool: Pool
  #view: PlacementView

  constructor(
    ledger: Ledger,
    placement: Placement,
    listener: DispatchListener,
    view: Omit<PlacementView, "workers" | "pool">
  ) {
    this.ledger = ledger
    this.placement = placement
    this.listener = listener
    this.pool = new Pool(ledger.workers.values())
    this.#view = { ...view, workers: [...ledger.workers.values()], pool: this.pool }
  }

  get view(): PlacementView {
    return this.#view
  }

  /** Somebody has joined or left. */
  meetWorkers(): void {
    this.#view = { ...this.#view, workers: [...this.ledger.workers.values()] }
  }

  /** What is reserved on the worker, or its phase, has changed; or it has joined or left. */
  changed(workerId: WorkerId): void {
    const worker = this.ledger.worker(workerId)
    if (worker === undefined) this.pool.removed(workerId)
    else this.pool.changed(worker)
  }
}
