import type { Millis } from "../model/index.ts"

/** Tasks that the rate is taken of: enough to smooth it, few enough to follow it. */
const span = 64
/** Tasks that would have come in a pause without an end of the flow: so many mean gaps are as good as never by chance. */
const pause = 8

/**
 * How much work keeps coming. Of the latest tasks: what they are, over the time since the first of them; and no more than
 * a few of them in the time since the last. So of what flows steadily it is as much as flows, and of a batch that came at
 * once there is soon nothing left.
 */
export class Inflow {
  readonly #at = new Float64Array(span)
  /** What each declares; NaN where it does not. */
  readonly #declared = new Float64Array(span).fill(Number.NaN)
  #next = 0
  #count = 0
  #declaredMs: Millis = 0
  #undeclared = 0

  /** A task has come that takes so long at speed 1, as far as it says. */
  accepted(now: Millis, declared: Millis | undefined): void {
    if (this.#count === span) this.#forget(this.#declared[this.#next] ?? Number.NaN)
    else this.#count += 1
    this.#at[this.#next] = now
    this.#declared[this.#next] = declared ?? Number.NaN
    if (declared === undefined) this.#undeclared += 1
    else this.#declaredMs += declared
    this.#next = (this.#next + 1) % span
  }

  /** Work in a millisecond, at speed 1. `meanWorkMs` stands for what was not declared. */
  rate(now: Millis, meanWorkMs: Millis): number {
    if (this.#count < span) return 0
    const first = this.#at[this.#next] ?? now
    const last = this.#at[(this.#next + span - 1) % span] ?? now
    const work = this.#declaredMs + this.#undeclared * meanWorkMs
    if (work === 0) return 0
    return Math.min(work / (now - first), (work * pause) / span / (now - last))
  }

  #forget(declared: number): void {
    if (Number.isNaN(declared)) this.#undeclared -= 1
    else this.#declaredMs -= declared
  }
}
