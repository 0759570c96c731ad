import type { Millis } from "../../../src/model/index.ts"

/** The payload of a task in a simulated world: what its run will take, which no strategy should look at. */
export interface Job {
  /** Milliseconds on a worker of speed 1. */
  readonly work: Millis
  /** When it arrived. */
  readonly at: Millis
  /** Work between two checkpoints. Left out: it makes none. */
  readonly checkpointEvery?: Millis
  /** What it saves there, in bytes: it travels where the run is moved. */
  readonly stateBytes?: number
  /** It never tells how far it is, as what has no end to tell of. */
  readonly silent?: boolean
}

export const isJob = (payload: unknown): payload is Job =>
  typeof payload === "object" && payload !== null && "work" in payload && typeof payload.work === "number"

export const isSilent = (payload: unknown): boolean => isJob(payload) && payload.silent === true
