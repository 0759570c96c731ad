import type { Millis } from "../../../src/model/index.ts"

/** How a simulated world is: its ways, and how often what goes wrong in it. Shares are 0–1, times in milliseconds. */
export interface WorldOptions {
  /** The longest a thread takes to load its handlers. */
  readonly boot: Millis
  /** Share of starts in which the handlers cannot be loaded. */
  readonly loadFailures: number
  /** Of a task that does not say how much work it is: the longest step of a run, the work between two checkpoints. */
  readonly step: Millis
  /** Of such a task: the most checkpoints a run makes. */
  readonly checkpoints: number
  /** Share of runs that fail. */
  readonly failures: number
  /** Share of runs that never settle, unless they are told to stop and heed it. */
  readonly hangs: number
  /** Share of runs that end their thread, being named for it or not. */
  readonly crashes: number
  /** Share of runs that heed the signal between checkpoints. */
  readonly heeding: number
  /** The longest a report, a cancellation or the end of a thread is on its way. */
  readonly latency: Millis
  /** Bytes of state that travel in a millisecond, from a thread to its owner or back. */
  readonly bandwidth: number
  /** What each run that is sent costs the coordinator's thread: runs leave one after the other, so far apart. */
  readonly dispatchCost: Millis
  /** Milliseconds between two heartbeats. */
  readonly heartbeatInterval: Millis
}

/** A rough world: made to find faults. */
export const worldDefaults: WorldOptions = {
  boot: 40,
  loadFailures: 0,
  step: 50,
  checkpoints: 3,
  failures: 0.1,
  hangs: 0.05,
  crashes: 0.03,
  heeding: 0.7,
  latency: 3,
  bandwidth: 100_000,
  dispatchCost: 0,
  heartbeatInterval: 5_000
}

/** The same with nothing going wrong. */
export const calm = (world: WorldOptions): WorldOptions => ({
  ...world,
  loadFailures: 0,
  failures: 0,
  hangs: 0,
  crashes: 0,
  heeding: 1
})

/** A world in which nothing goes wrong by itself, and nothing takes time but work: made to measure. */
export const quietWorld: WorldOptions = {
  ...calm(worldDefaults),
  boot: 0,
  latency: 0,
  bandwidth: Number.POSITIVE_INFINITY,
  heartbeatInterval: 1_000
}
