import { Sample } from "../../../src/statistics/index.ts"
import type { Outcome as BaselineOutcome, BaselineTask, Server } from "../baselines/index.ts"
import type { Look } from "../look.ts"
import type { Outcome } from "../outcome.ts"

/** What one contender came to in one world: what the rows of a scenario are read from. Times in milliseconds. */
export interface Measurement {
  /** From the beginning to the end of the last task. */
  readonly makespan: number
  /** From arrival to end, of the tasks that were completed. */
  readonly sojourn: Sample
  /** Tasks that arrived. */
  readonly tasks: number
  /** Work of the tasks that were completed, at speed 1. */
  readonly usefulMs: number
  /** Of each worker, in the order of the definition: in use, for each slot; and work done at speed 1. */
  readonly workers: ReadonlyArray<{ readonly busyMs: number; readonly workMs: number }>
  /** Running tasks that went on elsewhere; 0 where nothing can move. */
  readonly moves: number
  /** Work done more than once, at speed 1. */
  readonly wastedMs: number
  /** What was seen at intervals, where the part asks for that; none of a model. */
  readonly looks: ReadonlyArray<Look>
}

export const measured = (outcome: Outcome, looks: ReadonlyArray<Look>): Measurement => {
  const { makespan, sojourn, tasks, usefulMs, workers, moves } = outcome
  const workMs = workers.reduce((sum, worker) => sum + worker.workMs, 0)
  return { makespan, sojourn, tasks, usefulMs, workers, moves, wastedMs: Math.max(0, workMs - usefulMs), looks }
}

/** Of a queueing model, which knows no work but what its servers do for as long as they are busy. */
export const modelled = (
  tasks: ReadonlyArray<BaselineTask>,
  servers: ReadonlyArray<Server>,
  { ends, makespan, busy, servers: chosen }: BaselineOutcome
): Measurement => {
  const sojourn = new Sample()
  const workMs = new Float64Array(servers.length)
  let usefulMs = 0
  for (const [index, { at, work }] of tasks.entries()) {
    const end = ends[index] ?? Number.POSITIVE_INFINITY
    if (end === Number.POSITIVE_INFINITY) continue
    sojourn.push(end - at)
    usefulMs += work
    const server = chosen[index] ?? -1
    workMs[server] = (workMs[server] ?? 0) + work
  }
  const workers = servers.map((_, index) => ({ busyMs: busy[index] ?? 0, workMs: workMs[index] ?? 0 }))
  return { makespan, sojourn, tasks: tasks.length, usefulMs, workers, moves: 0, wastedMs: 0, looks: [] }
}
