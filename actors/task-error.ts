import { fromErrorData } from "../src/execution/index.ts"
import type { Outcome, TaskRecord } from "../src/ledger/index.ts"
import {
  Cancelled,
  type Crash,
  DeadlineExceeded,
  type ErrorData,
  InvalidPayload,
  type Problem,
  Quarantined,
  Shed,
  type TaskError,
  TaskFailed,
  type TaskId,
  TaskTimeout,
  UnknownHandler,
  type Unmet,
  Unschedulable,
  WorkerLost,
  WorkerOutOfMemory
} from "../src/model/index.ts"

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

const isProblem = (value: unknown): value is Problem =>
  isObject(value) &&
  typeof value.path === "string" &&
  typeof value.message === "string" &&
  typeof value.hint === "string"

const isUnmet = (value: unknown): value is Unmet =>
  isObject(value) && typeof value.workerId === "string" && Array.isArray(value.reasons)

const isText = (value: unknown): value is string => typeof value === "string"

/** The entries of a field of the error that are of the kind asked for. */
const listOf = <A>(error: ErrorData, field: string, is: (value: unknown) => value is A): ReadonlyArray<A> => {
  const value = error.fields?.[field]
  return Array.isArray(value) ? value.filter(is) : []
}

const textOf = (error: ErrorData, field: string): string => {
  const value = error.fields?.[field]
  return isText(value) ? value : "unknown"
}

const workerLost = (taskId: TaskId, error: ErrorData): TaskError => {
  const exitCode = error.fields?.exitCode
  return new WorkerLost({
    taskId,
    workerId: textOf(error, "workerId"),
    ...(typeof exitCode === "number" && { exitCode })
  })
}

const triesOf = ({ fields }: ErrorData): { readonly tries?: number } => {
  const tries = fields?.["tries"]
  return typeof tries === "number" ? { tries } : {}
}

const failure = (task: TaskRecord, { reason, error }: Extract<Outcome, { readonly _tag: "failed" }>): TaskError => {
  const { id: taskId, type, timeout = 0 } = task.spec
  switch (reason) {
    case "error":
      return new TaskFailed({ taskId, type, attempts: task.attempts, cause: fromErrorData(error) })
    case "timeout":
      return new TaskTimeout({ taskId, timeout })
    case "unschedulable":
      return new Unschedulable({ taskId, unmet: listOf(error, "unmet", isUnmet), ...triesOf(error) })
    case "invalid-payload":
      return new InvalidPayload({ taskId, problems: listOf(error, "problems", isProblem) })
    case "unknown-handler":
      return new UnknownHandler({ taskId, type, known: listOf(error, "known", isText) })
    case "worker-lost":
      return workerLost(taskId, error)
    case "out-of-memory":
      return new WorkerOutOfMemory({ taskId, workerId: textOf(error, "workerId"), crashes: task.crashes })
  }
}

/** A task that never did anything but run out of memory is told so: more memory mends it. */
const quarantined = (taskId: TaskId, crashes: ReadonlyArray<Crash>): TaskError => {
  const last = crashes.at(-1)
  return last !== undefined && crashes.every(({ reason }) => reason === "out-of-memory")
    ? new WorkerOutOfMemory({ taskId, workerId: last.workerId, crashes })
    : new Quarantined({ taskId, crashes })
}

const shed = (taskId: TaskId, { load, madeRoomFor }: Extract<Outcome, { readonly _tag: "shed" }>): TaskError =>
  new Shed({ taskId, load, ...(madeRoomFor !== undefined && { madeRoomFor }) })

/** What the submitter is told when its task ended without a result; `undefined` where it has not, or has one. */
export const taskErrorOf = (task: TaskRecord): TaskError | undefined => {
  const { outcome } = task
  const taskId = task.spec.id
  switch (outcome?._tag) {
    case undefined:
    case "completed":
      return undefined
    case "failed":
      return failure(task, outcome)
    case "cancelled":
      return new Cancelled({ taskId, reason: outcome.reason })
    case "expired":
      return new DeadlineExceeded({ taskId, limit: outcome.limit })
    case "shed":
      return shed(taskId, outcome)
    case "quarantined":
      return quarantined(taskId, outcome.crashes)
  }
}
