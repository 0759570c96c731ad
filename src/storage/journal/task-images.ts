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
  /** Whether it runs alone, so that a crash has one culprit. */
  readonly suspect: boolean
  /** How often it was tried again while nobody could take it, and by how many priorities it went lower; 0 where absent. */
  readonly requeues?: number
  readonly lowered?: number
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
    case "TaskParked":
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
  readonly #live = new Map<TaskId, TaskImage>()
  readonly #named: Remembered
  readonly #unnamed: Remembered
  /** The latest event that was applied, and the highest epoch seen. */
  seq = 0
  epoch = 0

  /** Remembers at most so many ended tasks: the latest. */
  constructor(retain: number) {
    this.#named = new Remembered(retain)
    this.#unnamed = new Remembered(Math.min(retain, retainedUnnamed))
  }

  /** In the order of acceptance. */
  get live(): ReadonlyArray<TaskImage> {
    return [...this.#live.values()].sort((a, b) => a.seq - b.seq)
  }

  /** In the order of their ends, those with ids that were made up first. */
  get ended(): ReadonlyArray<TaskImage> {
    return [...this.#unnamed.all, ...this.#named.all]
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
    this.#put(outcome === undefined ? next : over(next, outcome, event.at + skew))
  }

  #put(image: TaskImage): void {
    const { id, madeUpId } = image.spec
    if (image.outcome === undefined) {
      this.#named.delete(id)
      this.#unnamed.delete(id)
      this.#live.set(id, image)
    } else {
      this.#live.delete(id)
      if (madeUpId === true) this.#unnamed.add(image)
      else this.#named.add(image)
    }
  }
}

/** As many ended tasks with made-up ids are remembered as the ledger does. */
const retainedUnnamed = 1_000

/** The latest ended tasks. */
class Remembered {
  readonly #limit: number
  #images = new Map<TaskId, TaskImage>()

  constructor(limit: number) {
    this.#limit = limit
  }

  get all(): Iterable<TaskImage> {
    this.#forget(0)
    return this.#images.values()
  }

  add(image: TaskImage): void {
    this.#images.delete(image.spec.id)
    this.#images.set(image.spec.id, image)
    this.#forget(this.#limit)
  }

  delete(taskId: TaskId): void {
    this.#images.delete(taskId)
  }

  /** Lets go of the oldest as soon as there are `slack` too many: now and then, not one by one. */
  #forget(slack: number): void {
    const surplus = this.#images.size - this.#limit
    if (surplus > slack) this.#images = new Map([...this.#images].slice(surplus))
  }
}

const over = (task: TaskImage, outcome: Ending, endedAt: Millis): TaskImage => ({
  ...task,
  spec: { ...task.spec, payload: undefined },
  suspect: false,
  state: undefined,
  notBefore: undefined,
  outcome: outcome._tag === "quarantined" ? { ...outcome, crashes: task.crashes } : outcome,
  endedAt
})

const accepted = (spec: TaskSpec, seq: number, at: Millis, skew: number): TaskImage => ({
  spec: spec.deadline === undefined ? spec : { ...spec, deadline: spec.deadline + skew },
  seq,
  acceptedAt: at + skew,
  attempts: 0,
  failures: 0,
  crashes: [],
  suspect: false,
  state: undefined,
  notBefore: undefined,
  outcome: undefined,
  endedAt: undefined
})

const shifted = (crash: Crash, skew: number): Crash => ({ ...crash, at: crash.at + skew })

const changed = (task: TaskImage, event: TaskEvent, skew: number): TaskImage => {
  switch (event._tag) {
    case "TaskParked": {
      const lowered = (task.lowered ?? 0) + (event.lowered === true ? 1 : 0)
      return { ...task, requeues: event.requeues, ...(lowered > 0 && { lowered }) }
    }
    case "TaskPlaced":
      return { ...task, attempts: task.attempts + 1, notBefore: undefined }
    case "TaskCheckpointed":
      return { ...task, state: event.state }
    case "MigrationReleased":
      return event.state === undefined ? task : { ...task, state: event.state }
    case "TaskDelayed":
      return { ...task, failures: task.failures + 1, suspect: false, notBefore: event.notBefore + skew }
    case "TaskDue":
      return { ...task, notBefore: undefined }
    case "TaskRequeued": {
      const { crash, reason, suspect = false } = event
      const crashes = crash === undefined ? task.crashes : [...task.crashes, shifted(crash, skew)]
      // Sent ahead and taken back, it has not run.
      return { ...task, crashes, suspect, attempts: task.attempts - (reason === "recalled" ? 1 : 0) }
    }
    case "TaskFailed":
      return event.epoch === undefined ? task : { ...task, failures: task.failures + 1 }
    case "TaskQuarantined":
      // Those of earlier runs among them have been turned into this run's times when it began, and back they go.
      return { ...task, crashes: event.crashes.map((crash) => shifted(crash, skew)) }
    default:
      return task
  }
}
