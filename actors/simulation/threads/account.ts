import type { Millis } from "../../../src/model/index.ts"

/** What a simulated worker has done so far, on all its threads. */
export interface WorkerAccount {
  /** Milliseconds in which something ran, for each core in use. */
  busyMs: Millis
  /** Work done, at speed 1: of what was lost, too. */
  workMs: Millis
  /** Runs begun. */
  runs: number
  /** Threads started. */
  threads: number
}

export const newAccount = (): WorkerAccount => ({ busyMs: 0, workMs: 0, runs: 0, threads: 0 })
