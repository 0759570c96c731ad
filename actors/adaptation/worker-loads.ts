import type { PerformanceBook, RunningTask, WorkerLoad } from "../../src/adaptation/index.ts"
import type { LedgerReader, TaskRecord, WorkerRecord } from "../../src/ledger/index.ts"
import type { Millis, WorkerId } from "../../src/model/index.ts"
import type { RunRecord } from "../run-record.ts"
import type { Vitals } from "./vitals.ts"

/** What load is built from. */
export interface LoadSources {
  readonly ledger: LedgerReader
  readonly vitals: Vitals
  readonly runs: RunRecord
  readonly performance: PerformanceBook
}

/** Whole run time at speed 1: as declared, or as learned, for the worker's own ways with its type. */
const expectedMs = (
  { performance, runs }: LoadSources,
  { spec }: TaskRecord,
  worker: WorkerRecord
): number | undefined => {
  if (spec.expectedDuration !== undefined) return spec.expectedDuration
  const known = performance.times.expectedMs(spec.type, worker.spec.id)
  return known === undefined || known === 0 ? undefined : known * runs.speedOf(worker)
}

/** Every running task that has a live assignment, as migration sees it. */
export const runningTasks = (sources: LoadSources, now: Millis): ReadonlyArray<RunningTask> => {
  const { ledger, runs } = sources
  const tasks: Array<RunningTask> = []
  for (const worker of ledger.workers.values()) {
    for (const { taskId, epoch, workerId, startedAt } of worker.running.values()) {
      const task = ledger.task(taskId)
      // What runs in other hands cannot be moved.
      if (task === undefined || task.spec.requirements.demand.external === true) continue
      const expected = expectedMs(sources, task, worker)
      const progress = runs.progressOf(taskId)
      tasks.push({
        taskId,
        epoch,
        workerId,
        type: task.spec.type,
        priority: task.spec.priority,
        runningMs: now - startedAt,
        checkpointed: task.state !== undefined,
        stateBytes: task.spec.stateSize ?? 0,
        ...(expected !== undefined && { expectedMs: expected, declared: task.spec.expectedDuration !== undefined }),
        ...(progress !== undefined && { progress })
      })
    }
  }
  return tasks
}

const remainingSeconds = ({ expectedMs: expected, progress, runningMs }: RunningTask): number => {
  if (expected === undefined) return 0
  const left = progress === undefined ? Math.max(0, expected - runningMs) : expected * (1 - progress)
  return left / 1000
}

/** Each worker's load. The share of its thread's time in use is measured where a heartbeat has told it. */
export const workerLoads = (sources: LoadSources, tasks: ReadonlyArray<RunningTask>): ReadonlyArray<WorkerLoad> => {
  const { ledger, vitals, runs } = sources
  const backlog = new Map<WorkerId, number>()
  for (const task of tasks) backlog.set(task.workerId, (backlog.get(task.workerId) ?? 0) + remainingSeconds(task))
  return [...ledger.workers.values()].map((worker) => {
    const { id, limits, dutyCycle } = worker.spec
    const beat = vitals.beat(id)
    // A throttled thread is full at its duty cycle.
    const measured = beat === undefined ? undefined : Math.min(1, beat.eventLoopUtilization / dutyCycle)
    return {
      workerId: id,
      phase: worker.phase,
      utilisation: worker.slots === 0 ? 0 : (measured ?? worker.slots / limits.slots),
      slots: limits.slots,
      running: worker.slots,
      speed: runs.speedOf(worker),
      health: vitals.of(id),
      backlogSeconds: backlog.get(id) ?? 0
    }
  })
}
