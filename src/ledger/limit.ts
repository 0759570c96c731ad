import type { Ranked } from "../collections/index.ts"
import type { Millis, TaskStatus } from "../model/index.ts"
import type { TaskEntry } from "./task-entry.ts"

/** A time at which a task may expire. Stale ones are dropped when they come up. */
export interface Limit extends Ranked {
  readonly at: Millis
  readonly task: TaskEntry
  readonly limit: "deadline" | "queueTimeout"
}

const isWaiting = (status: TaskStatus): boolean => status === "queued" || status === "delayed"

/** The earlier first; of equal time, the task accepted first, and its deadline before its queue timeout. */
export const passesBefore = (a: Limit, b: Limit): boolean => {
  if (a.at !== b.at) return a.at < b.at
  return a.task === b.task ? a.limit < b.limit : a.task.seq < b.task.seq
}

/** The earlier first; of equal time, the task accepted first. */
export const isDueBefore = (a: TaskEntry, b: TaskEntry): boolean => {
  const first = a.notBefore ?? 0
  const second = b.notBefore ?? 0
  return first < second || (first === second && a.seq < b.seq)
}

/** Whether the limit still means something: a deadline until the task ends, a queue timeout until it first runs. */
export const stillHolds = ({ task, limit }: Limit): boolean =>
  task.outcome === undefined && (limit === "deadline" || (task.attempts === 0 && isWaiting(task.status)))

export const noLimits: ReadonlyArray<Limit> = []
