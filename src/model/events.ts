import type { Unmet } from "./errors.ts"
import type { Passage } from "./passage.ts"
import type { Reservation } from "./resources.ts"
import type { Crash, MadeRoomFor, TaskId, TaskSpec } from "./task.ts"
import type { Epoch, Millis } from "./units.ts"
import type { PhaseEvent, WorkerId, WorkerPhase, WorkerSpec } from "./worker.ts"

/** An error as data, so that it crosses threads and journals whole: what was thrown, with its own fields. */
export interface ErrorData {
  readonly name: string
  readonly message: string
  readonly stack?: string
  /** The error's own enumerable fields, such as `code`. */
  readonly fields?: Readonly<Record<string, unknown>>
  readonly cause?: ErrorData
}

/** Why a running task went back to the queue. */
/** `recalled`: sent ahead and taken back before it began; it counts as no attempt. */
export type RequeueReason = "recalled" | "worker-lost" | "worker-drained" | "yielded" | "migration-aborted"

/** Why a task ended without a result. */
export type FailureReason =
  | "error"
  | "timeout"
  | "unschedulable"
  | "worker-lost"
  | "out-of-memory"
  | "invalid-payload"
  | "unknown-handler"

/**
 * A change of the ledger's state, and the only thing that changes it: applying the events in `seq` order to an
 * empty ledger gives the same ledger. The journal, the metrics, the dashboard and recovery read these.
 */
export type LedgerEvent = { readonly seq: number; readonly at: Millis } & (
  | { readonly _tag: "WorkerAdded"; readonly worker: WorkerSpec }
  | {
      readonly _tag: "WorkerPhaseChanged"
      readonly workerId: WorkerId
      readonly phase: WorkerPhase
      /** What led to it; absent where it was set as it is, without a life before it. */
      readonly by?: PhaseEvent
    }
  | { readonly _tag: "WorkerRemoved"; readonly workerId: WorkerId }
  /** It may take so many slots from now on, of those it has. What is taken beyond them stays until it ends. */
  | { readonly _tag: "WorkerLimited"; readonly workerId: WorkerId; readonly slots: number }
  /** A worker that pulls asks for so many tasks, beside those it has. */
  | { readonly _tag: "WorkerAsked"; readonly workerId: WorkerId; readonly open: number }
  | { readonly _tag: "TaskAccepted"; readonly task: TaskSpec }
  /**
   * No worker of the pool could ever take it, but one that can may come: it waits for that. Told as it begins to wait so,
   * and again each time somebody else has come since.
   */
  | {
      readonly _tag: "TaskParked"
      readonly taskId: TaskId
      /** How often it was tried again in vain. */
      readonly requeues: number
      /** What those of the pool do not have that come nearest to it, at most 8. */
      readonly unmet: ReadonlyArray<Unmet>
      /** Set where it goes one priority lower for it. */
      readonly lowered?: true
    }
  | {
      readonly _tag: "TaskPlaced"
      readonly taskId: TaskId
      readonly epoch: Epoch
      readonly reservation: Reservation
      /** Set where the placement ends a migration: the target starts with what was held for it. */
      readonly migrationId?: number
    }
  | { readonly _tag: "TaskCheckpointed"; readonly taskId: TaskId; readonly epoch: Epoch; readonly state: unknown }
  | { readonly _tag: "TaskCompleted"; readonly taskId: TaskId; readonly epoch: Epoch; readonly result: unknown }
  | {
      readonly _tag: "TaskDelayed"
      readonly taskId: TaskId
      readonly epoch: Epoch
      readonly error: ErrorData
      readonly notBefore: Millis
    }
  | { readonly _tag: "TaskDue"; readonly taskId: TaskId }
  | {
      readonly _tag: "TaskRequeued"
      readonly taskId: TaskId
      readonly epoch: Epoch
      readonly reason: RequeueReason
      /** Set where this run counts as a crash of the task's own making. */
      readonly crash?: Crash
      /**
       * Set where it may have brought its worker down, and nobody knows whether it or another did: from now on it runs
       * alone, until a run of it ends otherwise than by a crash.
       */
      readonly suspect?: true
    }
  | {
      readonly _tag: "TaskFailed"
      readonly taskId: TaskId
      /** The run that failed; absent where it failed while waiting. */
      readonly epoch?: Epoch
      readonly reason: FailureReason
      readonly error: ErrorData
    }
  | { readonly _tag: "TaskCancelled"; readonly taskId: TaskId; readonly reason: string }
  | { readonly _tag: "TaskExpired"; readonly taskId: TaskId; readonly limit: "deadline" | "queueTimeout" }
  /** A task that had ended while it ran has now left its worker: what it held is free again. */
  | { readonly _tag: "AssignmentReleased"; readonly workerId: WorkerId; readonly epoch: Epoch }
  /** The worker takes nothing that ranks behind this task until the task is placed or ends: it must not starve. */
  | {
      readonly _tag: "WorkerHeld"
      readonly workerId: WorkerId
      readonly taskId: TaskId
      /** What may begin there all the same; absent: nothing. */
      readonly passage?: Passage
    }
  | { readonly _tag: "WorkerUnheld"; readonly workerId: WorkerId; readonly taskId: TaskId }
  | {
      readonly _tag: "TaskShed"
      readonly taskId: TaskId
      /** (running + waiting) / (slots + queue), as it was then. */
      readonly load: number
      readonly madeRoomFor?: MadeRoomFor
    }
  /** It has crashed as often as it may; the last of its crashes ended the run it had. */
  | { readonly _tag: "TaskQuarantined"; readonly taskId: TaskId; readonly crashes: ReadonlyArray<Crash> }
  | {
      readonly _tag: "MigrationOffered"
      readonly migrationId: number
      readonly taskId: TaskId
      readonly epoch: Epoch
      readonly source: WorkerId
      readonly reservation: Reservation
    }
  | {
      readonly _tag: "MigrationReleased"
      readonly migrationId: number
      readonly taskId: TaskId
      readonly state: unknown
    }
  | {
      readonly _tag: "MigrationAborted"
      readonly migrationId: number
      readonly taskId: TaskId
      readonly reason: string
    }
)

const taskEnds: ReadonlySet<string> = new Set([
  "TaskCompleted",
  "TaskFailed",
  "TaskCancelled",
  "TaskExpired",
  "TaskShed",
  "TaskQuarantined"
])

/** Whether a task ends by this event. */
export const endsTask = <Event extends { readonly _tag: string }>(
  event: Event
): event is Extract<Event, { readonly taskId: TaskId }> => taskEnds.has(event._tag)

export type LedgerEventTag = LedgerEvent["_tag"]

/** One variant of `LedgerEvent` by its tag. */
export type LedgerEventOf<Tag extends LedgerEventTag> = Extract<LedgerEvent, { readonly _tag: Tag }>
