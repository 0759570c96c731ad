import type { Epoch, Millis, TaskId, WorkerId } from "../../model/index.ts"
import {
  afterMove,
  type Dimension,
  type DimensionedWorker,
  DimensionGuard,
  type DimensionMove,
  type DimensionRequest,
  dimensionGaps
} from "../balance/dimensions.ts"
import type { MigrationMemory } from "./migration-memory.ts"

/** A running task by what it takes of each dimension of a worker. */
export interface DimensionedTask {
  readonly taskId: TaskId
  readonly epoch: Epoch
  readonly type: string
  readonly workerId: WorkerId
  readonly checkpointed: boolean
}

export interface DimensionState {
  readonly tasks: ReadonlyArray<DimensionedTask>
  readonly workers: ReadonlyArray<DimensionedWorker>
  /** What the task takes of the worker, as a share of what that has. */
  readonly shareOf: (taskId: TaskId, workerId: WorkerId) => DimensionMove["comes"]
  readonly fits: (taskId: TaskId, workerId: WorkerId) => boolean
  readonly memory: MigrationMemory
}

export interface DimensionSettings {
  readonly imbalanceThreshold: number
  /** By how much the two workers must come closer, 0–1: less is not worth a move. */
  readonly minFall: number
  readonly movesPerWorker: number
  /** Workers looked at to take from, the fullest first, and to give to, for each task, the emptiest first. */
  readonly maxSources: number
  readonly maxTargets: number
}

export const dimensionDefaults: Omit<DimensionSettings, "imbalanceThreshold" | "movesPerWorker"> = {
  minFall: 0.1,
  maxSources: 16,
  maxTargets: 16
}

export interface DimensionDecision extends Pick<DimensionedTask, "taskId" | "epoch" | "type"> {
  readonly source: WorkerId
  readonly target: WorkerId
  readonly dimension: Dimension
  /** By how much source and target come closer. */
  readonly fall: number
  readonly explanation: string
}

/**
 * The move that takes from the fullest worker in a dimension and brings it and another closest together, if any is worth it
 * (G14): of a task that has checkpointed and does not rest, within the budget of both workers, and putting no other
 * dimension out of balance. Of a worker from which nothing can go the next takes the place. One at a time: the next look
 * sees what it came to.
 *
 * Cost: `maxSources` × the tasks of each × the workers among which `maxTargets` have room.
 */
export const evenOut = (
  { dimension, gap, over, under }: DimensionRequest,
  { tasks, workers, shareOf, fits, memory }: DimensionState,
  { imbalanceThreshold, minFall, movesPerWorker, maxSources, maxTargets }: DimensionSettings,
  now: Millis
): DimensionDecision | undefined => {
  const moves = memory.movesByWorker(now)
  const isSpent = (workerId: WorkerId): boolean => (moves.get(workerId) ?? 0) >= movesPerWorker
  const byId = new Map(workers.map((worker) => [worker.workerId, worker]))
  const movable = Map.groupBy(
    tasks.filter(
      ({ taskId, checkpointed }) =>
        checkpointed && !memory.isActive(taskId) && memory.restingUntil(taskId, now) === undefined
    ),
    ({ workerId }) => workerId
  )
  const guard = new DimensionGuard(workers, imbalanceThreshold)
  const targets = under.filter((workerId) => !isSpent(workerId))
  const bestFrom = (source: WorkerId): DimensionDecision | undefined => {
    let best: DimensionDecision | undefined
    for (const { taskId, epoch, type } of movable.get(source) ?? []) {
      const leaves = shareOf(taskId, source)
      let compared = 0
      for (const target of targets) {
        if (compared >= maxTargets) break
        if (!fits(taskId, target)) continue
        compared += 1
        const move = { source, target, leaves, comes: shareOf(taskId, target) }
        const pair = [byId.get(source), byId.get(target)].filter((worker) => worker !== undefined)
        const distance = (state: ReadonlyArray<DimensionedWorker>): number => dimensionGaps(state)[dimension] ?? 0
        const fall = distance(pair) - distance(afterMove(pair, move))
        if (!(fall >= minFall && fall > (best?.fall ?? 0))) continue
        if (guard.worsened(move).length > 0) continue
        const explanation =
          `${type} ${taskId}: ${source} → ${target}: ${dimension} of the workers lies ${percent(gap)} apart, ` +
          `and these two come ${percent(fall)} closer`
        best = { taskId, epoch, type, source, target, dimension, fall, explanation }
      }
    }
    return best
  }
  for (const source of over.filter((workerId) => !isSpent(workerId) && movable.has(workerId)).slice(0, maxSources)) {
    const best = bestFrom(source)
    if (best !== undefined) return best
  }
  return undefined
}

const percent = (share: number): string => `${Math.round(100 * share)} %`
