import type { PhaseEvent, TaskId, TaskStatus, WorkerId, WorkerPhase } from "../model/index.ts"

/** Why the ledger did not do what was asked. Nothing has changed. */
export type Refusal =
  | { readonly _tag: "UnknownTask"; readonly taskId: TaskId }
  | { readonly _tag: "UnknownWorker"; readonly workerId: WorkerId }
  | { readonly _tag: "UnknownMigration"; readonly migrationId: number }
  | { readonly _tag: "DuplicateTask"; readonly taskId: TaskId }
  | { readonly _tag: "DuplicateWorker"; readonly workerId: WorkerId }
  /** The task's status does not allow it. */
  | { readonly _tag: "WrongStatus"; readonly taskId: TaskId; readonly status: TaskStatus }
  /** The epoch is not the task's current one: an older run speaks. */
  | { readonly _tag: "StaleEpoch"; readonly taskId: TaskId; readonly epoch: number }
  /** A hard requirement does not hold on that worker now. */
  | { readonly _tag: "DoesNotFit"; readonly workerId: WorkerId; readonly reasons: ReadonlyArray<string> }
  /** The worker has room, but not on the devices that were named. */
  | { readonly _tag: "UnsuitableDevices"; readonly workerId: WorkerId; readonly reason: string }
  /** As many tasks of its concurrency key run as may. */
  | { readonly _tag: "KeyHeld"; readonly key: string }
  /** Another task that fits the same workers came first. */
  | { readonly _tag: "NotFirst"; readonly first: TaskId }
  /** The worker is kept free for a task that has waited too long. */
  | { readonly _tag: "HeldForAnother"; readonly workerId: WorkerId; readonly taskId: TaskId }
  | { readonly _tag: "AlreadyMigrating"; readonly taskId: TaskId }
  | { readonly _tag: "SameWorker"; readonly workerId: WorkerId }
  /** It can go on nowhere but where it runs. */
  | { readonly _tag: "Immovable"; readonly taskId: TaskId; readonly why: string }
  | { readonly _tag: "WorkerNotEmpty"; readonly workerId: WorkerId }
  /** What happened, or was decided, means nothing for a worker in this phase. */
  | {
      readonly _tag: "WrongPhase"
      readonly workerId: WorkerId
      readonly phase: WorkerPhase
      readonly event: PhaseEvent
    }

/** What a command gives back: its value, or why it was refused. */
export type Commit<A> = { readonly ok: true; readonly value: A } | { readonly ok: false; readonly refusal: Refusal }

export const accepted = <A>(value: A): Commit<A> => ({ ok: true, value })
export const refused = (refusal: Refusal): Commit<never> => ({ ok: false, refusal })

/** A refusal in words. */
export const describeRefusal = (refusal: Refusal): string => {
  switch (refusal._tag) {
    case "UnknownTask":
      return `there is no task ${refusal.taskId}`
    case "UnknownWorker":
      return `there is no worker ${refusal.workerId}`
    case "UnknownMigration":
      return `migration ${refusal.migrationId} is over`
    case "DuplicateTask":
      return `task ${refusal.taskId} exists already`
    case "DuplicateWorker":
      return `worker ${refusal.workerId} exists already`
    case "WrongStatus":
      return `task ${refusal.taskId} is ${refusal.status}`
    case "StaleEpoch":
      return `epoch ${refusal.epoch} of task ${refusal.taskId} is over`
    case "DoesNotFit":
      return `${refusal.workerId}: ${refusal.reasons.join(", ")}`
    case "UnsuitableDevices":
      return `${refusal.workerId}: ${refusal.reason}`
    case "KeyHeld":
      return `concurrency key ${refusal.key} is held`
    case "NotFirst":
      return `task ${refusal.first} came first`
    case "HeldForAnother":
      return `${refusal.workerId} is kept free for task ${refusal.taskId}`
    case "AlreadyMigrating":
      return `task ${refusal.taskId} is being moved already`
    case "SameWorker":
      return `the task runs on ${refusal.workerId} already`
    case "Immovable":
      return `task ${refusal.taskId} stays: ${refusal.why}`
    case "WorkerNotEmpty":
      return `worker ${refusal.workerId} still has work`
    case "WrongPhase":
      return `worker ${refusal.workerId} is ${refusal.phase}: ${refusal.event} means nothing there`
  }
}
