import type { Millis } from "../../../src/model/index.ts"
import { nextPhaseChange, phaseFactor, type WorkerTraits } from "../world/worker-traits.ts"

const never = Number.POSITIVE_INFINITY

/** At which share of its speed a simulated thread works: its phases, its warm-up, what befell it, and who shares its cores. */
export class Pace {
  readonly #traits: WorkerTraits
  #warmUntil: Millis = 0
  /** It stands still until then. */
  #stillUntil: Millis = 0
  /** What slows it down, and until when. */
  #slow: ReadonlyArray<{ readonly factor: number; readonly until: Millis }> = []

  constructor(traits: WorkerTraits) {
    this.#traits = traits
  }

  /** It has started. */
  warmUp(now: Millis): void {
    this.#warmUntil = now + (this.#traits.warmUp?.for ?? 0)
  }

  standStill(until: Millis): void {
    this.#stillUntil = Math.max(this.#stillUntil, until)
  }

  isStill(now: Millis): boolean {
    return now < this.#stillUntil
  }

  slowDown(factor: number, until: Millis): void {
    this.#slow = [...this.#slow, { factor, until }]
  }

  /** What befell it is over; whether anything had that lasted. */
  recover(now: Millis): boolean {
    if (now >= this.#stillUntil && this.#slow.every(({ until }) => now >= until)) return false
    this.#stillUntil = 0
    this.#slow = []
    return true
  }

  /** For each of so many runs. */
  share(runs: number, now: Millis): number {
    if (now < this.#stillUntil) return 0
    const { cores = never, contention = 0 } = this.#traits
    const crowd = runs > cores ? cores / runs / (1 + contention * (runs - cores)) : 1
    const warm = now < this.#warmUntil ? (this.#traits.warmUp?.factor ?? 1) : 1
    const slow = this.#slow.reduce((factor, each) => (now < each.until ? factor * each.factor : factor), 1)
    return crowd * warm * slow * phaseFactor(this.#traits, now)
  }

  /** Whether it stands still and will never get on by itself. */
  isStuck(now: Millis): boolean {
    let at = now
    while (at < never && this.share(1, at) === 0) at = this.nextChange(at)
    return at === never
  }

  /** When it changes next by itself; infinite where it does not. */
  nextChange(now: Millis): Millis {
    let next = nextPhaseChange(this.#traits, now)
    const ends = [this.#stillUntil, this.#warmUntil, ...this.#slow.map(({ until }) => until)]
    for (const at of ends) if (at > now && at < next) next = at
    return next
  }
}
