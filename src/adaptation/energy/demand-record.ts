import { BoundedRing, RecentMap } from "../../collections/index.ts"
import type { Millis } from "../../model/index.ts"

export interface WorkDemandSettings {
  /** How long what was seen counts. */
  readonly window: Millis
  /** Kinds of requirements that are remembered; the ones seen last. */
  readonly shapes: number
}

export const workDemandDefaults: WorkDemandSettings = { window: 120_000, shapes: 64 }

interface Sample {
  readonly at: Millis
  readonly work: number
}

/** What was asked of the pool of late. It outlives whoever decides by it. */
export class DemandRecord<Requirements> {
  readonly #settings: WorkDemandSettings
  readonly #samples: BoundedRing<Sample>
  /** By shape: what it asks for, and when it was last seen. */
  readonly #shapes: RecentMap<string, { readonly requirements: Requirements; at: Millis }>

  constructor(settings: Partial<WorkDemandSettings> = {}) {
    this.#settings = { ...workDemandDefaults, ...settings }
    this.#samples = new BoundedRing(4_096)
    this.#shapes = new RecentMap(this.#settings.shapes)
  }

  /** So much work a second runs now. */
  observe(work: number, now: Millis): void {
    if (!(work >= 0 && work < Number.POSITIVE_INFINITY)) return
    while (this.#samples.first !== undefined && now - this.#samples.first.at > this.#settings.window) {
      this.#samples.shift()
    }
    this.#samples.push({ at: now, work })
  }

  /** Tasks of the shape have come, or run. */
  use(shape: string, requirements: Requirements, now: Millis): void {
    this.#shapes.use(shape, () => ({ requirements, at: now })).at = now
  }

  /** What is to be reckoned with, as far as it was seen: the most within the window. */
  get expected(): number {
    let most = 0
    for (const { work } of this.#samples) most = Math.max(most, work)
    return most
  }

  /** The kinds of requirements in use: those seen since. */
  shapesSince(since: Millis): ReadonlyArray<{ readonly shape: string; readonly requirements: Requirements }> {
    const found: Array<{ shape: string; requirements: Requirements }> = []
    for (const [shape, { requirements, at }] of this.#shapes.entries()) {
      if (at >= since) found.push({ shape, requirements })
    }
    return found
  }
}
