import { Sample } from "../../../src/statistics/index.ts"
import type { Outcome as BaselineOutcome, BaselineTask, Server } from "../baselines/index.ts"
import type { Look } from "../look.ts"
import { boundedSlowdown, type Outcome } from "../outcome.ts"
import { lastEnd, modelSights } from "./model-sights.ts"
import type { Sight } from "./sight.ts"

/** What one contender came to in one world: what the rows of a scenario are read from. Times in milliseconds. */
export interface Measurement {
  /** From the beginning to the end of the last task that ended; what never ended is not in it. */
  readonly makespan: number
  /** From arrival to end, of the tasks that were completed. */
  readonly sojourn: Sample
  /** Of the tasks that were completed: their bounded slowdown. */
  readonly slowdown: Sample
  /** From arrival to the beginning of the first run, of the tasks that ran. */
  readonly wait: Sample
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
  /** What was seen at intervals, from the beginning on, where the part asks for that. */
  readonly looks: ReadonlyArray<Sight>
  /** What the part's gauge says in the end; nothing of a model. */
  readonly readings: Readonly<Record<string, number>>
}

const rounding = 1e-9

export const measured = (
  outcome: Outcome,
  looks: ReadonlyArray<Look>,
  readings: Measurement["readings"] = {}
): Measurement => {
  const { makespan, sojourn, slowdown, wait, tasks, usefulMs, workers, moves } = outcome
  const workMs = workers.reduce((sum, worker) => sum + worker.workMs, 0)
  // Sums that were taken in another order differ in their last digits: so little is nothing.
  const wastedMs = workMs - usefulMs > rounding * workMs ? workMs - usefulMs : 0
  return { makespan, sojourn, slowdown, wait, tasks, usefulMs, workers, moves, wastedMs, looks, readings }
}

/** Of whoever is measured outside of the world. */
export const readingsAlone = (readings: Measurement["readings"]): Measurement => ({
  makespan: 0,
  sojourn: new Sample(),
  slowdown: new Sample(),
  wait: new Sample(),
  tasks: 0,
  usefulMs: 0,
  workers: [],
  moves: 0,
  wastedMs: 0,
  looks: [],
  readings
})

/**
 * Of a queueing model, which knows no work but what its servers do for as long as they are busy.
 *
 * @param lookEvery how often it is looked at; left out: never
 */
export const modelled = (
  tasks: ReadonlyArray<BaselineTask>,
  servers: ReadonlyArray<Server>,
  outcome: BaselineOutcome,
  lookEvery?: number
): Measurement => {
  const { starts, ends, busy, servers: chosen } = outcome
  const sojourn = new Sample()
  const slowdown = new Sample()
  const wait = new Sample()
  const workMs = new Float64Array(servers.length)
  let usefulMs = 0
  for (const [index, { at, work }] of tasks.entries()) {
    const end = ends[index] ?? Number.POSITIVE_INFINITY
    if (end === Number.POSITIVE_INFINITY) continue
    sojourn.push(end - at)
    slowdown.push(boundedSlowdown(end - at, work))
    wait.push((starts[index] ?? end) - at)
    usefulMs += work
    const server = chosen[index] ?? -1
    workMs[server] = (workMs[server] ?? 0) + work
  }
  const workers = servers.map((_, index) => ({ busyMs: busy[index] ?? 0, workMs: workMs[index] ?? 0 }))
  const looks = lookEvery === undefined ? [] : modelSights(tasks, servers, outcome, lookEvery)
  return {
    makespan: lastEnd(ends),
    sojourn,
    slowdown,
    wait,
    tasks: tasks.length,
    usefulMs,
    workers,
    moves: 0,
    wastedMs: 0,
    looks,
    readings: {}
  }
}
