import { BoundedRing } from "../../collections/index.ts"
import { type Millis, type Priority, priorities } from "../../model/index.ts"

/** How long a task that came now would wait before it begins. */
export interface WaitEstimate {
  readonly ms: Millis
  /** The least it will be, as far as nine of ten earlier estimates go. */
  readonly low: Millis
  /** Whether enough estimates were held against what came. Where not, `ms` is as worked out, and nothing rests on it. */
  readonly proven: boolean
}

/** Estimates held against what came below which they prove nothing. */
const enough = 20
/** Those kept of each priority. */
const kept = 100
/** A shorter estimate says nothing of how good it was. */
const shortest: Millis = 1
/** However far off one was, it counts as a thousandfold at most. */
const farthest = 1_000

const quantile = (sorted: ReadonlyArray<number>, q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 1

/**
 * How waits came out against what they were estimated to be: by this estimates are put right, and their lower bound is
 * found (split-conformal, from the last 100 of each priority).
 */
export class WaitRecord {
  readonly #ratios = new Map(priorities.map((priority) => [priority, new BoundedRing<number>(kept)]))
  /** Worked out when it is first asked for after a change. */
  readonly #known = new Map<Priority, { readonly middle: number; readonly low: number }>()

  /** A task that was estimated to wait so long has begun after so long. */
  add(priority: Priority, estimated: Millis, actual: Millis): void {
    if (!(estimated >= shortest) || !(actual >= 0) || !Number.isFinite(estimated) || !Number.isFinite(actual)) return
    this.#ratios.get(priority)?.push(Math.min(farthest, Math.max(1 / farthest, actual / estimated)))
    this.#known.delete(priority)
  }

  /** Estimates of the priority that were held against what came. */
  scored(priority: Priority): number {
    return this.#ratios.get(priority)?.size ?? 0
  }

  /** What was worked out for a task of the priority, put right by what came of earlier estimates. */
  correct(priority: Priority, ms: Millis): WaitEstimate {
    if (this.scored(priority) < enough) return { ms, low: 0, proven: false }
    let known = this.#known.get(priority)
    if (known === undefined) {
      const sorted = [...(this.#ratios.get(priority) ?? [])].sort((a, b) => a - b)
      known = { middle: quantile(sorted, 0.5), low: quantile(sorted, 0.1) }
      this.#known.set(priority, known)
    }
    return { ms: ms * known.middle, low: ms * known.low, proven: true }
  }
}
