import { type Ledger, outranks, type TaskRecord } from "../src/ledger/index.ts"
import {
  InvalidPayload,
  type LedgerEvent,
  type Millis,
  type Priority,
  QueueFull,
  ShuttingDown,
  type TaskError,
  TaskFailed,
  type TaskId,
  WouldBeLate
} from "../src/model/index.ts"
import { Intake, type Submission } from "./intake.ts"
import type { OutputGate } from "./output-gate.ts"
import { Shedding } from "./shedding.ts"
import type { WaitOutlook } from "./wait-outlook.ts"

const never = Number.POSITIVE_INFINITY

/** After which other slots may be taken than before. */
const changesSlots: ReadonlySet<LedgerEvent["_tag"]> = new Set([
  "WorkerAdded",
  "WorkerRemoved",
  "WorkerPhaseChanged",
  "WorkerLimited"
])

export interface AdmissionOptions {
  readonly ledger: Ledger
  readonly maxQueue: number
  /** How long what is taken in may have to wait, as estimated; infinite where the queue is bounded by number alone. */
  readonly maxQueueTime: Millis
  /** Whether a task is refused that by all that is known would not begin in time. */
  readonly refuseLate: boolean
  /** How long tasks wait. */
  readonly waits: Pick<WaitOutlook, "of">
  /** The load from which less urgent waiting tasks are shed for more urgent ones; infinite where none ever is. */
  readonly sheddingFrom: number
  /** How long a waiting task, or submission, takes to rise by one priority. */
  readonly ageing: Millis
  /** What is kept of tasks beyond this process; absent where nothing is. */
  readonly durable?: Pick<OutputGate, "problemIn" | "isBehind">
  /** A task that is not accepted. */
  readonly refuse: (taskId: TaskId, error: TaskError) => void
  /** A task that the ledger is about to accept. */
  readonly accepting: (submission: Submission) => void
}

/** Which submissions become tasks, and when: at once, from outside a full queue, in the place of a less urgent one, never. */
export class Admission {
  readonly #options: AdmissionOptions
  readonly #ledger: Ledger
  /** Submissions that wait for room in the queue, in order. */
  readonly #intake: Intake
  readonly #shedding: Shedding
  #closed = false

  constructor(options: AdmissionOptions) {
    this.#options = options
    this.#ledger = options.ledger
    this.#intake = new Intake(options.ageing)
    this.#shedding = new Shedding(options.ledger, options.maxQueue, options.sheddingFrom)
  }

  /** Submissions that wait outside. */
  get outside(): number {
    return this.#intake.size
  }

  /** The first of their time limits; infinite where there is none. */
  get due(): Millis {
    return this.#intake.due
  }

  waitsOutside(taskId: TaskId): boolean {
    return this.#intake.has(taskId)
  }

  readonly onEvent = ({ _tag }: LedgerEvent, task: TaskRecord | undefined): void => {
    if (_tag === "TaskAccepted" || _tag === "TaskRequeued") this.#shedding.waits(task)
    else if (changesSlots.has(_tag)) this.#shedding.workersChanged()
  }

  submit(submission: Submission, now: Millis): void {
    const { id } = submission.spec
    const { durable, refuse, maxQueue } = this.#options
    if (this.#closed) return refuse(id, new ShuttingDown({ taskId: id }))
    const problem = durable?.problemIn(submission.spec.payload, "payload")
    if (problem !== undefined) return refuse(id, new InvalidPayload({ taskId: id, problems: [problem] }))
    // Where the journal is behind, a place in the queue is not what is wanting.
    const mayPush = durable?.isBehind !== true && this.#shedding.isOverloaded
    if (mayPush && this.#pushIn(submission, now)) return
    const late = this.#lateness(submission, now)
    if (late !== undefined) return refuse(id, late)
    const isFull = this.#isFull
    if (!isFull && this.#isNext(submission) && !this.#waitsTooLong(submission, now)) {
      return this.#accept(submission, now)
    }
    if (submission.wait) return this.#intake.add(submission, now)
    const byTime = isFull ? undefined : this.#byTime(submission.spec.priority, now)
    refuse(id, new QueueFull({ taskId: id, limit: maxQueue, ...byTime }))
  }

  /** Whether nobody outside goes before it. Where they wait outside for the time it would take, what is more urgent need not. */
  #isNext({ spec: { priority } }: Submission): boolean {
    const { mostUrgent } = this.#intake
    if (mostUrgent === undefined) return true
    return this.#options.maxQueueTime !== never && outranks(priority, mostUrgent.spec.priority)
  }

  /** Where what bounds the queue is time, how long a task of the priority would wait. */
  #byTime(priority: Priority, now: Millis): { readonly wait: Millis; readonly maxQueueTime: Millis } | undefined {
    const { maxQueueTime, waits } = this.#options
    if (maxQueueTime === never) return undefined
    const { ms: wait } = waits.of(priority, now)
    return wait > maxQueueTime ? { wait, maxQueueTime } : undefined
  }

  #waitsTooLong({ spec: { priority } }: Submission, now: Millis): boolean {
    return this.#byTime(priority, now) !== undefined
  }

  /** Why it would not begin in time, even where the estimate errs as it seldom does. Nothing rests on an unproven one. */
  #lateness({ spec }: Submission, now: Millis): WouldBeLate | undefined {
    const { id: taskId, deadline = never, queueTimeout = never, priority } = spec
    if (!this.#options.refuseLate || (deadline === never && queueTimeout === never)) return undefined
    const left = Math.min(deadline - now, queueTimeout)
    // Whose time is over already ends as that.
    if (left <= 0) return undefined
    const { low: wait, proven } = this.#options.waits.of(priority, now)
    if (!proven || wait <= left) return undefined
    return new WouldBeLate({ taskId, limit: deadline - now <= queueTimeout ? "deadline" : "queueTimeout", wait, left })
  }

  /** The turn that was to take it in has failed: whoever waits for it is told, unless it was taken in after all. */
  lost({ spec }: Submission, cause: unknown): void {
    const { id: taskId, type } = spec
    if (this.#ledger.task(taskId) !== undefined || this.#intake.has(taskId)) return
    this.#options.refuse(taskId, new TaskFailed({ taskId, type, attempts: 0, cause }))
  }

  /** Withdraws a submission that waits outside; `false` where there is none of that id. */
  withdraw(taskId: TaskId, error: TaskError): boolean {
    const found = this.#intake.remove(taskId)
    if (found) this.#options.refuse(taskId, error)
    return found
  }

  /** Turns away those outside whose time has run out. */
  expire(now: Millis): void {
    for (const expired of this.#intake.expire(now)) this.#options.refuse(expired.taskId, expired)
  }

  /** Takes in the next from outside, where there is room and it is somebody's turn; whether it did. */
  takeFromOutside(now: Millis): boolean {
    if (this.#intake.size === 0 || this.#isFull) return false
    const { first, mostUrgent } = this.#intake
    if (first === undefined) return false
    // So no flood of what is more urgent keeps it out for ever.
    const risen = this.#intake.risenTo(now) ?? first.spec.priority
    if (this.#byTime(risen, now) === undefined) this.#takeIn(this.#intake.take(now), now)
    // One that has waited for long must not keep out what would begin at once.
    else if (mostUrgent === undefined || mostUrgent === first || this.#waitsTooLong(mostUrgent, now)) return false
    else this.#takeIn(this.#intake.takeMostUrgent(now), now)
    return true
  }

  /** No more is taken in; what waits outside is turned away. */
  close(): void {
    this.#closed = true
    for (const taskId of this.#intake.takeAll()) this.#options.refuse(taskId, new ShuttingDown({ taskId }))
  }

  /** As many wait as may, or the journal does not keep up. */
  get #isFull(): boolean {
    return this.#ledger.pending >= this.#options.maxQueue || this.#options.durable?.isBehind === true
  }

  /** The submission takes the place of a less urgent one that waits; those outside that are as urgent do so first. */
  #pushIn(submission: Submission, now: Millis): boolean {
    for (let first = this.#intake.mostUrgent; first !== undefined; first = this.#intake.mostUrgent) {
      if (outranks(submission.spec.priority, first.spec.priority) || !this.#makeRoomFor(first, now)) break
      this.#takeIn(this.#intake.takeMostUrgent(now), now)
    }
    if (!this.#makeRoomFor(submission, now)) return false
    this.#accept(submission, now)
    return true
  }

  #makeRoomFor({ spec: { id: taskId, priority } }: Submission, now: Millis): boolean {
    const victim = this.#shedding.victimFor(priority)
    if (victim === undefined) return false
    return this.#ledger.shed(victim.spec.id, this.#shedding.load, now, { taskId, priority }).ok
  }

  /** Whoever waits for one that came from outside is told where it cannot be taken in. */
  #takeIn(submission: Submission | undefined, now: Millis): void {
    if (submission === undefined) return
    try {
      this.#accept(submission, now)
    } catch (cause) {
      this.lost(submission, cause)
      throw cause
    }
  }

  #accept(submission: Submission, now: Millis): void {
    this.#options.accepting(submission)
    this.#ledger.accept(submission.spec, now, submission.ticket)
  }
}
