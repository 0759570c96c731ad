import type { Chance } from "../workload/index.ts"
import type { Server } from "./server.ts"
import type { TaskClass } from "./task-class.ts"

/** What a pinned policy may look at. */
export interface Fleet {
  readonly servers: ReadonlyArray<Server>
  /** By server: tasks sent to it that have not ended, queued ones included. */
  readonly inFlight: Int32Array
  /** When a task of so much work would end if it were sent to this server now; exact, slow phases to come included. */
  readonly endOn: (server: number, taskClass: TaskClass, work: number, now: number) => number
}

export interface Chooser {
  /** The index of one of `taskClass.able`, which is never empty here. Called once a task, in the order of arrival. */
  readonly choose: (taskClass: TaskClass, work: number, now: number) => number
  /** Called for each end, in the order of ends, before a task is chosen for that arrives then or later. `sojourn`: end − arrival. */
  readonly ended?: (server: number, now: number, sojourn: number) => void
}

/** Sends each task, as it arrives, to one server's own queue (first come, first served), where it stays. */
export interface PinnedPolicy {
  readonly queue: "pinned"
  readonly name: string
  /** Called once a run: the state of the policy lives in what it returns. */
  readonly chooser: (fleet: Fleet, chance: Chance) => Chooser
}

/** Keeps all tasks in one queue (first come, first served), from which a server takes one only when it has a free slot. */
export interface CentralPolicy {
  readonly queue: "central"
  readonly name: string
  /** Indexes of the able servers, that which is to be taken first among free ones leading. Called once a class. */
  readonly preference: (taskClass: TaskClass) => Int32Array
}

export type Policy = PinnedPolicy | CentralPolicy
