import type { FailureReason, LedgerEvent, TaskEnd, TaskError, TaskStatus } from "../model/index.ts"
import type { Refusal } from "./refusal.ts"

/**
 * The life of a task as data: what each event makes of a task, what each command may do to it, and what its submitter
 * is told. `LedgerState` takes every next status from here; `docs/task-lifecycle.md` is this file for readers, and
 * `test/ledger/lifecycle.test.ts` holds a real ledger to every cell.
 */

/** The events that concern one task. */
export type TaskEventTag = Extract<LedgerEvent, { readonly taskId: string } | { readonly task: unknown }>["_tag"]

/** Where a task stands that has not ended; `none`: the ledger does not know it (yet, or any longer). */
export type Standing = "none" | Exclude<TaskStatus, TaskEnd>

/** Not possible: the event is never made for such a task. */
const no = undefined

type Row = Readonly<Record<Standing, TaskStatus | undefined>>

/** An event without a cell for each standing does not compile. A task that has ended has no row: nothing follows. */
const rows = {
  TaskAccepted: { none: "queued", queued: no, delayed: no, running: no, moving: no },
  WorkerHeld: { none: no, queued: "queued", delayed: no, running: no, moving: no },
  WorkerUnheld: { none: no, queued: "queued", delayed: no, running: no, moving: no },
  TaskParked: { none: no, queued: "queued", delayed: no, running: no, moving: no },
  TaskPlaced: { none: no, queued: "running", delayed: no, running: no, moving: "running" },
  TaskCheckpointed: { none: no, queued: no, delayed: no, running: "running", moving: no },
  TaskCompleted: { none: no, queued: no, delayed: no, running: "completed", moving: no },
  TaskDelayed: { none: no, queued: no, delayed: no, running: "delayed", moving: no },
  TaskDue: { none: no, queued: no, delayed: "queued", running: no, moving: no },
  TaskRequeued: { none: no, queued: no, delayed: no, running: "queued", moving: no },
  TaskFailed: { none: no, queued: "failed", delayed: "failed", running: "failed", moving: no },
  TaskCancelled: { none: no, queued: "cancelled", delayed: "cancelled", running: "cancelled", moving: no },
  TaskExpired: { none: no, queued: "expired", delayed: "expired", running: "expired", moving: no },
  TaskShed: { none: no, queued: "shed", delayed: "shed", running: no, moving: no },
  TaskQuarantined: { none: no, queued: no, delayed: no, running: "quarantined", moving: no },
  MigrationOffered: { none: no, queued: no, delayed: no, running: "running", moving: no },
  MigrationReleased: { none: no, queued: no, delayed: no, running: "moving", moving: no },
  MigrationAborted: { none: no, queued: no, delayed: no, running: "running", moving: "queued" }
} as const satisfies Record<TaskEventTag, Row>

/** The status after an event, by the status before; `undefined` where the event is not possible then. */
export type Transitions = Readonly<Record<"none" | TaskStatus, TaskStatus | undefined>>

const final = { completed: no, failed: no, cancelled: no, expired: no, shed: no, quarantined: no } satisfies Record<
  TaskEnd,
  undefined
>

/** One property of one row is one transition. */
export const lifecycle: Readonly<Record<TaskEventTag, Transitions>> = {
  TaskAccepted: { ...rows.TaskAccepted, ...final },
  WorkerHeld: { ...rows.WorkerHeld, ...final },
  WorkerUnheld: { ...rows.WorkerUnheld, ...final },
  TaskParked: { ...rows.TaskParked, ...final },
  TaskPlaced: { ...rows.TaskPlaced, ...final },
  TaskCheckpointed: { ...rows.TaskCheckpointed, ...final },
  TaskCompleted: { ...rows.TaskCompleted, ...final },
  TaskDelayed: { ...rows.TaskDelayed, ...final },
  TaskDue: { ...rows.TaskDue, ...final },
  TaskRequeued: { ...rows.TaskRequeued, ...final },
  TaskFailed: { ...rows.TaskFailed, ...final },
  TaskCancelled: { ...rows.TaskCancelled, ...final },
  TaskExpired: { ...rows.TaskExpired, ...final },
  TaskShed: { ...rows.TaskShed, ...final },
  TaskQuarantined: { ...rows.TaskQuarantined, ...final },
  MigrationOffered: { ...rows.MigrationOffered, ...final },
  MigrationReleased: { ...rows.MigrationReleased, ...final },
  MigrationAborted: { ...rows.MigrationAborted, ...final }
}

/**
 * What a command does to a task that stands so: its next status, by one event or several; or why it is refused;
 * `unchanged`: it neither concerns such a task nor refuses.
 */
export type Answer = TaskStatus | Refusal["_tag"] | "unchanged"

/** `ended` is each of the six ends. */
export type CommandRow = Readonly<Record<Standing | "ended", Answer>>

/** What only a run under the task's own epoch may do. */
const byItsRun = <Next extends TaskStatus>(running: Next) =>
  ({
    none: "UnknownTask",
    queued: "WrongStatus",
    delayed: "WrongStatus",
    running,
    moving: "WrongStatus",
    ended: "WrongStatus"
  }) as const

/** What concerns only a task that waits. */
const whileItWaits = <Next extends TaskStatus>(next: Next) =>
  ({
    none: "UnknownTask",
    queued: next,
    delayed: next,
    running: "WrongStatus",
    moving: "WrongStatus",
    ended: "WrongStatus"
  }) as const

const onlyQueued = <Given extends Answer>(queued: Given) =>
  ({
    none: "UnknownTask",
    queued,
    delayed: "WrongStatus",
    running: "WrongStatus",
    moving: "WrongStatus",
    ended: "WrongStatus"
  }) as const

const everywhere = <Given extends Answer>(given: Given) =>
  ({ none: given, queued: given, delayed: given, running: given, moving: given, ended: given }) as const

const unchanged = everywhere("unchanged")

const noMigration = {
  none: "UnknownMigration",
  queued: "UnknownMigration",
  delayed: "UnknownMigration",
  ended: "UnknownMigration"
} as const

/** The ledger's commands, each with the guard that decides between its events: `command: guard`. */
export const commands = {
  accept: { ...everywhere("DuplicateTask"), none: "queued" },
  park: onlyQueued("queued"),
  place: onlyQueued("running"),
  "place: the worker has no room": onlyQueued("DoesNotFit"),
  "place: another task of its shape came first": onlyQueued("NotFirst"),
  "place: its concurrency key is held": onlyQueued("KeyHeld"),
  "place: the worker is kept free for another": onlyQueued("HeldForAnother"),
  "place: the devices named will not do": onlyQueued("UnsuitableDevices"),
  "backfill: it will be over in time": onlyQueued("running"),
  "backfill: it would keep another waiting": onlyQueued("HeldForAnother"),
  "backfill: another of its shape that may came first": onlyQueued("NotFirst"),
  placeAhead: onlyQueued("running"),
  "placeAhead: the worker has a slot free": onlyQueued("DoesNotFit"),
  "placeAhead: it has a concurrency key": onlyQueued("DoesNotFit"),
  hold: onlyQueued("queued"),
  unhold: { ...unchanged, queued: "queued" },
  checkpoint: byItsRun("running"),
  "checkpoint: by an older run": { ...byItsRun("running"), running: "StaleEpoch" },
  complete: byItsRun("completed"),
  "complete: by an older run": { ...byItsRun("completed"), running: "StaleEpoch" },
  "fail: an attempt is left": byItsRun("delayed"),
  "fail: no attempt is left": byItsRun("failed"),
  "fail: another attempt is useless": byItsRun("failed"),
  "fail: by an older run": { ...byItsRun("failed"), running: "StaleEpoch" },
  requeue: byItsRun("queued"),
  "requeue: it was sent ahead and is called back": byItsRun("queued"),
  "requeue: by an older run": { ...byItsRun("queued"), running: "StaleEpoch" },
  giveUp: whileItWaits("failed"),
  shed: whileItWaits("shed"),
  cancel: {
    none: "UnknownTask",
    queued: "cancelled",
    delayed: "cancelled",
    running: "cancelled",
    moving: "cancelled",
    ended: "WrongStatus"
  },
  "expire: its deadline has passed": {
    none: "unchanged",
    queued: "expired",
    delayed: "expired",
    running: "expired",
    moving: "expired",
    ended: "unchanged"
  },
  "expire: its queue timeout has passed before it first ran": { ...unchanged, queued: "expired" },
  "expire: its queue timeout has passed after it first ran": unchanged,
  "expire: nothing has passed": unchanged,
  "due: its time has come": { ...unchanged, delayed: "queued" },
  "due: its time has not come": unchanged,
  "workerLost: not by this task": { ...unchanged, running: "queued" },
  "workerLost: by this task, below its maxCrashes": { ...unchanged, running: "queued" },
  "workerLost: by this task, at its maxCrashes": { ...unchanged, running: "quarantined" },
  "workerLost: by this task or another, nobody knows by which": { ...unchanged, running: "queued" },
  offerMigration: byItsRun("running"),
  "offerMigration: by an older run": { ...byItsRun("running"), running: "StaleEpoch" },
  "offerMigration: it is being moved already": { ...byItsRun("running"), running: "AlreadyMigrating" },
  "offerMigration: to where it runs": { ...byItsRun("running"), running: "SameWorker" },
  "offerMigration: the target has no room": { ...byItsRun("running"), running: "DoesNotFit" },
  releaseMigration: { ...noMigration, running: "moving", moving: "WrongStatus" },
  commitMigration: { ...noMigration, running: "WrongStatus", moving: "running" },
  abortMigration: { ...noMigration, running: "running", moving: "queued" },
  "changePhase: the target takes no more work": { ...unchanged, running: "running", moving: "queued" },
  "workerLost: the target": { ...unchanged, running: "running", moving: "queued" },
  released: unchanged
} as const satisfies Record<string, CommandRow>

export type CommandCase = keyof typeof commands

/** How a task ends, as far as its submitter can tell. */
export type Ending = Exclude<TaskEnd, "failed"> | `failed: ${FailureReason}` | "quarantined: out-of-memory"

/** What the `result` of its handle rejects with; `undefined`: it resolves. */
export const errorOf = {
  completed: undefined,
  "failed: error": "TaskFailed",
  "failed: timeout": "TaskTimeout",
  "failed: unschedulable": "Unschedulable",
  "failed: worker-lost": "WorkerLost",
  "failed: out-of-memory": "WorkerOutOfMemory",
  "failed: invalid-payload": "InvalidPayload",
  "failed: unknown-handler": "UnknownHandler",
  cancelled: "Cancelled",
  expired: "DeadlineExceeded",
  shed: "Shed",
  quarantined: "Quarantined",
  "quarantined: out-of-memory": "WorkerOutOfMemory"
} as const satisfies Record<Ending, TaskError["_tag"] | undefined>

/** Why a task is never accepted (its handle's status is `refused`), and what its handle rejects with. */
export const refusedWith = {
  "its options are wrong": "InvalidOptions",
  "no handler has its name": "UnknownHandler",
  "its payload is too large": "InvalidPayload",
  "its signal is aborted already": "Cancelled",
  "the queue is full and it does not wait": "QueueFull",
  "it would not begin in time, and such are refused": "WouldBeLate",
  "it is cancelled while it waits for room in the queue": "Cancelled",
  "its time runs out while it waits for room in the queue": "DeadlineExceeded",
  "the runtime is shutting down": "ShuttingDown",
  "the coordinator failed as it took it in": "TaskFailed"
} as const satisfies Record<string, TaskError["_tag"]>
