import {
  leftOf,
  type PerformanceBook,
  type RunningTask,
  type TaskFitness,
  type WorkerLoad,
  WorkLeft
} from "../../../src/adaptation/index.ts"
import type { LedgerReader, TaskRecord, WorkerRecord } from "../../../src/ledger/index.ts"
import type { Millis, TaskId, WorkerId } from "../../../src/model/index.ts"
import type { RunRecord } from "../../run-record.ts"
import type { Vitals } from "../health/vitals.ts"

/** Tasks that wait for a worker, in order; `patienceMs`: what that worker is worth to them. */
export type HomeLines = ReadonlyMap<WorkerId, ReadonlyArray<{ readonly taskId: TaskId; readonly patienceMs: Millis }>>

/** What load is built from. */
export interface LoadSources {
  readonly ledger: LedgerReader
  readonly vitals: Vitals
  readonly runs: RunRecord
  readonly performance: PerformanceBook
  /** What waits for certain workers. Left out: nothing. */
  readonly homes?: () => HomeLines
  /** How much faster a task is where there is hardware that it prefers. Left out: that does not count. */
  readonly fitness?: (task: TaskRecord) => TaskFitness | undefined
}

/** What the waiting task takes at speed 1, as declared or learned. */
export const workMs = ({ ledger, performance: { times } }: LoadSources, taskId: TaskId): Millis | undefined => {
  const spec = ledger.task(taskId)?.spec
  return spec && (spec.expectedDuration ?? times.workMs(spec.type))
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

/** Before that share of its run times lies one standard deviation less than the middle, and beyond as much one more. */
const deviation = { less: 0.16, more: 0.84 }

/**
 * Work that is left of a running task and the standard deviation of that, at speed 1: by how far it says that it is,
 * otherwise by what it has had of its worker so far. Of one that goes on beyond what it declared, nobody can say.
 */
const workLeft = (
  { performance: { times }, runs }: LoadSources,
  { spec, assignment }: TaskRecord,
  worker: WorkerRecord,
  expected: Millis | undefined,
  now: Millis
): { readonly leftMs: Millis; readonly spreadMs: Millis } | undefined => {
  const progress = runs.progressOf(spec.id)
  const told = progress && leftOf(progress, expected)
  if (told !== undefined) return told
  if (assignment === undefined) return undefined
  // How many shared its thread is known of now and of its beginning.
  const company = (assignment.company + worker.running.size) / 2
  const doneMs = ((now - assignment.startedAt) * runs.speedOf(worker)) / runs.slowdown(worker, company)
  if (spec.expectedDuration !== undefined) {
    const leftMs = Math.max(0, spec.expectedDuration - doneMs)
    return { leftMs, spreadMs: leftMs / 2 }
  }
  const leftMs = times.remainingWorkMs(spec.type, doneMs)
  if (leftMs === undefined) return undefined
  const [less, more] = [times.workQuantile(spec.type, deviation.less), times.workQuantile(spec.type, deviation.more)]
  return { leftMs, spreadMs: less === undefined || more === undefined ? leftMs / 2 : (more - less) / 2 }
}

/** Every running task that has a live assignment, as migration sees it. What was sent ahead runs no more than what waits. */
export const runningTasks = (sources: LoadSources, now: Millis): ReadonlyArray<RunningTask> => {
  const { ledger, runs, fitness: fitnessOf } = sources
  const tasks: Array<RunningTask> = []
  for (const worker of ledger.workers.values()) {
    for (const { taskId, epoch, workerId, startedAt } of worker.running.values()) {
      const task = ledger.task(taskId)
      // What runs in other hands cannot be moved.
      if (task === undefined || task.spec.requirements.demand.external === true) continue
      if (task.reservation?.ahead === true) continue
      const expected = expectedMs(sources, task, worker)
      const progress = runs.progressOf(taskId)?.fraction
      const fitness = fitnessOf?.(task)
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
        ...(progress !== undefined && { progress }),
        ...(fitness !== undefined && { fitness }),
        ...workLeft(sources, task, worker, expected, now)
      })
    }
  }
  return tasks
}

/** Each worker's load, with what waits for it alone. The share of its thread's time in use is measured where a heartbeat has told it. */
export const workerLoads = (sources: LoadSources, tasks: ReadonlyArray<RunningTask>): ReadonlyArray<WorkerLoad> => {
  const { ledger, vitals, runs, homes } = sources
  const lines = homes?.()
  const waitingSeconds = (workerId: WorkerId): number =>
    (lines?.get(workerId) ?? []).reduce((sum, { taskId }) => sum + (workMs(sources, taskId) ?? 0) / 1_000, 0)
  const each = Map.groupBy(tasks, ({ workerId }) => workerId)
  return [...ledger.workers.values()].map((worker) => {
    const { id, dutyCycle, limits } = worker.spec
    const beat = vitals.beat(id)
    // A throttled thread is full at its duty cycle.
    const measured = beat === undefined ? undefined : Math.min(1, beat.eventLoopUtilization / dutyCycle)
    const left = new WorkLeft(
      (each.get(id) ?? []).flatMap(({ leftMs }) => (leftMs === undefined ? [] : leftMs / 1_000))
    )
    return {
      workerId: id,
      phase: worker.phase,
      utilisation: worker.slots === 0 ? 0 : (measured ?? worker.slots / limits.slots),
      slots: worker.limit,
      running: worker.slots,
      speed: runs.speedOf(worker),
      health: vitals.of(id),
      backlogSeconds: left.seconds + waitingSeconds(id),
      taskShare: runs.taskShare(worker),
      left
    }
  })
}
