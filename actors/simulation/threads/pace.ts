import type { Millis } from "../../../src/model/index.ts"
import { nextPhaseChange, phaseFactor, type WorkerTraits } from "../world/worker-traits.ts"

const never = Number.POSITIVE_INFINITY

/** At which share of its speed a simulated thread works: its phases, its warm-up, what befell it, and who shares its cores. */
export class Pace {
  readonly #traits: WorkerTraits
  readonly #warmUntil: Millis
  /** It stands still until then. */
  #stillUntil: Millis = 0
  #slow: { readonly factor: number; readonly until: Millis } = { factor: 1, until: 0 }

  constructor(traits: WorkerTraits, upAt: Millis) {
    this.#traits = traits
    this.#warmUntil = traits.warmUp === undefined ? 0 : upAt + traits.warmUp.for
  }

  /** Whether nothing can change it but the number of runs. */
  get isSteady(): boolean {
    return this.#traits.phases === undefined && this.#warmUntil === 0
  }

  standStill(until: Millis): void {
    this.#stillUntil = Math.max(this.#stillUntil, until)
  }

  isStill(now: Millis): boolean {
    return now < this.#stillUntil
  }

  slowDown(factor: number, until: Millis): void {
    this.#slow = { factor, until }
  }

  /** What befell it is over; whether anything had that lasted. */
  recover(now: Millis): boolean {
    if (now >= this.#stillUntil && now >= this.#slow.until) return false
    this.#stillUntil = 0
    this.#slow = { factor: 1, until: 0 }
    return true
  }

  /** For each of so many runs. */
  share(runs: number, now: Millis): number {
    if (now < this.#stillUntil) return 0
    const { cores = never } = this.#traits
    const crowd = runs > cores ? cores / runs : 1
    const warm = now < this.#warmUntil ? (this.#traits.warmUp?.factor ?? 1) : 1
    const slow = now < this.#slow.until ? this.#slow.factor : 1
    return crowd * warm * slow * phaseFactor(this.#traits, now)
  }

  /** When it changes next by itself; infinite where it does not. */
  nextChange(now: Millis): Millis {
    let next = nextPhaseChange(this.#traits, now)
    for (const at of [this.#stillUntil, this.#slow.until, this.#warmUntil]) if (at > now && at < next) next = at
    return next
  }
}
