import { type Crash, Epoch, type Millis, type TaskSpec } from "../model/index.ts"
import type { Outcome } from "./records.ts"
import type { LedgerState } from "./state.ts"

/** A task as an earlier run left it. Times are on this ledger's clock, and mostly before its zero. */
export interface RestoredTask {
  readonly spec: TaskSpec
  /** Its place in the order of acceptance. */
  readonly seq: number
  readonly acceptedAt: Millis
  readonly attempts: number
  readonly failures: number
  readonly crashes: ReadonlyArray<Crash>
  /** Whether it runs alone, so that a crash has one culprit. */
  readonly suspect: boolean
  /** How often it was tried again in vain while nobody could take it, and by how many priorities it went lower for it. */
  readonly requeues?: number
  readonly lowered?: number
  /** Its last checkpoint. */
  readonly state: unknown
  /** Where it waits before its next attempt: until when. */
  readonly notBefore: Millis | undefined
  readonly outcome: Outcome | undefined
  readonly endedAt: Millis | undefined
}

/** What earlier runs have left. */
export interface Legacy {
  /** Tasks that are remembered, in the order of their ends. */
  readonly ended: ReadonlyArray<RestoredTask>
  /** Tasks that have not ended, in the order of acceptance; those that ran are to run again. */
  readonly unfinished: ReadonlyArray<RestoredTask>
  /** Events go on after this one. */
  readonly seq: number
  /** Epochs go on after this one: no earlier run has given out a higher one. */
  readonly epoch: number
}

/**
 * Puts the tasks where they were: in the queue with their old place, waiting for their time, or ended. A run they had is
 * over, and nothing is charged for it.
 */
export const restoreInto = (state: LedgerState, { ended, unfinished, seq, epoch }: Legacy, now: Millis): void => {
  for (const task of [...ended, ...unfinished]) {
    if (state.tasks.has(task.spec.id)) continue
    // Where the wall clock was set back meanwhile, it would rank behind what is accepted from now on.
    state.restore(task.acceptedAt <= now ? task : { ...task, acceptedAt: now })
  }
  state.seq = Math.max(state.seq, seq)
  state.epoch = Epoch(Math.max(state.epoch, epoch))
}
