import {
  type Epoch,
  type Millis,
  type PerformanceView,
  type Priority,
  priorityRank,
  type TaskId,
  type WorkerId
} from "../../model/index.ts"
import { drainSeconds, slowdownOn, type WorkerLoad, workRateOf } from "../balance/worker-load.ts"
import type { MoveRecord } from "./migration-memory.ts"

/** How much faster a task is on a worker than its speed says, for what hardware it prefers; 1: no faster. */
export type TaskFitness = (workerId: WorkerId) => number

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
  /** Work that is left of it at speed 1, where it was reckoned from all there is to know, and its standard deviation. */
  readonly leftMs?: Millis
  readonly spreadMs?: Millis
  /** Whether it has checkpointed: only such a task can be handed over, at its next checkpoint, losing no work. */
  readonly checkpointed: boolean
  readonly stateBytes: number
  /** Left out: it prefers no hardware, or that is not to count. */
  readonly fitness?: TaskFitness
}

export interface EconomicsSettings {
  /** What a move takes beyond carrying the state, until moves were measured. */
  readonly moveMs: Millis
  readonly bytesPerSecond: number
  /** Standard deviation of what is left over its mean, where a task has none of its own. */
  readonly variation: number
}

export const economicsDefaults: EconomicsSettings = { moveMs: 100, bytesPerSecond: 200e6, variation: 0.5 }

/** One task's move from one worker to another, in seconds. */
export interface Economics {
  /** What is left of it, at speed 1. */
  readonly workSeconds: number
  /** Until the task is done where it is: wait + remaining / speed left to it there. */
  readonly staySeconds: number
  /** Until it is done on the target, once it has arrived. */
  readonly goSeconds: number
  /** What the move itself takes, in expectation over moves that fail. */
  readonly moveSeconds: number
  /** stay − go − move. */
  readonly netSeconds: number
  /**
   * What it takes away of the work that stands waiting on both workers: work × time until it is done, in seconds².
   * The larger the task and the longer the one has to go on than the other, the more.
   */
  readonly relief: number
  /** Standard deviation of the net, from not knowing what remains, nor how fast the two workers are. */
  readonly sigmaSeconds: number
  readonly sourceSpeed: number
  readonly targetSpeed: number
  /** 0–10, for display beside the figures in seconds (G3). */
  readonly costScore: number
}

/** How fast a worker is at a type of task; 1 is ordinary. */
export interface SpeedEstimate {
  readonly speed: number
  /** Standard error of its logarithm. */
  readonly doubt: number
}

/** What is known of workers' speeds. `undefined`: no more than their loads say. */
export interface SpeedView {
  of(workerId: WorkerId, type: string): SpeedEstimate | undefined
}

const equally: TaskFitness = () => 1

/** Nothing is known but what the loads say. */
const unknownSpeeds: SpeedView = { of: () => undefined }

/**
 * Work still to do, in seconds at speed 1; `undefined` where nothing is known of it.
 *
 * @param sourceSpeed what it got of its worker so far: the worker's speed, less what others took of it
 */
export const remainingSeconds = (task: RunningTask, sourceSpeed: number): number | undefined => {
  const { expectedMs, runningMs, progress, leftMs } = task
  if (leftMs !== undefined) return leftMs / 1000
  if (progress !== undefined && progress > 0 && progress <= 1)
    return ((runningMs * (1 - progress)) / progress / 1000) * sourceSpeed
  if (expectedMs === undefined || !(expectedMs > 0)) return undefined
  // Past its expected end, how much remains is anyone's guess: a low one keeps it from being moved on a hope.
  return Math.max(0, expectedMs - runningMs * sourceSpeed) / 1000
}

/** The same of a task on that worker, as crowded as that is. */
export const remainingOn = (
  task: RunningTask,
  source: WorkerLoad,
  speeds: SpeedView = unknownSpeeds
): number | undefined => {
  const { speed } = speeds.of(source.workerId, task.type) ?? source
  return remainingSeconds(task, speed / slowdownOn(source, 0, true))
}

/**
 * What a move would gain (X5): [wait_src + remaining / v_src] − [move + wait_dst + remaining / v_dst], in seconds.
 *
 * v is what the task gets of a worker until it is done: its speed at this type, ÷ by how much the others there slow it
 * down (see `slowdownOn`; on the target it is one more), × the success rate with this type, since a failed run is run
 * again. The net is as uncertain as what remains and as the two speeds. `undefined` where it is unknown what remains, or
 * a figure cannot be used.
 */
export const economicsOf = (
  task: RunningTask,
  source: WorkerLoad,
  target: WorkerLoad,
  performance: PerformanceView,
  moves: MoveRecord | undefined,
  settings: EconomicsSettings,
  speeds: SpeedView = unknownSpeeds
): Economics | undefined => {
  const here = speeds.of(source.workerId, task.type) ?? { speed: source.speed, doubt: 0 }
  const there = speeds.of(target.workerId, task.type) ?? { speed: target.speed, doubt: 0 }
  const remaining = remainingOn(task, source, speeds)
  if (remaining === undefined || !Number.isFinite(remaining)) return undefined
  const fits = task.fitness ?? equally
  const sourceSpeed =
    (here.speed / slowdownOn(source, remaining, true)) * success(task, source, performance) * fits(source.workerId)
  const targetSpeed =
    (there.speed / slowdownOn(target, remaining, false)) * success(task, target, performance) * fits(target.workerId)
  const staySeconds = (source.waitSeconds ?? 0) + remaining / sourceSpeed
  const goSeconds = (target.waitSeconds ?? 0) + remaining / targetSpeed
  const estimate = settings.moveMs / 1000 + Math.max(0, task.stateBytes) / settings.bytesPerSecond
  const moveSeconds =
    (moves?.meanMs === undefined ? estimate : moves.meanMs / 1000) / Math.max(0.1, moves?.successRate ?? 1)
  const netSeconds = staySeconds - goSeconds - moveSeconds
  const spread = task.spreadMs === undefined ? settings.variation * remaining : task.spreadMs / 1000
  const sigmaSeconds = Math.hypot(
    spread * Math.abs(1 / sourceSpeed - 1 / targetSpeed),
    (remaining / sourceSpeed) * here.doubt,
    (remaining / targetSpeed) * there.doubt
  )
  if (!Number.isFinite(netSeconds + sigmaSeconds)) return undefined
  return {
    workSeconds: remaining,
    staySeconds,
    goSeconds,
    moveSeconds,
    netSeconds,
    relief: reliefOf(remaining, source, target),
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

/**
 * Work that is worked off at an even pace stands for half as long as all of it takes: backlog² ÷ 2 capacity. That of both
 * workers before the move, less that after it.
 */
const reliefOf = (work: number, source: WorkerLoad, target: WorkerLoad): number =>
  work * (drainSeconds(source) - drainSeconds(target)) -
  (work ** 2 * (1 / workRateOf(source) + 1 / workRateOf(target))) / 2

/** Runs from which a worker's failures at a type count. */
const enough = 3

const success = ({ type }: RunningTask, { workerId }: WorkerLoad, performance: PerformanceView): number => {
  const known = performance.of(workerId, type)
  return known === undefined || known.runs < enough ? 1 : Math.max(0.1, known.successRate)
}
