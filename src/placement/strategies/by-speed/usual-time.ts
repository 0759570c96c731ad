import type { Millis } from "../../../model/index.ts"
import type { EndedRun } from "../../strategy.ts"

/** The least weight of a new run. */
const leastGain = 0.05
/** However often runs fail, they count as this many times what is usual at most: whoever recovers is found again. */
const farthest = 1_000

/**
 * How long successful runs usually take, over all workers, and from that what a failed one is to count for: a worker that
 * fails at once would otherwise look like the fastest of all.
 */
export class UsualTime {
  #mean: Millis = 0
  #runs = 0

  learn({ ms, ok }: Pick<EndedRun, "ms" | "ok">): void {
    if (!ok || !(ms >= 0 && ms < Number.POSITIVE_INFINITY)) return
    this.#runs += 1
    this.#mean += (ms - this.#mean) * Math.max(1 / this.#runs, leastGain)
  }

  /** What a failed run counts for: the longest of its own time, the time held of runs there, and the usual one, × the penalty. */
  failed(ms: Millis, there: Millis, penalty: number): Millis {
    const least = Math.max(ms > 0 ? ms : 0, this.#mean)
    return Math.min(penalty * Math.max(least, there), farthest * (least > 0 ? least : there))
  }
}
