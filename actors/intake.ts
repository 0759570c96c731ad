import { DeadlineExceeded, type Millis, type TaskId, type TaskSpec } from "../src/model/index.ts"
import type { Transfer } from "./transfer.ts"

/** A task on its way in. */
export interface Submission {
  readonly spec: TaskSpec
  /** Whether it waits for room in a full queue, or is refused. */
  readonly wait: boolean
  readonly transfer?: Transfer
}

interface Waiting {
  readonly submission: Submission
  readonly since: Millis
  readonly until: Millis
  readonly limit: "deadline" | "queueTimeout"
}

const never = Number.POSITIVE_INFINITY

/** Submissions that wait outside a full queue, in order. Their time limits hold here already. */
export class Intake {
  readonly #waiting = new Map<TaskId, Waiting>()
  #due = never

  get size(): number {
    return this.#waiting.size
  }

  /** None runs out of time before this; infinite where none ever does. */
  get due(): Millis {
    return this.#due
  }

  has(taskId: TaskId): boolean {
    return this.#waiting.has(taskId)
  }

  add(submission: Submission, now: Millis): void {
    const { id, deadline = never, queueTimeout = never } = submission.spec
    const limit = deadline <= now + queueTimeout ? "deadline" : "queueTimeout"
    const until = Math.min(deadline, now + queueTimeout)
    this.#waiting.set(id, { submission, since: now, until, limit })
    this.#due = Math.min(this.#due, until)
  }

  /** `false` where it does not wait here. */
  remove(taskId: TaskId): boolean {
    return this.#waiting.delete(taskId)
  }

  /** The first in order. What it has waited here is taken off its queue timeout. */
  take(now: Millis): Submission | undefined {
    for (const [taskId, { submission, since }] of this.#waiting) {
      this.#waiting.delete(taskId)
      const { spec } = submission
      if (spec.queueTimeout === undefined) return submission
      return { ...submission, spec: { ...spec, queueTimeout: Math.max(0, spec.queueTimeout - (now - since)) } }
    }
    return undefined
  }

  takeAll(): ReadonlyArray<TaskId> {
    const taskIds = [...this.#waiting.keys()]
    this.#waiting.clear()
    return taskIds
  }

  /** Removes those whose time has run out. */
  expire(now: Millis): ReadonlyArray<DeadlineExceeded> {
    if (this.#due > now) return []
    const expired: Array<DeadlineExceeded> = []
    this.#due = never
    for (const [taskId, { until, limit }] of this.#waiting) {
      if (until > now) {
        this.#due = Math.min(this.#due, until)
      } else {
        this.#waiting.delete(taskId)
        expired.push(new DeadlineExceeded({ taskId, limit }))
      }
    }
    return expired
  }
}
