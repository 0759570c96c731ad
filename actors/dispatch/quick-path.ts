import { asksForSlotOnly, type TaskRecord } from "../../src/ledger/index.ts"
import type { Millis } from "../../src/model/index.ts"
import type { Judgement } from "../../src/placement/index.ts"
import type { AheadPath } from "./ahead-path.ts"
import type { Explanations } from "./explanations.ts"
import type { HomeWaits } from "./home-waits.ts"
import type { Scene } from "./scene.ts"

/**
 * What became of a task on the short way. `aside`: it waits for a worker of its own choice. `unsuited`: there is none for
 * it, or something is out of order. A judgement: the worker found is not worth it, and the ordinary way is to go by the same
 * judgement.
 */
export type QuickOutcome = "placed" | "aside" | "nobody" | "unsuited" | Judgement

/** The short way, where the strategy knows at once which worker is next. The same decision as the ordinary way makes. */
export class QuickPath {
  readonly #scene: Scene
  readonly #explanations: Explanations
  readonly #aheads: AheadPath
  readonly #homeWaits: HomeWaits

  constructor(scene: Scene, explanations: Explanations, aheads: AheadPath, homeWaits: HomeWaits) {
    this.#scene = scene
    this.#explanations = explanations
    this.#aheads = aheads
    this.#homeWaits = homeWaits
  }

  place(task: TaskRecord, now: Millis): QuickOutcome {
    const { ledger, placement, listener, view } = this.#scene
    const { spec } = task
    const worker = placement.quick(spec, view, now)
    if (worker === "ordinary") return "unsuited"
    if (worker === undefined) {
      return asksForSlotOnly(spec.requirements) && this.#aheads.send(task, now) ? "placed" : "nobody"
    }
    const since = this.#homeWaits.sinceOf(task, now)
    const home = since === undefined ? undefined : placement.waitFor(spec, view, now, since)
    if (home !== undefined) {
      this.#homeWaits.stepAside(task, home, now)
      return "aside"
    }
    const judgement = view.patience?.judge(spec, view.workers, now)
    if (judgement?.declines(worker) !== undefined) return judgement
    this.#explanations.look(worker, spec)
    const placed = ledger.place(spec.id, worker.spec.id, now)
    if (!placed.ok) return "unsuited"
    this.#explanations.keep(placed.value.epoch, now)
    placement.tellProposed(spec, view, worker)
    listener.placed(task, placed.value)
    return "placed"
  }
}
