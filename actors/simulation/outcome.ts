import type { Millis, TaskEnd, WorkerId } from "../../src/model/index.ts"
import type { Sample } from "../../src/statistics/index.ts"

/** What one worker did in a simulation. */
export interface WorkerOutcome {
  readonly id: WorkerId
  /** Tasks that it completed. */
  readonly completed: number
  readonly runs: number
  /** Milliseconds in which something ran, for each core in use. */
  readonly busyMs: Millis
  /** Work done, at speed 1; of runs that were lost, too. */
  readonly workMs: Millis
  /** Work of the tasks that it completed, at speed 1. */
  readonly usefulMs: Millis
}

/** Milliseconds that a task's work counts for at least in its slowdown: less says nothing of how it was served. */
const leastWork: Millis = 10_000

/** From arrival to end ÷ the work, which counts for at least 10 s; at least 1 (Feitelson et al. 1997). */
export const boundedSlowdown = (sojourn: Millis, work: Millis): number =>
  Math.max(1, sojourn / Math.max(work, leastWork))

/** What came of a simulation. Times in milliseconds of its own clock. */
export interface Outcome {
  readonly seed: number
  /** The strategy's id. */
  readonly strategy: string
  /** Tasks that arrived. */
  readonly tasks: number
  /**
   * Why it was over: every task had ended, or `until` was reached, or nothing more could happen although tasks were left
   * (nothing ran that would ever end, nothing was to come, for ten minutes of virtual time).
   */
  readonly ending: "all ended" | "until" | "nothing more to come"
  /** How they ended; `unfinished` have not, and `refused` were never taken in. */
  readonly ends: Readonly<Record<TaskEnd | "unfinished" | "refused", number>>
  /** From the beginning to the end of the last task that ended. */
  readonly makespan: Millis
  /** Of completed tasks: from arrival to end. */
  readonly sojourn: Sample
  /** Of completed tasks: their bounded slowdown. */
  readonly slowdown: Sample
  /** Of tasks that ran: from arrival to the beginning of the first run. */
  readonly wait: Sample
  /** Work of all completed tasks, at speed 1. */
  readonly usefulMs: Millis
  readonly workers: ReadonlyArray<WorkerOutcome>
  /** Running tasks that went on at another worker. */
  readonly moves: number
  /** Runs that ended without an end of their task, moves aside: by crashes, drains, failures that are tried again. */
  readonly rerun: number
  /** Threads that ended. */
  readonly exits: number
  /** Events of the runtime. */
  readonly events: number
  /** Moments at which something happened. */
  readonly moments: number
}
