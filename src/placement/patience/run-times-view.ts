import type { Millis, TaskId, TaskSpec, WorkerId } from "../../model/index.ts"

/** What is known of run times and speeds. Work is in milliseconds at speed 1. `undefined`: never seen. */
export interface RunTimesView {
  /** Runs learned from so far. */
  readonly runs: number
  /** Mean work of tasks that did not declare how long they take. */
  readonly meanWorkMs: Millis
  workMs(type: string): Millis | undefined
  workQuantile(type: string, q: number): Millis | undefined
  remainingWorkMs(type: string, doneMs: Millis): Millis | undefined
  speedOf(workerId: WorkerId, type?: string): number
  /** The most the speed may be by what was seen, two standard errors more; infinite where nothing was. */
  speedAtMost(workerId: WorkerId, type?: string): number
}

/** All that waits for a worker, in sum. */
export interface WaitingWork {
  /** What tasks declare that they take. */
  readonly declaredMs: Millis
  /** Tasks that do not. */
  readonly undeclared: number
}

export interface PatienceSources {
  readonly times: RunTimesView
  readonly waiting: () => WaitingWork
  /** Work that keeps coming, at speed 1, in a millisecond. */
  readonly inflow: (now: Millis) => number
  readonly task: (taskId: TaskId) => { readonly spec: TaskSpec } | undefined
  /** The share of its thread's time that a worker's tasks compute while they run, 0–1. */
  readonly busy: (workerId: WorkerId) => number
}
