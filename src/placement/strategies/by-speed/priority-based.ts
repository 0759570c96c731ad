import type { Priority } from "../../../model/index.ts"
import type { RankStrategy } from "../../strategy.ts"
import { speedOn } from "./speed-on.ts"

export interface PriorityBasedOptions {
  /**
   * How much a worker's quality draws tasks of each priority: above 0 toward the best, below 0 away from them, 0 not at all.
   */
  readonly pull: Readonly<Record<Priority, number>>
}

/** The two urgent ones are drawn, as it is they for which the priority multiplier counts. */
export const priorityBasedDefaults: PriorityBasedOptions = {
  pull: { critical: 2, high: 1, normal: -0.5, low: -1, minimal: -1 }
}

/**
 * Priority-based: urgent tasks to the best workers, all others spread over the rest.
 *
 * Formula: quality^pull ÷ ((slots in use + 1) ÷ slots), where quality = speed × the worker's priority multiplier and pull
 * goes by the task's priority. So a critical task has the best worker until that is fuller than a poorer one by the square
 * of what it is better; a low task takes the best for as much fuller than it is, and leaves it free.
 * Source: S2 has the multiplier (it counts for critical and high tasks); S3 and S5 name the strategy, for critical tests,
 * without a formula. The powers are ours.
 * Ties: the next in turn. Cost: O(log n) with `view.pool`, otherwise O(n).
 * Not where hardly any task is urgent: the best workers are then used last. It chooses the worker; who goes first is
 * settled by the order of the queue, under every strategy.
 */
export const priorityBased = (options: { readonly pull?: Partial<PriorityBasedOptions["pull"]> } = {}) => {
  const pull = { ...priorityBasedDefaults.pull, ...options.pull }
  return {
    id: "priority_based",
    tieRule: "the next in turn",
    ties: "turn",
    multiplied: false,
    classOf: ({ priority }) => String(pull[priority]),
    rank: (task, worker, view) => {
      const { slots, limit, spec } = worker
      const quality = speedOn(worker, view) * spec.priorityMultiplier
      // As a logarithm, so that no power overflows.
      return pull[task.priority] * Math.log(Math.max(quality, Number.MIN_VALUE)) - Math.log((slots + 1) / limit)
    }
  } satisfies RankStrategy
}
