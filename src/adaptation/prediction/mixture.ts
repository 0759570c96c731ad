/** How fast the record decides: 1 is as the theory has it, for forecasts that are independent of each other. */
const pace = 0.5
/** What is left of the record with each step, so that what was long ago binds nobody: half of it after 1,400 steps. */
const forgetting = 0.9995
/** How much a prior weighs. */
const priorWeight = 8

/**
 * Combines the forecasts of several experts, weighted by their records on this very series: Bernstein online
 * aggregation (Wintenberger 2017) on the absolute error, linearised at the combination's own forecast. So it is as good
 * as the best combination that does not change, but for a regret of order √(t·ln k), not just as the best expert; where
 * forecasts come true late, so does what is learned from them.
 *
 * Its memory, all 0 at first: for each expert its weighted regret, the sum of its squared regrets, and the largest one.
 */
export class Mixture {
  readonly experts: number
  readonly size: number
  readonly #logPriors: ReadonlyArray<number>
  readonly #logExperts: number
  readonly #weights: Float64Array

  /** @param priors how much worse than the best each is held to be at first: 1 is as good */
  constructor(priors: ReadonlyArray<number>) {
    this.experts = priors.length
    this.size = 3 * priors.length
    this.#logPriors = priors.map((prior) => priorWeight * (1 - prior))
    this.#logExperts = Math.log(Math.max(2, priors.length))
    this.#weights = new Float64Array(priors.length)
  }

  /** The weighted mean of what the experts say, those left out that are NaN; NaN where all are. */
  combine(memory: Float64Array, says: Float64Array, start: number): number {
    const total = this.#weigh(memory, says, start)
    let sum = 0
    for (let expert = 0; expert < this.experts; expert += 1) {
      const weight = this.#weights[expert] ?? 0
      if (weight > 0) sum += weight * (says[start + expert] ?? 0)
    }
    return total > 0 ? sum / total : Number.NaN
  }

  /** How much of the combination is each expert's doing, 0–1. */
  shares(memory: Float64Array, says: Float64Array, start: number): ReadonlyArray<number> {
    const total = this.#weigh(memory, says, start)
    return Array.from(this.#weights, (weight) => (total > 0 ? weight / total : 0))
  }

  /** Sets the weights, and gives their sum; the highest is 1, unless all experts are silent. */
  #weigh(memory: Float64Array, says: Float64Array, start: number): number {
    let highest = Number.NEGATIVE_INFINITY
    for (let expert = 0; expert < this.experts; expert += 1) {
      const exponent = Number.isFinite(says[start + expert])
        ? (this.#logPriors[expert] ?? 0) + this.#rate(memory, expert) * (memory[expert] ?? 0)
        : Number.NEGATIVE_INFINITY
      this.#weights[expert] = exponent
      if (exponent > highest) highest = exponent
    }
    let total = 0
    for (let expert = 0; expert < this.experts; expert += 1) {
      const weight = highest === Number.NEGATIVE_INFINITY ? 0 : Math.exp((this.#weights[expert] ?? 0) - highest)
      this.#weights[expert] = weight
      total += weight
    }
    return total
  }

  /** What the experts had said, and `combined`, was for `actual`. */
  learn(memory: Float64Array, says: Float64Array, start: number, combined: number, actual: number): void {
    const { experts } = this
    // The absolute error falls this way as the combination rises.
    const direction = Math.sign(combined - actual)
    if (!Number.isFinite(direction)) return
    for (let expert = 0; expert < experts; expert += 1) {
      const said = says[start + expert] ?? Number.NaN
      if (!Number.isFinite(said)) continue
      const regret = direction * (combined - said)
      const [squares, largest] = [experts + expert, 2 * experts + expert]
      memory[squares] = forgetting * (memory[squares] ?? 0) + regret * regret
      memory[largest] = Math.max(forgetting * (memory[largest] ?? 0), Math.abs(regret))
      memory[expert] = forgetting * (memory[expert] ?? 0) + regret - this.#rate(memory, expert) * regret * regret
    }
  }

  /** How much a regret counts: the less the more there were, in units of the series. */
  #rate(memory: Float64Array, expert: number): number {
    const largest = memory[2 * this.experts + expert] ?? 0
    const squares = memory[this.experts + expert] ?? 0
    return squares > 0 ? pace * Math.min(0.5 / largest, Math.sqrt(this.#logExperts / squares)) : 0
  }
}
