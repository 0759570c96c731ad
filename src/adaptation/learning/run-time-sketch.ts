import type { Millis } from "../../model/index.ts"

/** Bins to a doubling: each is 19 % wide, so that a quantile is at most 9 % off. */
const perDoubling = 4
/** From 2⁻¹⁰ ms, about a microsecond, to 2³⁰ ms, about twelve days; what lies beyond counts in the outermost bins. */
const lowest = -10
const bins = 40 * perDoubling
/** Runs after which an older one counts for a third. */
const span = 500
/** Above this the weights are scaled down, long before they would overflow. */
const tooHeavy = 1e100
/** The sums are worked out anew once this share of the weight has come in since. */
const stale = 1 / 64

const binOf = (ms: Millis): number => {
  const bin = Math.floor((Math.log2(ms) - lowest) * perDoubling)
  return bin < 0 ? 0 : bin < bins ? bin : bins - 1
}

const startOf = (bin: number): Millis => 2 ** (lowest + bin / perDoubling)

/** The middle of each bin, by ratio. */
const middles = Float64Array.from({ length: bins }, (_, bin) => startOf(bin + 0.5))

/** What a sketch has learned, as data. */
export interface SketchState {
  /** The weight of each bin in which anything was seen. */
  readonly bins: ReadonlyArray<readonly [bin: number, weight: number]>
  readonly weight: number
  readonly total: number
  readonly shortest: Millis
  readonly longest: Millis
}

/**
 * How run times are distributed: a histogram with bins of equal ratio, in which older runs fade. Learning is O(1),
 * reading O(log bins), and all of it is 4 kB whatever it sees.
 *
 * Fading is forward: instead of every old weight shrinking, each new one is a little larger than the last.
 */
export class RunTimeSketch {
  readonly #weights = new Float64Array(bins)
  /** Weight, and weight × time, of each bin and all above it. */
  readonly #weightFrom = new Float64Array(bins + 1)
  readonly #timeFrom = new Float64Array(bins + 1)
  #weight = 1
  #total = 0
  #unread = 0
  #shortest = Number.POSITIVE_INFINITY
  #longest = 0

  get isEmpty(): boolean {
    return this.#total === 0
  }

  /** `age` is the time since the run before it, as a share of the time after which what was known counts for little. */
  add(ms: Millis, age = 0): void {
    const heavier = this.#weight * (1 + 1 / span) * (age > 0.001 ? Math.exp(Math.min(age, 700)) : 1)
    // However long the pause, one run never counts for more than all before it.
    this.#weight = Math.min(heavier, Math.max(this.#weight, this.#total))
    const bin = binOf(ms)
    this.#weights[bin] = (this.#weights[bin] ?? 0) + this.#weight
    this.#total += this.#weight
    this.#unread += this.#weight
    if (ms < this.#shortest) this.#shortest = ms
    if (ms > this.#longest) this.#longest = ms
    if (this.#weight > tooHeavy) this.#lighten()
  }

  /** The time within which the share `q` of the runs ends: within what was seen, and never less for a larger `q`. */
  quantile(q: number): Millis {
    if (this.isEmpty) return 0
    this.#sum()
    const above = (1 - Math.min(1, Math.max(0, q))) * (this.#weightFrom[0] ?? 0)
    let low = 0
    let high = bins - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#weightFrom[middle + 1] ?? 0) <= above) high = middle
      else low = middle + 1
    }
    const after = this.#weightFrom[low + 1] ?? 0
    const within = (this.#weightFrom[low] ?? 0) - after
    const part = within > 0 ? 1 - (above - after) / within : 1
    return this.#seen(startOf(low + Math.min(1, Math.max(0, part))))
  }

  get mean(): Millis {
    if (this.isEmpty) return 0
    this.#sum()
    return this.#seen((this.#timeFrom[0] ?? 0) / (this.#weightFrom[0] ?? 1))
  }

  /**
   * How much longer a run will take that has taken so long already: the mean excess of those that took longer. Where
   * run times vary much, the older one is, the longer it will still take. One that is older than any before is
   * expected to take as long again.
   */
  remaining(elapsed: Millis): Millis {
    if (!(elapsed > 0)) return this.mean
    this.#sum()
    const from = elapsed < this.#longest ? binOf(elapsed) + 1 : bins
    const weight = this.#weightFrom[from] ?? 0
    if (weight > 0) return (this.#timeFrom[from] ?? 0) / weight - elapsed
    return elapsed < this.#longest ? this.#longest - elapsed : elapsed
  }

  /** What was learned, as data; `undefined`: nothing was. From now on both answer from the same sums. */
  get state(): SketchState | undefined {
    if (this.isEmpty) return undefined
    this.#sumAnew()
    const seen = Array.from(this.#weights.entries()).filter(([, weight]) => weight > 0)
    const [weight, total, shortest, longest] = [this.#weight, this.#total, this.#shortest, this.#longest]
    return { bins: seen, weight, total, shortest, longest }
  }

  /** Goes on from what another has learned. */
  restore({ bins: seen, weight, total, shortest, longest }: SketchState): void {
    this.#weights.fill(0)
    for (const [bin, own] of seen) if (bin < bins) this.#weights[bin] = own
    this.#weight = weight
    this.#total = total
    this.#shortest = shortest
    this.#longest = longest
    this.#sumAnew()
  }

  #seen(ms: Millis): Millis {
    return Math.min(this.#longest, Math.max(this.#shortest, ms))
  }

  #sum(): void {
    if (this.#unread > stale * this.#total) this.#sumAnew()
  }

  #sumAnew(): void {
    this.#unread = 0
    for (let bin = bins - 1; bin >= 0; bin -= 1) {
      const weight = this.#weights[bin] ?? 0
      this.#weightFrom[bin] = (this.#weightFrom[bin + 1] ?? 0) + weight
      this.#timeFrom[bin] = (this.#timeFrom[bin + 1] ?? 0) + weight * (middles[bin] ?? 0)
    }
  }

  #lighten(): void {
    const scale = 1 / this.#weight
    for (let bin = 0; bin < bins; bin += 1) this.#weights[bin] = (this.#weights[bin] ?? 0) * scale
    this.#total *= scale
    this.#unread = this.#total
    this.#weight = 1
  }
}
