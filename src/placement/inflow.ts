import type { Millis } from "../model/index.ts"

/** Tasks that the rate is taken of: enough to smooth it, few enough to follow it. */
const span = 64
/** Parts of them that are looked at each by itself. */
const parts = 4
const part = span / parts
/** Tasks that would have come in a pause without an end of the flow: so many mean gaps are as good as never by chance. */
const pause = 8

/**
 * How much work keeps coming. Of the latest tasks: what a quarter of them is, over the time in which it came, in the
 * quarter in which the least did; and no more than a few of them in the time since the last. So of what flows steadily
 * it is about as much as flows; a burst on top of that is no flow, and of a batch that came at once there is soon nothing
 * left.
 */
export class Inflow {
  readonly #at = new Float64Array(span)
  /** What each declares; NaN where it does not. */
  readonly #declared = new Float64Array(span)
  #next = 0
  #count = 0

  /** A task has come that takes so long at speed 1, as far as it says. */
  accepted(now: Millis, declared: Millis | undefined): void {
    this.#at[this.#next] = now
    this.#declared[this.#next] = declared ?? Number.NaN
    this.#next = (this.#next + 1) % span
    this.#count = Math.min(span, this.#count + 1)
  }

  /** Work in a millisecond, at speed 1. `meanWorkMs` stands for what was not declared. */
  rate(now: Millis, meanWorkMs: Millis): number {
    if (this.#count < span) return 0
    let least = Number.POSITIVE_INFINITY
    let work = 0
    for (let from = 0; from < span; from += part) {
      const came = this.#workOf(from, meanWorkMs)
      const until = from + part < span ? this.#atOf(from + part) : now
      work += came
      // Nothing came of it: it is none, in however little time.
      if (came === 0) return 0
      least = Math.min(least, came / (until - this.#atOf(from)))
    }
    return Math.min(least, (work * pause) / span / (now - this.#atOf(span - 1)))
  }

  #atOf(index: number): Millis {
    return this.#at[(this.#next + index) % span] ?? 0
  }

  #workOf(from: number, meanWorkMs: Millis): Millis {
    let work = 0
    for (let index = from; index < from + part; index += 1) {
      const declared = this.#declared[(this.#next + index) % span] ?? 0
      work += Number.isNaN(declared) ? meanWorkMs : declared
    }
    return work
  }
}
