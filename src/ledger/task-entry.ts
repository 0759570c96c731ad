import type { Ranked } from "../collections/index.ts"
import type { Assignment, Crash, Millis, Reservation, TaskSpec, TaskStatus } from "../model/index.ts"
import { type Limit, noLimits } from "./limit.ts"
import type { MigrationRecord, Outcome, TaskRecord } from "./records.ts"
import type { WorkerEntry } from "./worker-entry.ts"

const noCrashes: ReadonlyArray<Crash> = []

/** A task, as the ledger writes it. */
export class TaskEntry implements TaskRecord, Ranked {
  spec: TaskSpec
  readonly seq: number
  rank: number
  readonly acceptedAt: Millis
  ticket: unknown = undefined
  status: TaskStatus = "queued"
  attempts = 0
  failures = 0
  crashes: ReadonlyArray<Crash> = noCrashes
  requeues = 0
  lowered = 0
  isRestored = false
  state: unknown = undefined
  assignment: Assignment | undefined = undefined
  /** Where it runs: the worker of its assignment. */
  worker: WorkerEntry | undefined = undefined
  reservation: Reservation | undefined = undefined
  migration: MigrationRecord | undefined = undefined
  notBefore: Millis | undefined = undefined
  outcome: Outcome | undefined = undefined
  left: Assignment | undefined = undefined
  firstRunAt: Millis | undefined = undefined
  endedAt: Millis | undefined = undefined
  heapIndex = -1
  /** The times at which it may expire. */
  limits: ReadonlyArray<Limit> = noLimits
  /** Of a suspect: its spec as accepted. */
  unsuspected: TaskSpec | undefined = undefined

  constructor(spec: TaskSpec, seq: number, rank: number, acceptedAt: Millis) {
    this.spec = spec
    this.seq = seq
    this.rank = rank
    this.acceptedAt = acceptedAt
  }

  get suspect(): boolean {
    return this.unsuspected !== undefined
  }
}

/** The same task, but it asks for a worker to itself: so it stands in a lane of its own. */
export const byItself = (spec: TaskSpec): TaskSpec => {
  const { demand, shape } = spec.requirements
  return {
    ...spec,
    requirements: { ...spec.requirements, demand: { ...demand, whole: true }, shape: `alone ${shape}` }
  }
}
