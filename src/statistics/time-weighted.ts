/**
 * The mean and the spread over time of a value that changes now and then: each value counts for as long as it held.
 * Times are of one clock, in any unit, and do not go back. Both are NaN while no time has passed.
 */
export class TimeWeighted {
  #value: number
  #since: number
  readonly #start: number
  #mean = 0
  /** Σ time × (value − mean)², updated as the mean moves (West 1979). */
  #squares = 0

  constructor(value: number, at: number) {
    this.#value = value
    this.#since = at
    this.#start = at
  }

  /** The value is another from now on. */
  change(value: number, at: number): void {
    this.#advance(at)
    this.#value = value
  }

  /** Value × time, from the beginning. */
  integral(until: number): number {
    this.#advance(until)
    return until === this.#start ? 0 : this.#mean * (until - this.#start)
  }

  mean(until: number): number {
    this.#advance(until)
    return until === this.#start ? Number.NaN : this.#mean
  }

  /** √(∫(value − mean)² dt ÷ time). */
  standardDeviation(until: number): number {
    this.#advance(until)
    return Math.sqrt(this.#squares / (until - this.#start))
  }

  #advance(at: number): void {
    const held = at - this.#since
    if (held <= 0) return
    const before = this.#value - this.#mean
    this.#mean += (before * held) / (at - this.#start)
    this.#squares += held * before * (this.#value - this.#mean)
    this.#since = at
  }
}
