import type {
  Crash,
  ErrorData,
  FailureReason,
  LedgerEvent,
  MadeRoomFor,
  Millis,
  TaskId,
  TaskSpec
} from "../../model/index.ts"

/** How a task ended; what the ledger calls its outcome. */
export type Ending =
  | { readonly _tag: "completed"; readonly result: unknown }
  | { readonly _tag: "failed"; readonly reason: FailureReason; readonly error: ErrorData }
  | { readonly _tag: "cancelled"; readonly reason: string }
  | { readonly _tag: "expired"; readonly limit: "deadline" | "queueTimeout" }
  | { readonly _tag: "shed"; readonly load: number; readonly madeRoomFor?: MadeRoomFor }
  | { readonly _tag: "quarantined"; readonly crashes: ReadonlyArray<Crash> }

/** What is kept of a task: all that a later run needs to go on with it. Times are wall-clock times. */
export interface TaskImage {
  /** Of an ended task without its payload. */
  readonly spec: TaskSpec
  readonly seq: number
  readonly acceptedAt: Millis
  readonly attempts: number
  readonly failures: number
  readonly crashes: ReadonlyArray<Crash>
  /** The last checkpoint. */
  readonly state: unknown
  /** Of a task that waits before its next attempt. */
  readonly notBefore: Millis | undefined
  readonly outcome: Ending | undefined
  readonly endedAt: Millis | undefined
}

type TaskEvent = Extract<LedgerEvent, { readonly taskId: TaskId }>

const endingOf = (event: TaskEvent): Ending | undefined => {
  switch (event._tag) {
    case "TaskCompleted":
      return { _tag: "completed", result: event.result }
    case "TaskFailed":
      return { _tag: "failed", reason: event.reason, error: event.error }
    case "TaskCancelled":
      return { _tag: "cancelled", reason: event.reason }
    case "TaskExpired":
      return { _tag: "expired", limit: event.limit }
    case "TaskShed": {
      const { load, madeRoomFor } = event
      return { _tag: "shed", load, ...(madeRoomFor !== undefined && { madeRoomFor }) }
    }
    case "TaskQuarantined":
      return { _tag: "quarantined", crashes: event.crashes }
    default:
      return undefined
  }
}

/** Whether a later run needs to know of the event: those of workers, which are registered anew, it does not. */
export const isKept = (event: LedgerEvent): boolean => {
  switch (event._tag) {
    case "TaskAccepted":
    case "TaskPlaced":
    case "TaskCheckpointed":
    case "TaskCompleted":
    case "TaskDelayed":
    case "TaskDue":
    case "TaskRequeued":
    case "TaskFailed":
    case "TaskCancelled":
    case "TaskExpired":
    case "TaskShed":
    case "TaskQuarantined":
    case "MigrationReleased":
      return true
    default:
      return false
  }
}

/**
 * What the kept events of any number of runs have led to. The ledger's own replay would say the same of each task, and
 * more; but it needs the workers, and all of Effect with the model. Damage is taken as it comes: an event that tells of
 * a task nobody knows is passed over.
 */
export class TaskImages {
  readonly #retain: number
  readonly #live = new Map<TaskId, TaskImage>()
  /** The latest ended last. */
  #ended = new Map<TaskId, TaskImage>()
  /** The latest event that was applied, and the highest epoch seen. */
  seq = 0
  epoch = 0

  /** Remembers at most so many ended tasks: the latest. */
  constructor(retain: number) {
    this.#retain = retain
  }

  get live(): ReadonlyArray<TaskImage> {
    return [...this.#live.values()].sort((a, b) => a.seq - b.seq)
  }

  /** In the order of their ends. */
  get ended(): ReadonlyArray<TaskImage> {
    this.#forget(0)
    return [...this.#ended.values()]
  }

  /** A task out of a snapshot; the ended ones in the order of their ends. */
  load(image: TaskImage): void {
    this.seq = Math.max(this.seq, image.seq)
    this.#put(image)
  }

  /** `skew` turns the event's times into wall-clock times. An event that was applied before changes nothing. */
  apply(event: LedgerEvent, skew: number): void {
    if (event.seq <= this.seq) return
    this.seq = event.seq
    if (event._tag === "TaskAccepted") return this.#put(accepted(event.task, event.seq, event.at, skew))
    if (!("taskId" in event)) return
    const task = this.#live.get(event.taskId)
    if (event._tag === "TaskPlaced" && event.epoch > this.epoch) this.epoch = event.epoch
    if (task === undefined) return
    const outcome = endingOf(event)
    const next = changed(task, event, skew)
    if (outcome === undefined) return this.#put(next)
    this.#put({
      ...next,
      spec: { ...next.spec, payload: undefined },
      state: undefined,
      notBefore: undefined,
      outcome: outcome._tag === "quarantined" ? { ...outcome, crashes: next.crashes } : outcome,
      endedAt: event.at + skew
    })
  }

  #put(image: TaskImage): void {
    const { id } = image.spec
    this.#live.delete(id)
    this.#ended.delete(id)
    if (image.outcome === undefined) {
      this.#live.set(id, image)
    } else {
      this.#ended.set(id, image)
      this.#forget(this.#retain)
    }
  }

  /** Lets go of the oldest ended ones, as soon as there are `slack` too many: now and then, not one by one. */
  #forget(slack: number): void {
    const surplus = this.#ended.size - this.#retain
    if (surplus > slack) this.#ended = new Map([...this.#ended].slice(surplus))
  }
}

const accepted = (spec: TaskSpec, seq: number, at: Millis, skew: number): TaskImage => ({
  spec: spec.deadline === undefined ? spec : { ...spec, deadline: spec.deadline + skew },
  seq,
  acceptedAt: at + skew,
  attempts: 0,
  failures: 0,
  crashes: [],
  state: undefined,
  notBefore: undefined,
  outcome: undefined,
  endedAt: undefined
})

const shifted = (crash: Crash, skew: number): Crash => ({ ...crash, at: crash.at + skew })

const changed = (task: TaskImage, event: TaskEvent, skew: number): TaskImage => {
  switch (event._tag) {
    case "TaskPlaced":
      return { ...task, attempts: task.attempts + 1, notBefore: undefined }
    case "TaskCheckpointed":
      return { ...task, state: event.state }
    case "MigrationReleased":
      return event.state === undefined ? task : { ...task, state: event.state }
    case "TaskDelayed":
      return { ...task, failures: task.failures + 1, notBefore: event.notBefore + skew }
    case "TaskDue":
      return { ...task, notBefore: undefined }
    case "TaskRequeued":
      return event.crash === undefined ? task : { ...task, crashes: [...task.crashes, shifted(event.crash, skew)] }
    case "TaskFailed":
      return event.epoch === undefined ? task : { ...task, failures: task.failures + 1 }
    case "TaskQuarantined":
      // Those of earlier runs among them have been turned into this run's times when it began, and back they go.
      return { ...task, crashes: event.crashes.map((crash) => shifted(crash, skew)) }
    default:
      return task
  }
}
