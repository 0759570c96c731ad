import type { Millis } from "../../model/index.ts"

/** Moments at which something came that the rate is taken of: enough to smooth it, few enough to follow it. */
const span = 64
/** Parts of them that are looked at each by itself. */
const parts = 4
const part = span / parts
/** Times that would have come in a pause without an end of the flow: so many mean gaps are as good as never by chance. */
const pause = 8

/**
 * How much work keeps coming. Of the latest moments at which something came: what came in a quarter of them, over the time
 * they took, in the quarter in which the least did; and no more than a few times as much as in one of them in the time
 * since the last. So of what flows steadily it is about as much as flows; what comes at once, alone or on top of that, is
 * no flow; and when it stops there is soon nothing left.
 */
export class Inflow {
  readonly #at = new Float64Array(span)
  /** What came at each: declared, and how many tasks that declare nothing. */
  readonly #declaredMs = new Float64Array(span)
  readonly #undeclared = new Float64Array(span)
  #last = span - 1
  #count = 0

  /** A task has come that takes so long at speed 1, as far as it says. */
  accepted(now: Millis, declared: Millis | undefined): void {
    if (this.#count === 0 || now !== this.#at[this.#last]) {
      this.#last = (this.#last + 1) % span
      this.#at[this.#last] = now
      this.#declaredMs[this.#last] = 0
      this.#undeclared[this.#last] = 0
      this.#count = Math.min(span, this.#count + 1)
    }
    if (declared === undefined) this.#undeclared[this.#last] = (this.#undeclared[this.#last] ?? 0) + 1
    else this.#declaredMs[this.#last] = (this.#declaredMs[this.#last] ?? 0) + declared
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

  /** The moment, counted from the oldest. */
  #index(place: number): number {
    return (this.#last + 1 + place) % span
  }

  #atOf(place: number): Millis {
    return this.#at[this.#index(place)] ?? 0
  }

  #workOf(from: number, meanWorkMs: Millis): Millis {
    let work = 0
    for (let place = from; place < from + part; place += 1) {
      const index = this.#index(place)
      work += (this.#declaredMs[index] ?? 0) + (this.#undeclared[index] ?? 0) * meanWorkMs
    }
    return work
  }
}
