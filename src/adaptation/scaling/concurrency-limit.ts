import type { Millis } from "../../model/index.ts"
import { CrowdCurve } from "./crowd-curve.ts"

export interface ConcurrencyRules {
  /** Runs beside each other there may always be. */
  readonly min: number
  /** The share of the throughput that may be given up for runs that are shorter. */
  readonly loss: number
  /** Time from one look at another number to the next, at first; it grows while nothing comes of it. */
  readonly probeAfter: Millis
}

export const concurrencyDefaults: ConcurrencyRules = { min: 1, loss: 0.05, probeAfter: 2_000 }

const longestPause: Millis = 30_000
/** A change of the run times that is worth a look, as a logarithm. */
const noticed = Math.log(1.3)
/** A look at another number is given up after so many times the usual pause without enough runs. */
const impatience = 30
/** After a look that came to nothing there is none for so many times as long as it took. */
const patience = 3

/**
 * How many runs a worker should have beside each other: the least number at which it does nearly as much as at the best.
 *
 * The worker's limit goes one level (about √2) up or down for a while, as many runs as it takes to compare; then it goes to
 * the lowest level among those known whose throughput is within `loss` of the best. Only while the worker is full, so that
 * an idle one never grows. Each look that changes nothing makes the pause to the next longer by half.
 *
 * Why not Gradient2 (Netflix): its baseline is an average of the same crowded runs, so under a load that stays it drifts to
 * the maximum; see docs/decisions/027.
 */
export class ConcurrencyLimit {
  readonly #rules: ConcurrencyRules
  readonly #curve: CrowdCurve
  readonly #lowest: number
  /** The level it stands at, and the one it tries. */
  #level: number
  #trying: { readonly level: number; readonly since: Millis; readonly until: Millis } | undefined
  #pause: Millis
  #lookAt: Millis | undefined
  #lastUp = false
  /** How slow runs were at its level when that was last decided. */
  #before: number | undefined

  constructor(max: number, rules: Partial<ConcurrencyRules> = {}) {
    this.#rules = { ...concurrencyDefaults, ...rules }
    this.#curve = new CrowdCurve(max)
    const { levels } = this.#curve
    this.#lowest = Math.max(
      0,
      levels.findIndex((level) => level >= Math.min(max, this.#rules.min))
    )
    this.#level = levels.length - 1
    this.#pause = this.#rules.probeAfter
  }

  /** Runs that there may be now. */
  get limit(): number {
    return this.#curve.levels[this.#trying?.level ?? this.#level] ?? 1
  }

  /** A run has ended that had so many beside it in the mean, itself among them. */
  record(type: string, company: number, ms: Millis): void {
    this.#curve.record(type, company, ms)
  }

  /** The limit from now on. `full`: as many run as may, and more could. */
  decide(full: boolean, now: Millis): number {
    this.#lookAt ??= now + this.#pause
    if (this.#trying !== undefined) {
      const { level, since, until } = this.#trying
      if (!this.#curve.isKnown(level) && now < until && full) return this.limit
      this.#trying = undefined
      this.#settle(now - since, now)
    }
    if (!full || !this.#curve.isKnown(this.#level)) return this.limit
    this.#notice(now)
    if (now >= this.#lookAt) this.#tryAnother(now)
    return this.limit
  }

  /** A look has ended: on to the best that is known. */
  #settle(took: Millis, now: Millis): void {
    const best = this.#best()
    if (best !== this.#level) {
      // On the same way: what it comes from is known.
      this.#lastUp = best < this.#level
      this.#level = best
      this.#pause = this.#rules.probeAfter
    } else this.#pause = Math.max(this.#pause, patience * took)
    this.#before = this.#curve.slowness(this.#level)
    this.#lookAt = now + this.#pause
  }

  /** Runs take much longer than when it was last decided, or shorter: it looks again soon. */
  #notice(now: Millis): void {
    const slowness = this.#curve.slowness(this.#level)
    this.#before ??= slowness
    if (Math.abs(slowness - this.#before) < noticed) return
    this.#before = slowness
    this.#pause = this.#rules.probeAfter
    this.#lookAt = Math.min(this.#lookAt ?? now, now + this.#pause)
  }

  /**
   * The lowest of the levels known that does nearly as much as the best of them. The one it stands at was known when the look
   * began, however much of that the look has put out of date.
   */
  #best(): number {
    const known = this.#curve.levels.flatMap((_, level) =>
      level === this.#level || (level >= this.#lowest && this.#curve.isKnown(level)) ? [level] : []
    )
    const most = Math.max(...known.map((level) => this.#curve.throughput(level)))
    const enough = (1 - this.#rules.loss) * most
    return known.find((level) => this.#curve.throughput(level) >= enough) ?? this.#level
  }

  #tryAnother(now: Millis): void {
    const up = this.#level + 1 < this.#curve.levels.length
    const down = this.#level > this.#lowest
    if (!up && !down) return
    const goUp = up && (!down || !this.#lastUp)
    const level = goUp ? this.#level + 1 : this.#level - 1
    this.#lastUp = goUp
    // What it was like long ago is not what it is like now.
    this.#curve.forget(level)
    this.#trying = { level, since: now, until: now + impatience * this.#rules.probeAfter }
    this.#pause = Math.max(this.#pause, Math.min(longestPause, 1.5 * this.#pause))
  }
}
