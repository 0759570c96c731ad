import type { LedgerEvent, TaskId, TaskStatus } from "../../model/index.ts"
import { hasEnded, type SeenTask } from "../history.ts"
import type { Invariant } from "./invariant.ts"

const waits: ReadonlyArray<TaskStatus> = ["queued", "delayed"]

/** Where a task may stand when the event comes; `undefined` where the event is about no task's status. */
const allowedFrom = (event: LedgerEvent): ReadonlyArray<TaskStatus> | undefined => {
  switch (event._tag) {
    case "TaskPlaced":
      return event.migrationId === undefined ? ["queued"] : ["moving"]
    case "TaskDue":
      return ["delayed"]
    case "TaskCheckpointed":
    case "TaskCompleted":
    case "TaskDelayed":
    case "TaskRequeued":
    case "TaskQuarantined":
    case "MigrationOffered":
    case "MigrationReleased":
      return ["running"]
    case "MigrationAborted":
      return ["running", "moving"]
    case "TaskFailed":
      return event.epoch === undefined ? waits : ["running"]
    case "TaskShed":
    case "WorkerHeld":
      return waits
    case "TaskCancelled":
    case "TaskExpired":
      return [...waits, "running"]
    default:
      return undefined
  }
}

const standsIn = (taskId: TaskId, task: SeenTask | undefined): string =>
  task === undefined ? `${taskId} is unknown` : `${taskId} is ${task.status}`

export const endings = {
  id: "D4",
  promise: "every accepted task ends exactly once, and none is lost",
  *onEvent(event, { history }) {
    if (event.seq !== history.lastSeq + 1) yield `event ${event.seq} follows ${history.lastSeq}`
    if (event.at < history.lastAt) yield `event ${event.seq} is of an earlier time than the one before it`
    if (event._tag === "TaskAccepted") {
      const before = history.tasks.get(event.task.id)
      if (before !== undefined && !hasEnded(before)) yield `${event.task.id} is accepted while it is ${before.status}`
    }
    const allowed = allowedFrom(event)
    if (allowed === undefined || !("taskId" in event)) return
    const task = history.tasks.get(event.taskId)
    if (task === undefined || !allowed.includes(task.status)) yield `${event._tag}: ${standsIn(event.taskId, task)}`
  },
  *atRest(ledger, { history }) {
    const tally: Partial<Record<TaskStatus, number>> = { ...history.ended }
    for (const [taskId, seen] of history.tasks) {
      const task = ledger.task(taskId)
      const ended = hasEnded(seen)
      if (!ended) tally[seen.status] = 1 + (tally[seen.status] ?? 0)
      if (task === undefined) {
        if (!ended) yield `${taskId} is ${seen.status} and lost`
      } else if (task.status !== seen.status) yield `${taskId} is ${task.status}, its events say ${seen.status}`
      else if (task.outcome?._tag !== (ended ? seen.status : undefined)) {
        yield `${taskId} is ${seen.status} and its outcome is ${task.outcome?._tag ?? "none"}`
      }
    }
    for (const [status, count] of Object.entries(ledger.counts)) {
      const found = Object.entries(tally).find(([name]) => name === status)?.[1] ?? 0
      if (found !== count) yield `${count} tasks counted ${status}, events say ${found}`
    }
  },
  *atEnd(ledger) {
    for (const task of ledger.tasks.values()) {
      if (task.outcome === undefined) yield `${task.spec.id} is still ${task.status} when all work is done`
    }
  }
} satisfies Invariant
