import type { Priority } from "./priority.ts"
import type { Requirements } from "./requirements.ts"
import type { Epoch, Millis } from "./units.ts"

export type TaskId = string

/** A task as accepted: every default filled in, every duration in milliseconds. */
export interface TaskSpec {
  readonly id: TaskId
  /** The name of the handler that runs it. */
  readonly type: string
  readonly payload: unknown
  readonly priority: Priority
  readonly requirements: Requirements
  readonly concurrencyKey?: string
  /** Running tasks the key allows. Where tasks of one key disagree, the smallest holds while the key is in use. */
  readonly concurrencyLimit: number
  readonly stickyKey?: string
  readonly affinity?: Readonly<Record<string, string>>
  readonly preferredWorkers: ReadonlyArray<string>
  readonly model?: string
  readonly tenant?: string
  readonly expectedDuration?: Millis
  /** Bytes of checkpointed state that a move has to carry. */
  readonly stateSize?: number
  /** The longest one run may take. */
  readonly timeout?: Millis
  /** The longest it may wait before it first runs. */
  readonly queueTimeout?: Millis
  /** By when it must have ended, as a point in time. */
  readonly deadline?: Millis
  /** Runs after the first that a failing handler is given. */
  readonly retries: number
  /** Workers it may take down before it is quarantined. */
  readonly maxCrashes: number
}

/** The ways a task ends. */
export type TaskEnd = "completed" | "failed" | "cancelled" | "expired" | "shed" | "quarantined"

/** Where a task stands. `moving`: cancelled on its source with its state saved, not yet started on its target. */
export type TaskStatus = "queued" | "delayed" | "running" | "moving" | TaskEnd

/** One run of a task on one worker, from commit to release. */
export interface Assignment {
  readonly taskId: TaskId
  readonly workerId: string
  readonly epoch: Epoch
  /** 1 for the first run. */
  readonly attempt: number
  readonly startedAt: Millis
}
