import type { Priority } from "./priority.ts"
import type { Requirements } from "./requirements.ts"
import type { Epoch, Millis } from "./units.ts"
import type { ExitReason, WorkerId } from "./worker.ts"

export type TaskId = string

/** The wait before the n-th retry: base × 2ⁿ⁻¹, spread by ± jitter (a share, 0–1), then clamped to 0 … max. */
export interface RetryBackoff {
  readonly base: Millis
  readonly max: Millis
  readonly jitter: number
}

export const defaultRetryBackoff: RetryBackoff = { base: 100, max: 30_000, jitter: 0.5 }

/** The more urgent task that a shed one made room for. */
export interface MadeRoomFor {
  readonly taskId: TaskId
  readonly priority: Priority
}

/** What was derived of a task from its names, and from runs of its kind. */
export interface TaskAnalysis {
  /** Such as `text_embedding`. */
  readonly family?: string
  /** How well suited each kind of hardware is, 0–1. */
  readonly hardware?: Readonly<Record<string, number>>
  readonly browsers?: Readonly<Record<string, number>>
  /** GiB. */
  readonly memory?: number
  readonly expectedMs?: Millis
  /** Which of these come from runs that were seen; the others from names. */
  readonly seen: ReadonlyArray<string>
}

/** A task as accepted: every default filled in, every duration in milliseconds. */
export interface TaskSpec {
  readonly id: TaskId
  /** Nobody chose the id, so hardly anybody comes back with it: once ended, the task is forgotten sooner. */
  readonly madeUpId?: true
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
  readonly analysis?: TaskAnalysis
  /** How many items its payload carries, where it is a batch. */
  readonly items?: number
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
  /** The wait before each of them; `defaultRetryBackoff` where absent. */
  readonly retryBackoff?: RetryBackoff
  /** Workers it may take down before it is quarantined. */
  readonly maxCrashes: number
}

/** The ways a task ends. */
export type TaskEnd = "completed" | "failed" | "cancelled" | "expired" | "shed" | "quarantined"

/** Where a task stands. `moving`: cancelled on its source with its state saved, not yet started on its target. */
export type TaskStatus = "queued" | "delayed" | "running" | "moving" | TaskEnd

/** A worker that went down with a task, and is charged to it. */
export interface Crash {
  readonly workerId: WorkerId
  readonly at: Millis
  readonly reason: ExitReason
  /** What its thread or process ended with. */
  readonly exitCode?: number
}

/** One run of a task on one worker, from commit to release. */
export interface Assignment {
  readonly taskId: TaskId
  readonly workerId: string
  readonly epoch: Epoch
  /** 1 for the first run. */
  readonly attempt: number
  readonly startedAt: Millis
  /** Runs on the worker as this one began, itself included. */
  readonly company: number
}
