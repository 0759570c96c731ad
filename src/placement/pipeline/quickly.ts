import { fitsNow, type WorkerRecord } from "../../ledger/index.ts"
import type { Millis, TaskSpec } from "../../model/index.ts"
import { somebodyFits } from "../decision/decide.ts"
import { bestIn } from "../decision/rank.ts"
import type { DecidingStrategy } from "../strategy.ts"
import type { PlacementView } from "../view.ts"
import type { Filter } from "./filter.ts"

/** Whether the strategy knows a short way: it ranks, or seeks. */
export const isQuick = (strategy: DecidingStrategy): boolean =>
  "rank" in strategy || ("seek" in strategy && strategy.seek !== undefined)

/**
 * The worker that `decide` would choose, or `undefined` where nobody fits, by a strategy that ranks or seeks; `ordinary` for
 * any other, for a task whose devices the strategy may want to name, and where the answer is none. Throws what the strategy
 * throws.
 */
export const quickly = (
  strategy: DecidingStrategy,
  task: TaskSpec,
  view: PlacementView,
  filter: Filter,
  now: Millis
): WorkerRecord | undefined | "ordinary" => {
  if (strategy.devices !== undefined && task.requirements.demand.devices.length > 0) return "ordinary"
  if ("rank" in strategy) {
    return view.pool === undefined ? "ordinary" : bestIn(view.pool, strategy, task, view, now)
  }
  if (!("seek" in strategy) || strategy.seek === undefined) return "ordinary"
  const worker = strategy.seek(task, view, filter, now)
  if (worker === undefined) return somebodyFits(task, view, filter, now) ? "ordinary" : undefined
  return fitsNow(task.requirements, worker) ? worker : "ordinary"
}
