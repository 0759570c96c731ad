import type { Millis, WorkerId } from "../../src/model/index.ts"
import type { Simulation } from "./simulation.ts"

/** A worker of a simulated world, as it really is. */
export interface WorkerLook {
  readonly id: WorkerId
  readonly running: number
  /** Milliseconds in which something ran so far, for each core in use. */
  readonly busyMs: Millis
  /** Work done so far, at speed 1. */
  readonly workMs: Millis
  /** Work that has been given to it and is not done, at speed 1. */
  readonly backlogMs: Millis
}

/** A simulated world at one moment. */
export interface Look {
  /** Milliseconds since the beginning. */
  readonly now: Millis
  readonly workers: ReadonlyArray<WorkerLook>
  /** Tasks that wait, in the queue or outside of it. */
  readonly waiting: number
  /** All there is to see, and to do: for faults that no list names. */
  readonly simulation: Simulation
}

export const lookAt = (simulation: Simulation): Look => {
  const { runtime, driver, time } = simulation
  const { queued, delayed } = runtime.ledger.counts
  return {
    now: time.now,
    waiting: queued + delayed + runtime.coordination.intake,
    workers: [...runtime.ledger.workers.keys()].map((id) => {
      const thread = driver.of(id)
      thread?.settleAccount()
      const { busyMs, workMs } = driver.accountOf(id)
      return { id, busyMs, workMs, running: thread?.load ?? 0, backlogMs: thread?.backlogMs ?? 0 }
    }),
    simulation
  }
}
