import { keyOf } from "./candidates.ts"
import type { Patch } from "./settings-patch.ts"
import type { TrialResult } from "./trial.ts"

/** Runs a patch on the stretch at this place. */
export type TryOut = (patch: Patch, stretch: number) => Promise<TrialResult>

/** A candidate against what is in use, so far. */
export interface Standing {
  readonly patch: Patch
  /** The mean logarithm of its figure ÷ that of what is in use, stretch by stretch. Infinite: it completed fewer tasks. */
  readonly score: number
  readonly stretches: number
}

/** One against the other on the same stretch. Where both are 0 they are level. */
export const logRatio = (own: TrialResult, current: TrialResult): number => {
  if (own.completed < current.completed || Number.isNaN(own.figure)) return Number.POSITIVE_INFINITY
  if (own.figure === current.figure) return 0
  return Math.log(own.figure / current.figure)
}

/** Puts candidates against what is in use on the same stretches; each is run once on each. */
export class Contest {
  readonly #tryOut: TryOut
  readonly #results = new Map<string, Promise<TrialResult>>()

  constructor(tryOut: TryOut) {
    this.#tryOut = tryOut
  }

  /** Runs so far. */
  get trials(): number {
    return this.#results.size
  }

  of(patch: Patch, stretch: number): Promise<TrialResult> {
    const key = `${stretch} ${keyOf(patch)}`
    const known = this.#results.get(key)
    if (known !== undefined) return known
    const result = this.#tryOut(patch, stretch)
    this.#results.set(key, result)
    return result
  }

  /** The logarithms of its figures ÷ those of what is in use, stretch by stretch. */
  async ratios(patch: Patch, stretches: ReadonlyArray<number>): Promise<ReadonlyArray<number>> {
    const both = stretches.map(async (stretch) => logRatio(await this.of(patch, stretch), await this.of({}, stretch)))
    return Promise.all(both)
  }

  /** All of them on these stretches, the best first; of equals the one that stands first. */
  async rank(patches: ReadonlyArray<Patch>, stretches: ReadonlyArray<number>): Promise<ReadonlyArray<Standing>> {
    const standings = await Promise.all(
      patches.map(async (patch): Promise<Standing> => {
        const ratios = await this.ratios(patch, stretches)
        const score = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length
        // Nothing in one stretch and without end in another is no gain.
        return { patch, score: Number.isNaN(score) ? Number.POSITIVE_INFINITY : score, stretches: ratios.length }
      })
    )
    return standings.toSorted((a, b) => (a.score === b.score ? 0 : a.score - b.score))
  }
}
