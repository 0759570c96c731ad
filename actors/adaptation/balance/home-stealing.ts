import {
  closedBecause,
  imbalanceDefaults,
  planSteals,
  type StealWorker,
  type WorkerLoad
} from "../../../src/adaptation/index.ts"
import { fitsNow } from "../../../src/ledger/index.ts"
import type { TaskId, WorkerId } from "../../../src/model/index.ts"
import { type HomeLines, type LoadSources, workMs } from "./worker-loads.ts"

/**
 * Tasks that wait for busy workers and had better go to idle ones: where all that is before them at home takes longer than
 * home is worth to them.
 */
export const homeSteals = (
  sources: LoadSources,
  loads: ReadonlyArray<WorkerLoad>,
  lines: HomeLines
): ReadonlyArray<TaskId> => {
  const { ledger } = sources
  const workers = loads.map((load): StealWorker => {
    // Whoever came last has the most before it.
    const waiting = (lines.get(load.workerId) ?? []).toReversed().flatMap(({ taskId, patienceMs }) => {
      const ms = workMs(sources, taskId)
      return ms === undefined ? [] : { taskId, seconds: ms / 1_000, moveSeconds: patienceMs / 1_000 }
    })
    const { workerId, slots, speed, running, left } = load
    const takes = closedBecause(load, imbalanceDefaults.minHealth) === undefined
    return { workerId, slots, speed, running, runningSeconds: left?.seconds ?? 0, waiting, takes }
  })
  const fits = (taskId: TaskId, workerId: WorkerId): boolean => {
    const task = ledger.task(taskId)
    const worker = ledger.worker(workerId)
    return task !== undefined && worker !== undefined && fitsNow(task.spec.requirements, worker)
  }
  return planSteals(workers, fits).map(({ taskId }) => taskId)
}
