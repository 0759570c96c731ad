import type { Backoff } from "./backoff.ts"
import type { ChildPolicy, Directive, Policy } from "./policy.ts"

/** suspended: without an instance that works, after a failure, a failed start or a halt; ref and mail wait for a start. */
export type ChildStatus = "down" | "starting" | "running" | "suspended" | "stopping"

export interface ChildState {
  readonly policy: ChildPolicy
  readonly status: ChildStatus
  /** `restart`: to be halted, then up again. `gone`: to be stopped and forgotten. */
  readonly goal: "up" | "restart" | "down" | "gone"
  /** The end of a backoff that is still running. */
  readonly waitsUntil: number | undefined
  /** Restarts in a row, without a quiet time between. */
  readonly restarts: number
  readonly startedAt: number
  /** Somebody waits for this start, of a new child or of one at rest: its failure is told to him and not tried again. */
  readonly asked: "new" | "again" | undefined
}

/** Why a supervisor closes. */
export type Closing =
  | { readonly _tag: "Asked" }
  | { readonly _tag: "StartFailed"; readonly child: string; readonly cause: unknown }
  | { readonly _tag: "GaveUp"; readonly child: string; readonly cause: unknown }
  | { readonly _tag: "Escalated"; readonly child: string; readonly cause: unknown }
  /** Its significant children have ended. */
  | { readonly _tag: "AutoShutdown"; readonly child: string }

export interface Supervision {
  readonly policy: Policy
  /** In start order. Of a dynamic supervisor those in trouble alone. */
  readonly children: ReadonlyArray<ChildState>
  /** Times of the latest restarts that count, within the window. */
  readonly restarts: ReadonlyArray<number>
  /** closing: all children of a dynamic supervisor have been told to stop. */
  readonly phase: "starting" | "running" | "closing" | "closed"
  readonly closing: Closing | undefined
}

/** What happened to a child, or is asked of it. */
export type ChildEvent =
  | { readonly _tag: "Started"; readonly id: string }
  /** `directive`: default restart; a resume, which needs an instance, is taken as that. */
  | { readonly _tag: "StartFailed"; readonly id: string; readonly cause: unknown; readonly directive?: Directive }
  /**
   * The child failed. `counts`: whether a restart counts toward the intensity. `directive`: default restart. `backoff`:
   * in place of the child's own.
   */
  | {
      readonly _tag: "Failed"
      readonly id: string
      readonly cause: unknown
      readonly counts: boolean
      readonly directive?: Directive
      readonly backoff?: Backoff
    }
  /** The child was halted; or it stopped by itself, and is kept because it is permanent. */
  | { readonly _tag: "Suspended"; readonly id: string; readonly cause: unknown }
  /** The child has ended for good: because it was asked to, or by itself. */
  | { readonly _tag: "Ended"; readonly id: string; readonly cause: unknown }
  | { readonly _tag: "BackoffElapsed"; readonly id: string }
  | { readonly _tag: "Terminate"; readonly id: string }
  | { readonly _tag: "Restart"; readonly id: string }
  | { readonly _tag: "Delete"; readonly id: string }

export type SupervisionEvent =
  | ChildEvent
  | { readonly _tag: "Begin" }
  | { readonly _tag: "Stop" }
  | { readonly _tag: "Add"; readonly child: ChildPolicy }
  /** Dynamic: this child, which has been running unseen, is in trouble; its trouble follows as an event of its own. */
  | { readonly _tag: "Adopt"; readonly child: ChildPolicy }
  /** Dynamic: the answer to `StopAll`. */
  | { readonly _tag: "AllEnded" }

export type SupervisionCommand =
  | { readonly _tag: "Start"; readonly id: string }
  /** The failed instance goes on with the state it has. */
  | { readonly _tag: "Resume"; readonly id: string }
  /** End its instance alone. Answered by `Suspended`. */
  | { readonly _tag: "Halt"; readonly id: string }
  /** End it for good. Answered by `Ended`. */
  | { readonly _tag: "Stop"; readonly id: string }
  /** Answered by `BackoffElapsed`; not before so many milliseconds. */
  | { readonly _tag: "Wait"; readonly id: string; readonly ms: number }
  | { readonly _tag: "Forget"; readonly id: string }
  /** For whoever watches restarts: nothing is to be done. */
  | {
      readonly _tag: "Restarting"
      readonly id: string
      readonly cause: unknown
      readonly attempt: number
      readonly delay: number
    }
  /** For whoever watches supervisors give up: nothing is to be done. */
  | { readonly _tag: "GivingUp"; readonly id: string; readonly cause: unknown }
  | { readonly _tag: "Ready" }
  /** Dynamic: end all children for good, at once. Answered by `AllEnded`. */
  | { readonly _tag: "StopAll"; readonly why: Closing }
  | { readonly _tag: "Closed"; readonly why: Closing }

export const newChild = (policy: ChildPolicy, asked?: "new"): ChildState => ({
  policy,
  status: "down",
  goal: "up",
  waitsUntil: undefined,
  restarts: 0,
  startedAt: 0,
  asked
})

/** One that has been running for longer than anybody remembers. */
export const knownToRun = (policy: ChildPolicy): ChildState => ({
  ...newChild(policy),
  status: "running",
  startedAt: Number.NEGATIVE_INFINITY
})

/** A supervisor with these children, before it has begun. */
export const supervision = (policy: Policy, children: ReadonlyArray<ChildPolicy>): Supervision => ({
  policy,
  children: children.map((child) => newChild(child)),
  restarts: [],
  phase: "starting",
  closing: undefined
})

/** What the outside sees: a child between two runs reads as `restarting` (S4). */
export const statusOf = (
  { closing }: Supervision,
  { status, goal, waitsUntil }: ChildState
): ChildStatus | "restarting" => {
  if (closing !== undefined) return status
  const between = status === "suspended" || status === "down"
  return goal === "restart" || (goal === "up" && (between || waitsUntil !== undefined)) ? "restarting" : status
}

/** Stopped, and to stay so: the only state in which it may be restarted or deleted by hand. */
export const isAtRest = ({ status, goal }: ChildState): boolean => status === "down" && goal === "down"

/** It runs, and has for so long that its earlier restarts are forgotten. */
export const isQuiet = ({ policy }: Supervision, { status, goal, startedAt }: ChildState, now: number): boolean =>
  status === "running" && goal === "up" && now - startedAt > policy.window

export const put = (state: Supervision, changed: ChildState): Supervision => ({
  ...state,
  children: state.children.map((child) => (child.policy.id === changed.policy.id ? changed : child))
})

/** Whoever was to be halted for the restart of its group is as good as halted. */
export const suspend = (state: Supervision, child: ChildState): Supervision =>
  put(state, { ...child, status: "suspended", goal: child.goal === "restart" ? "up" : child.goal })

/** The first reason to close is the one that counts. */
export const closeFor = (state: Supervision, why: Closing): Supervision => ({ ...state, closing: state.closing ?? why })

/** It was not to stop anyhow: else, how it got there makes no difference. */
export const isWanted = ({ closing }: Supervision, { goal }: ChildState): boolean =>
  goal === "up" && closing === undefined

export const goalAtRest = ({ policy: { dynamic } }: Supervision, { policy }: ChildState): "down" | "gone" =>
  policy.restart === "temporary" || dynamic ? "gone" : "down"
