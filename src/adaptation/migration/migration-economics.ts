import {
  type Epoch,
  type Millis,
  type Performance,
  type PerformanceView,
  type Priority,
  priorityRank,
  type TaskId,
  type WorkerId
} from "../../model/index.ts"
import type { WorkerLoad } from "../balance/worker-load.ts"
import type { MoveRecord } from "./migration-memory.ts"

/** A running task as migration sees it. */
export interface RunningTask {
  readonly taskId: TaskId
  readonly epoch: Epoch
  readonly workerId: WorkerId
  readonly type: string
  readonly priority: Priority
  /** Since this run began. */
  readonly runningMs: Millis
  /** Whole run time on an idle worker of speed 1; left out where nothing is known. */
  readonly expectedMs?: Millis
  /**
   * Whether that is what its submitter says of this very task: then a worker's speed says more of it than the mean
   * run time of its type, whose tasks may differ in size.
   */
  readonly declared?: boolean
  /** Share of its work that is done, 0–1, where the handler says so. */
  readonly progress?: number
  /** Whether it has checkpointed: only such a task can be handed over, at its next checkpoint, losing no work. */
  readonly checkpointed: boolean
  readonly stateBytes: number
}

export interface EconomicsSettings {
  /** What a move takes beyond carrying the state, until moves were measured. */
  readonly moveMs: Millis
  readonly bytesPerSecond: number
  /** Standard deviation of a run time over its mean. */
  readonly variation: number
}

export const economicsDefaults: EconomicsSettings = { moveMs: 100, bytesPerSecond: 200e6, variation: 0.5 }

/** One task's move from one worker to another, in seconds. */
export interface Economics {
  /** Until the task is done where it is: wait + remaining / speed left to it there. */
  readonly staySeconds: number
  /** Until it is done on the target, once it has arrived. */
  readonly goSeconds: number
  /** What the move itself takes, in expectation over moves that fail. */
  readonly moveSeconds: number
  /** stay − go − move. */
  readonly netSeconds: number
  /** Standard deviation of the net, from not knowing what remains. */
  readonly sigmaSeconds: number
  readonly sourceSpeed: number
  readonly targetSpeed: number
  /** 0–10, for display beside the figures in seconds (G3). */
  readonly costScore: number
}

/** Runs from which a worker's history with a type is relied upon. */
const enough = 3
/** However crowded a worker is, a task gets this share of its speed. */
const leastShare = 0.1

/** Work still to do, in seconds at speed 1; `undefined` where nothing is known of it. */
export const remainingSeconds = (task: RunningTask, sourceSpeed: number): number | undefined => {
  const { expectedMs, runningMs, progress } = task
  if (progress !== undefined && progress > 0 && progress <= 1)
    return ((runningMs * (1 - progress)) / progress / 1000) * sourceSpeed
  if (expectedMs === undefined || !(expectedMs > 0)) return undefined
  // Past its expected end, how much remains is anyone's guess: a low one keeps it from being moved on a hope.
  return Math.max(0, expectedMs - runningMs * sourceSpeed) / 1000
}

/**
 * What a move would gain (X5): [wait_src + remaining / v_src] − [move + wait_dst + remaining / v_dst], in seconds.
 *
 * v is what the task gets of a worker: its speed, by what both workers' history says of this type where both have one and the
 * task's own run time is not declared,
 * × the share the others leave (1 − their utilisation: processor sharing), × the success rate with this type, since a
 * failed run is run again. `undefined` where it is unknown what remains, or a figure cannot be used.
 */
export const economicsOf = (
  task: RunningTask,
  source: WorkerLoad,
  target: WorkerLoad,
  performance: PerformanceView,
  moves: MoveRecord | undefined,
  settings: EconomicsSettings
): Economics | undefined => {
  const remaining = remainingSeconds(task, source.speed)
  if (remaining === undefined || !Number.isFinite(remaining)) return undefined
  const [onSource, onTarget] = bothKnown(task, performance, source.workerId, target.workerId)
  const comparable = onSource !== undefined && onTarget !== undefined && task.declared !== true
  const ratio = comparable ? onSource.meanMs / onTarget.meanMs : undefined
  const othersOnSource = (source.utilisation * Math.max(0, source.running - 1)) / Math.max(1, source.running)
  const sourceSpeed = source.speed * share(othersOnSource) * success(onSource)
  const targetSpeed =
    (ratio === undefined ? target.speed : source.speed * ratio) * share(target.utilisation) * success(onTarget)
  const staySeconds = (source.waitSeconds ?? 0) + remaining / sourceSpeed
  const goSeconds = (target.waitSeconds ?? 0) + remaining / targetSpeed
  const estimate = settings.moveMs / 1000 + Math.max(0, task.stateBytes) / settings.bytesPerSecond
  const moveSeconds =
    (moves?.meanMs === undefined ? estimate : moves.meanMs / 1000) / Math.max(0.1, moves?.successRate ?? 1)
  const netSeconds = staySeconds - goSeconds - moveSeconds
  const sigmaSeconds = settings.variation * remaining * Math.abs(1 / sourceSpeed - 1 / targetSpeed)
  if (!Number.isFinite(netSeconds + sigmaSeconds)) return undefined
  return {
    staySeconds,
    goSeconds,
    moveSeconds,
    netSeconds,
    sigmaSeconds,
    sourceSpeed,
    targetSpeed,
    costScore: costScore(task, moveSeconds)
  }
}

/**
 * The 0–10 cost of S4: running time (3 at 5 minutes), state (3 at 1 GiB), priority (2 for critical, 0 for minimal) and
 * the moves of its type so far, through what one takes (2 at 60 s). Nothing is decided by it.
 */
export const costScore = (task: RunningTask, moveSeconds: number): number =>
  3 * Math.min(1, Math.max(0, task.runningMs) / 300_000) +
  3 * Math.min(1, Math.max(0, task.stateBytes) / 2 ** 30) +
  (2 * (priorityRank.minimal - priorityRank[task.priority])) / (priorityRank.minimal - priorityRank.critical) +
  2 * Math.min(1, Math.max(0, moveSeconds) / 60)

const share = (others: number): number => Math.max(leastShare, 1 - others)

const success = (performance: Performance | undefined): number => Math.max(0.1, performance?.successRate ?? 1)

/** History is compared with history or not at all: against a declared speed it would say nothing. */
const bothKnown = (
  { type }: RunningTask,
  performance: PerformanceView,
  source: WorkerId,
  target: WorkerId
): readonly [Performance, Performance] | readonly [undefined, undefined] => {
  const [a, b] = [performance.of(source, type), performance.of(target, type)]
  const known = (p: Performance | undefined) => p !== undefined && p.runs >= enough && p.meanMs > 0
  return a !== undefined && b !== undefined && known(a) && known(b) ? [a, b] : [undefined, undefined]
}
