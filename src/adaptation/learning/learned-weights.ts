import type { WeightView, WorkerId } from "../../model/index.ts"
import {
  adjustWeights,
  type LearnedWeight,
  type ShownPace,
  type WeightChange,
  type WeightSettings
} from "./worker-weights.ts"

/** The weights that were learned. It outlives whoever adjusts it. */
export class LearnedWeights implements WeightView {
  #weights: ReadonlyMap<WorkerId, LearnedWeight> = new Map()
  #version = 0

  of(workerId: WorkerId): number | undefined {
    return this.#weights.get(workerId)?.weight
  }

  get version(): number {
    return this.#version
  }

  get entries(): ReadonlyMap<WorkerId, LearnedWeight> {
    return this.#weights
  }

  /** One cycle; see `adjustWeights`. */
  adjust(shown: ReadonlyArray<ShownPace>, settings?: WeightSettings): ReadonlyArray<WeightChange> {
    const { weights, changes } = adjustWeights(this.#weights, shown, settings)
    this.#replace(weights)
    return changes
  }

  /** A worker joins: what was learned of one that declared something else does not hold of it. */
  joined(workerId: WorkerId, declared: number): void {
    if (this.#weights.get(workerId)?.declared !== declared) this.forget(workerId)
  }

  /** For a worker that left. */
  forget(workerId: WorkerId): void {
    if (this.#weights.has(workerId)) this.#replace(new Map([...this.#weights].filter(([id]) => id !== workerId)))
  }

  /** Goes on from weights that were learned before. */
  restore(weights: ReadonlyMap<WorkerId, LearnedWeight>): void {
    this.#replace(weights)
  }

  #replace(weights: ReadonlyMap<WorkerId, LearnedWeight>): void {
    const before = this.#weights
    this.#weights = weights
    const same =
      before.size === weights.size && [...weights].every(([id, { weight }]) => before.get(id)?.weight === weight)
    if (!same) this.#version += 1
  }
}
