import type { Millis } from "./units.ts"
import type { WorkerId } from "./worker.ts"

/** How a worker has done at tasks of one type, or at all its tasks. */
export interface Performance {
  readonly runs: number
  /** Exponential average of success, 0–1. */
  readonly successRate: number
  /** Exponential average of the run time of successful runs. */
  readonly meanMs: Millis
}

/** What was learned so far, as placement reads it. `undefined`: nothing is known yet. */
export interface PerformanceView {
  of(workerId: WorkerId, type: string): Performance | undefined
  worker(workerId: WorkerId): Performance | undefined
}

/** What workers' weights were learned to be, beside what they declare. */
export interface WeightView {
  /** `undefined`: as declared. */
  of(workerId: WorkerId): number | undefined
  /** Another number after each change of any of them. */
  readonly version: number
}

/** How healthy a worker is, 0 (failing) to 1 (sound). */
export interface HealthView {
  of(workerId: WorkerId): number
}
