import type { Millis, WorkerId } from "../../model/index.ts"

/** A worker of a pool that may be taken away. */
export interface PoolMember {
  readonly workerId: WorkerId
  /** `resting` does nothing at all; `coming` has not done anything yet. */
  readonly state: "resting" | "coming" | "up"
  /** Slots in use. */
  readonly running: number
  /** Work done in a millisecond; 1 is ordinary. */
  readonly speed: number
  readonly joinedAt: Millis
  /** Whether waiting tasks need it, and no other could take them. */
  readonly needed: boolean
}

const order = { resting: 0, coming: 1, up: 2 } as const

/**
 * Who leaves a pool that is to be smaller by so many: who rests, then who is still on its way, then who does least; of
 * equals the slowest, of these the youngest. Nobody whom waiting tasks need.
 */
export const chooseLeavers = (members: ReadonlyArray<PoolMember>, count: number): ReadonlyArray<WorkerId> =>
  members
    .filter(({ needed }) => !needed)
    .toSorted(
      (a, b) => order[a.state] - order[b.state] || a.running - b.running || a.speed - b.speed || b.joinedAt - a.joinedAt
    )
    .slice(0, Math.max(0, count))
    .map(({ workerId }) => workerId)
