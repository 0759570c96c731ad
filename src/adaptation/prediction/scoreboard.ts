/** How the forecasts of one series have done, over the last hundred that came due. */
export interface Accuracy {
  /**
   * 1 − 2·MAE ÷ the range of the series, within 0–1; of a series that has no upper bound 1 − MAE ÷ the mean of what
   * came.
   */
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
  /** Whether they did better than "no change", by more than chance would give one in six times. */
  readonly beatsNoChange: boolean
}

/** One forecast against what came. */
export interface Score {
  /** |forecast − actual| */
  readonly error: number
  /** |value when it was made − actual| */
  readonly noChangeError: number
  /** |actual| */
  readonly size: number
  readonly covered: boolean
}

/** Forecasts that are remembered. */
const remembered = 100
/** From so many errors on, one of them is the quantile that is asked for. */
const enough = 9
/** Below this, being better than no change says nothing. */
const fewest = 5
/** How fast the interval widens after a miss, and narrows after a hit. */
const adaptation = 0.02
/** Share of misses beyond which the interval is not narrowed further. */
const mostMisses = 0.5

/** No error is larger than this, and its square is still a number. */
const largest = 1e100

/** What is kept of a score, one after another. */
const [errorAt, noChangeAt, sizeAt, coveredAt, width] = [0, 1, 2, 3, 4]

/** A score costs the same however many there are, and so do the questions. */
export class Scoreboard {
  readonly #level: number
  readonly #scores = new Float64Array(remembered * width)
  /** The errors of the scores, in the order of size. */
  readonly #errors = new Float64Array(remembered)
  #count = 0
  #sums = { error: 0, noChange: 0, size: 0, covered: 0, squares: 0 }
  /** The share of errors that the interval leaves out: moved so that in the long run it misses as often as it should. */
  #miss: number

  /** @param level the share of values that an interval is to hold */
  constructor(level: number) {
    this.#level = level
    this.#miss = 1 - level
  }

  get scored(): number {
    return Math.min(remembered, this.#count)
  }

  add({ error: told, noChangeError, size, covered }: Score): void {
    const error = Math.min(largest, told)
    const place = (this.#count % remembered) * width
    if (this.#count >= remembered) this.#weigh(place, -1)
    this.#replaceError(error, this.#count >= remembered ? (this.#scores[place + errorAt] ?? 0) : undefined)
    this.#scores[place + errorAt] = error
    this.#scores[place + noChangeAt] = Math.min(largest, noChangeError)
    this.#scores[place + sizeAt] = Math.min(largest, size)
    this.#scores[place + coveredAt] = covered ? 1 : 0
    this.#count += 1
    // What rounding has left over is dropped each time round.
    if (this.#count % remembered === 0) {
      this.#sums = { error: 0, noChange: 0, size: 0, covered: 0, squares: 0 }
      for (let each = 0; each < remembered; each += 1) this.#weigh(each * width, 1)
    } else this.#weigh(place, 1)
    const missed = covered ? 0 : 1
    this.#miss = Math.min(mostMisses, Math.max(0, this.#miss + adaptation * (1 - this.#level - missed)))
  }

  /** `range`: the width of what the series may be, 1 for a utilisation. `undefined` before the first score. */
  summary(range: number): Accuracy | undefined {
    const { scored } = this
    if (scored === 0) return undefined
    const { error, noChange, size, covered, squares } = this.#sums
    const mae = Math.max(0, error) / scored
    const relative = Number.isFinite(range) ? (2 * mae) / range : mae === 0 ? 0 : error / size
    return {
      accuracy: Math.min(1, Math.max(0, 1 - relative)),
      mae,
      mase: noChange > 0 ? (mae * scored) / noChange : undefined,
      coverage: covered / scored,
      scored,
      // The mean of the differences is more than one standard error, taken about 0, above 0.
      beatsNoChange: scored >= fewest && noChange > error && (noChange - error) ** 2 > squares
    }
  }

  /**
   * The half-width of the next interval: the quantile of the past errors (split conformal), at a level that follows how
   * often the intervals have held (adaptive conformal, Gibbs and Candès 2021), so that they hold as often as they
   * should where the series drifts. `undefined` while there are too few errors.
   */
  halfWidth(): number | undefined {
    const { scored } = this
    if (scored < enough) return undefined
    return this.#errors[Math.max(1, Math.min(scored, Math.ceil((scored + 1) * (1 - this.#miss)))) - 1]
  }

  /** Counts the score in this place in, or out. */
  #weigh(place: number, sign: 1 | -1): void {
    const [error = 0, noChange = 0, size = 0, covered = 0] = [
      this.#scores[place + errorAt],
      this.#scores[place + noChangeAt],
      this.#scores[place + sizeAt],
      this.#scores[place + coveredAt]
    ]
    const sums = this.#sums
    sums.error += sign * error
    sums.noChange += sign * noChange
    sums.size += sign * size
    sums.covered += sign * covered
    sums.squares += sign * (noChange - error) ** 2
  }

  /** Puts an error in its place among the others; `leaving` makes room, where there is none. */
  #replaceError(error: number, leaving: number | undefined): void {
    const errors = this.#errors
    let held = this.scored
    if (leaving !== undefined) {
      let at = 0
      while ((errors[at] ?? 0) < leaving) at += 1
      errors.copyWithin(at, at + 1, held)
      held -= 1
    }
    let at = held
    for (; at > 0 && (errors[at - 1] ?? 0) > error; at -= 1) errors[at] = errors[at - 1] ?? 0
    errors[at] = error
  }
}
