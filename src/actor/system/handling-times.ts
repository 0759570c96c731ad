/** Buckets double in width: below 1 µs, below 2 µs, … the last holds all above ten minutes. */
const buckets = 31

/** How long handlers took: milliseconds. Quantiles are upper bounds of their bucket, at most twice what was measured. */
export interface HandlingSummary {
  /** Messages that were timed: all that an Effect handled, and a sample of the others. */
  readonly timed: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** A histogram of handling times. */
export class HandlingTimes {
  readonly #counts = new Uint32Array(buckets)
  #timed = 0
  #max = 0

  /** Milliseconds. */
  record(ms: number): void {
    const bucket = ms < 0.001 ? 0 : Math.min(buckets - 1, 1 + Math.floor(Math.log2(ms * 1_000)))
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    this.#timed += 1
    if (ms > this.#max) this.#max = ms
  }

  get summary(): HandlingSummary {
    return { timed: this.#timed, p50: this.quantile(0.5), p99: this.quantile(0.99), max: this.#max }
  }

  /** How many fell below each bound, in milliseconds; empty buckets are left out. */
  get histogram(): ReadonlyArray<{ readonly below: number; readonly count: number }> {
    return [...this.#counts].flatMap((count, bucket) => (count === 0 ? [] : [{ below: boundOf(bucket), count }]))
  }

  /** Milliseconds; `NaN` where nothing was timed. */
  quantile(share: number): number {
    const rank = Math.max(1, Math.ceil(this.#timed * share))
    let seen = 0
    for (let bucket = 0; bucket < buckets; bucket += 1) {
      seen += this.#counts[bucket] ?? 0
      if (seen >= rank) return Math.min(boundOf(bucket), this.#max)
    }
    return Number.NaN
  }
}

const boundOf = (bucket: number): number => 2 ** bucket / 1_000
