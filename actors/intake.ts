import { type Ranked, RankHeap, RankQueue } from "../src/collections/index.ts"
import {
  DeadlineExceeded,
  type Millis,
  type Priority,
  priorities,
  priorityRank,
  type TaskId,
  type TaskSpec
} from "../src/model/index.ts"
import type { Transfer } from "./transfer.ts"

/** A task on its way in. */
export interface Submission {
  readonly spec: TaskSpec
  /** Whether it waits for room in a full queue, or is refused. */
  readonly wait: boolean
  readonly transfer?: Transfer
  /** For whoever hears of the task again. */
  readonly ticket?: unknown
}

/** A submission that waits outside. */
interface Outside extends Ranked {
  readonly submission: Submission
  /** Its place in the order of arrival. */
  readonly serial: number
  readonly since: Millis
  readonly limit: Limit | undefined
}

/** When its time runs out. */
interface Limit extends Ranked {
  readonly taskId: TaskId
  readonly until: Millis
  readonly kind: "deadline" | "queueTimeout"
}

const never = Number.POSITIVE_INFINITY

const cameBefore = (a: Outside, b: Outside): boolean => a.serial < b.serial

/** The earlier first; of equal time, whatever came first. */
const passesBefore = (a: Limit, b: Limit): boolean => a.until < b.until

/**
 * Submissions that wait outside a full queue. They go in by the rank that decides within: priority × the ageing span +
 * the time of arrival. So of one priority the first to come is the first in, and whoever waits outside is overtaken
 * only by what came within 4 × the ageing span after it. Their time limits hold here already. O(log n) at most.
 */
export class Intake {
  readonly #ageing: Millis
  readonly #waiting = new Map<TaskId, Outside>()
  /** By priority, the most urgent first, each in order of arrival. */
  readonly #lanes = new Map(priorities.map((priority) => [priority, new RankQueue<Outside>(cameBefore)]))
  readonly #limits = new RankHeap<Limit>(passesBefore)
  #serial = 0

  constructor(ageing: Millis) {
    this.#ageing = ageing
  }

  get size(): number {
    return this.#waiting.size
  }

  /** When the first of them runs out of time; infinite where none ever does. */
  get due(): Millis {
    return this.#limits.first?.until ?? never
  }

  has(taskId: TaskId): boolean {
    return this.#waiting.has(taskId)
  }

  add(submission: Submission, now: Millis): void {
    const { id, priority } = submission.spec
    this.#serial += 1
    const limit = limitOf(submission.spec, now)
    const outside: Outside = { submission, serial: this.#serial, since: now, limit, heapIndex: -1 }
    this.#waiting.set(id, outside)
    this.#lanes.get(priority)?.push(outside)
    if (limit !== undefined) this.#limits.push(limit)
  }

  /** `false` where it does not wait here. */
  remove(taskId: TaskId): boolean {
    const outside = this.#waiting.get(taskId)
    if (outside === undefined) return false
    this.#waiting.delete(taskId)
    this.#lanes.get(outside.submission.spec.priority)?.remove(outside)
    if (outside.limit !== undefined) this.#limits.remove(outside.limit)
    return true
  }

  /** The first in order, left in place. */
  get first(): Submission | undefined {
    return this.#first?.submission
  }

  /** The priority that the first in order has risen to while it waits here: by one with each ageing span. */
  risenTo(now: Millis): Priority | undefined {
    const first = this.#first
    if (first === undefined) return undefined
    const { priority } = first.submission.spec
    const rank = priorityRank[priority] - (now - first.since) / this.#ageing
    return priorities.find((each) => priorityRank[each] >= rank) ?? priority
  }

  /** The first in order, taken out. What it has waited here is taken off its queue timeout. */
  take(now: Millis): Submission | undefined {
    const first = this.#first
    return first && this.#takeOut(first, now)
  }

  get #first(): Outside | undefined {
    let first: Outside | undefined
    let least = never
    for (const [priority, { first: head }] of this.#lanes) {
      if (head === undefined) continue
      const headRank = priorityRank[priority] * this.#ageing + head.since
      if (headRank > least || (headRank === least && first !== undefined && cameBefore(first, head))) continue
      least = headRank
      first = head
    }
    return first
  }

  /** The most urgent, however long others have waited, left in place. */
  get mostUrgent(): Submission | undefined {
    return this.#mostUrgent?.submission
  }

  takeMostUrgent(now: Millis): Submission | undefined {
    const first = this.#mostUrgent
    return first && this.#takeOut(first, now)
  }

  takeAll(): ReadonlyArray<TaskId> {
    const taskIds = [...this.#waiting.keys()]
    for (const taskId of taskIds) this.remove(taskId)
    return taskIds
  }

  /** Removes those whose time has run out. */
  expire(now: Millis): ReadonlyArray<DeadlineExceeded> {
    const expired: Array<DeadlineExceeded> = []
    for (let first = this.#limits.first; first !== undefined && first.until <= now; first = this.#limits.first) {
      const { taskId, kind } = first
      this.remove(taskId)
      expired.push(new DeadlineExceeded({ taskId, limit: kind }))
    }
    return expired
  }

  #takeOut({ submission, since }: Outside, now: Millis): Submission {
    const { spec } = submission
    this.remove(spec.id)
    if (spec.queueTimeout === undefined || now === since) return submission
    return { ...submission, spec: { ...spec, queueTimeout: Math.max(0, spec.queueTimeout - (now - since)) } }
  }

  get #mostUrgent(): Outside | undefined {
    if (this.#waiting.size === 0) return undefined
    for (const { first } of this.#lanes.values()) if (first !== undefined) return first
    return undefined
  }
}

const limitOf = ({ id: taskId, deadline = never, queueTimeout = never }: TaskSpec, now: Millis): Limit | undefined => {
  const until = Math.min(deadline, now + queueTimeout)
  if (until === never) return undefined
  return { taskId, until, kind: deadline === until ? "deadline" : "queueTimeout", heapIndex: -1 }
}
