import type { WorkerRecord } from "../../../ledger/index.ts"
import type { Performance, TaskSpec } from "../../../model/index.ts"
import type { RankStrategy } from "../../strategy.ts"
import type { PlacementView } from "../../view.ts"

/** What a worker counts for that has work and has not completed any yet: one task to show itself by, no second. */
const penalty = 2 ** 47
/** However seldom a worker succeeds, it counts as slower by this much at most. */
const leastSuccess = 0.01

/** Of this type of task where something is known of it, otherwise of all. */
const knownOf = (
  { spec }: WorkerRecord,
  { type }: TaskSpec,
  { performance }: PlacementView
): Performance | undefined => {
  const own = performance.of(spec.id, type)
  return own !== undefined && own.runs > 0 ? own : performance.worker(spec.id)
}

/**
 * Least response time: the worker that answers fastest, with what it has in flight counted in.
 *
 * Formula: the least mean run time ÷ success rate × (slots in use + 1); for critical and high tasks ÷ the worker's priority
 * multiplier. The mean is that of successful runs of this type there, or of all types where this one is new to the worker.
 * Divided by the success rate it is the time until a run succeeds, if each failure is run again. A worker that has done
 * nothing yet gets one task at once, and no second until that has ended; one that never succeeded comes last.
 * Source: least response time of S2; time × connections is the rule of hardware balancers.
 * Ties: the next in turn. Cost: O(log n) with `view.pool`, otherwise O(n).
 * Not where run times differ within a type: its mean follows the mix of tasks, not the worker. Nor where workers are slow for
 * a while: with little to do nobody looks whether they still are. Take `peak_ewma` there.
 */
export const leastResponseTime = () =>
  ({
    id: "least_response_time",
    tieRule: "the next in turn",
    ties: "turn",
    classOf: ({ type }) => type,
    rank: (task, worker, view) => {
      const known = knownOf(worker, task, view)
      if (known === undefined || !(known.runs > 0)) return worker.slots === 0 ? penalty : -penalty - worker.slots
      const { meanMs, successRate } = known
      if (!(successRate > 0) || !(meanMs >= 0 && meanMs < penalty)) return -penalty - worker.slots
      return (-meanMs / Math.min(1, Math.max(leastSuccess, successRate))) * (worker.slots + 1)
    }
  }) satisfies RankStrategy
