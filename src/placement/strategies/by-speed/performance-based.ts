import { priorityRank } from "../../../model/index.ts"
import type { WeightedStrategy } from "../../strategy.ts"
import { meanOf } from "../../weighing/columns.ts"

export interface PerformanceBasedOptions {
  /** Weights, out of 1. */
  readonly successRate: number
  /** What the free slots of the worker can do in a second at its mean run time, against the most any could. */
  readonly throughput: number
  readonly responseTime: number
  /** Runs of a type after which a worker is judged at it. Until then it is tried, with at most this many slots in use. */
  readonly trials: number
}

/** Failing is dearer than being slow: a failed run costs its time and a second run. */
export const performanceBasedDefaults: PerformanceBasedOptions = {
  successRate: 0.4,
  throughput: 0.3,
  responseTime: 0.3,
  trials: 3
}

/**
 * Performance-based: the worker that does this type of task best, from what was seen of it.
 *
 * Formula: Σ weight · factor, each 0–100: success rate; free slots ÷ mean run time against the most of any worker;
 * 100 · shortest mean ÷ own mean; for critical and high tasks × the worker's priority multiplier.
 * A worker with fewer runs of the type than `trials` scores 100 until runs and slots in use make up for it, so each
 * worker gets its chance and none more than that. Critical and high tasks are not used for trials; there an unknown
 * worker counts halfway between the best and the worst known.
 * Source: S2 and S3 (success rate, throughput, response time). Ties: one that is still to be tried, then the one that joined
 * first.
 * Cost: O(n) on plain columns; figures of workers that have not changed are kept.
 * Not for many types that are each seen a few times: all would be trials.
 */
export const performanceBased = (options: Partial<PerformanceBasedOptions> = {}): WeightedStrategy => {
  const { successRate, throughput, responseTime, trials } = { ...performanceBasedDefaults, ...options }
  return {
    id: "performance_based",
    tieRule: "one still to be tried, then the one that joined first",
    classOf: (task) => `${priorityRank[task.priority] <= 2 ? "urgent" : "usual"} ${task.type}`,
    trialsOf: (task, { spec }, view) =>
      priorityRank[task.priority] <= 2 ? 0 : Math.max(0, trials - (view.performance.of(spec.id, task.type)?.runs ?? 0)),
    factors: [
      {
        name: "success rate",
        weight: successRate,
        kind: "column",
        scale: "points",
        of: (task, { spec }, view) => 100 * (view.performance.of(spec.id, task.type)?.successRate ?? Number.NaN)
      },
      {
        name: "throughput",
        weight: throughput,
        kind: "capacity",
        of: (task, { spec }, view) => 1 / meanOf(view.performance.of(spec.id, task.type))
      },
      {
        name: "response time",
        weight: responseTime,
        kind: "column",
        scale: "less",
        of: (task, { spec }, view) => meanOf(view.performance.of(spec.id, task.type))
      }
    ]
  }
}
