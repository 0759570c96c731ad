import { crowding } from "../../patience/outlook.ts"
import type { RankStrategy } from "../../strategy.ts"
import { loadAhead, predictedLoadWeight } from "./predicted-load.ts"
import { speedOn } from "./speed-on.ts"

export interface PredictiveOptions {
  /** What the forecast load of a worker counts for, 0–1. */
  readonly predictedLoad: number
  /** The share of their time that tasks compute, 0–1, as far as they share a thread: at 0 they do not slow each other down. */
  readonly busy: number
}

export const predictiveDefaults: PredictiveOptions = { predictedLoad: predictedLoadWeight, busy: 1 }

/**
 * Predictive: the worker on which the task is expected to be done first.
 *
 * Formula: speed ÷ crowding × (1 − 0.2 · load ahead), the highest; for critical and high tasks × the worker's priority
 * multiplier. That is work for each millisecond, so its inverse is the expected run time of a task of one unit of work.
 * Speed: as learned for this type of task on this worker. Crowding: by how much the tasks on one thread, this one among them,
 * slow each other down. Load ahead: what is forecast for the worker; without a forecast, what it is now.
 * Source: S1 (predicted load weighs 0.2 in the score); S5 (expected run time).
 * Ties: the next in turn. Cost: O(log n) with `view.pool`, otherwise O(n).
 * Not before anything is known: with declared speeds and no history it is least connections by speed.
 */
export const predictive = (options: Partial<PredictiveOptions> = {}) => {
  const { predictedLoad, busy } = { ...predictiveDefaults, ...options }
  return {
    id: "predictive",
    tieRule: "the next in turn",
    ties: "turn",
    classOf: ({ type }) => type,
    rank: (task, worker, view) => {
      const tasks = task.requirements.demand.whole === true ? 1 : worker.slots + 1
      const slowdown = worker.spec.limits.slots === 1 ? 1 : crowding(tasks, busy)
      return (speedOn(worker, view, task.type) / slowdown) * (1 - predictedLoad * loadAhead(worker, view))
    }
  } satisfies RankStrategy
}
