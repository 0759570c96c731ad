import { BoundedRing } from "../../collections/index.ts"

/** How the forecasts of one series have done, over the last hundred that came due. */
export interface Accuracy {
  /** 1 − 2·MAE of the series' range, within 0–1. */
  readonly accuracy: number
  /** Mean absolute error, in the units of the series. */
  readonly mae: number
  /**
   * MAE over the MAE of the forecast "no change", made at the same times for the same horizon: below 1 is better than
   * no change. `undefined` where nothing changed at all, so that nothing could be better.
   */
  readonly mase: number | undefined
  /** Share of values that lay inside their interval, 0–1. */
  readonly coverage: number
  /** Forecasts scored. */
  readonly scored: number
}

/** One forecast against what came. */
export interface Score {
  /** |forecast − actual| */
  readonly error: number
  /** |value when it was made − actual| */
  readonly noChangeError: number
  readonly covered: boolean
}

/** Below this, a quantile of the errors says little. */
const enough = 20

export class Scoreboard {
  readonly #scores = new BoundedRing<Score>(100)

  get scored(): number {
    return this.#scores.size
  }

  add(score: Score): void {
    this.#scores.push(score)
  }

  /** `range`: the width of what the series may be, 1 for a utilisation. `undefined` before the first score. */
  summary(range: number): Accuracy | undefined {
    const scored = this.#scores.size
    if (scored === 0) return undefined
    let error = 0
    let noChange = 0
    let covered = 0
    for (const score of this.#scores) {
      error += score.error
      noChange += score.noChangeError
      if (score.covered) covered += 1
    }
    const mae = error / scored
    return {
      accuracy: Math.min(1, Math.max(0, 1 - (2 * mae) / range)),
      mae,
      mase: noChange > 0 ? error / noChange : undefined,
      coverage: covered / scored,
      scored
    }
  }

  /**
   * The half-width that held the share `level` of the past errors: the ⌈(n + 1)·level⌉-th smallest (split conformal).
   * `undefined` while there are too few.
   */
  halfWidth(level: number): number | undefined {
    if (this.#scores.size < enough) return undefined
    const errors = [...this.#scores].map(({ error }) => error).sort((a, b) => a - b)
    return errors[Math.min(errors.length, Math.ceil((errors.length + 1) * level)) - 1]
  }
}
