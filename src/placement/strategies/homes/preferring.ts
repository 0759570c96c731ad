import { fitsNow, type WorkerRecord } from "../../../ledger/index.ts"
import type { TaskSpec } from "../../../model/index.ts"
import { decide } from "../../decision/decide.ts"
import { type Route, routeOf } from "../../pipeline/delegation.ts"
import { willFit, workerIn } from "../../pipeline/homing.ts"
import type { DelegatingStrategy, SeekStrategy, Strategy } from "../../strategy.ts"
import type { PlacementView } from "../../view.ts"
import { tellRoute } from "../choosing/tell-route.ts"

/**
 * Preferring: a task that names workers goes to the first of them that has room; the inner strategy decides about all
 * others.
 *
 * Formula: the first of `preferredWorkers` that fits now, is not kept free for another task and is not turned down. It is a
 * wish, not a demand: where none of them has room the task goes elsewhere at once. A demand is `requires`, by hostname or
 * label.
 * Ties: by the order in which they are named. Cost: O(named) with `view.pool`, or the inner strategy's.
 * Not for keeping tasks together: their submitter would have to know the pool. Take sticky or consistent_hash.
 */
export const preferring = (inner: Strategy): DelegatingStrategy => {
  /** The first that is named and accepted. */
  const firstNamed = (task: TaskSpec, view: PlacementView, accept: (worker: WorkerRecord) => boolean) => {
    for (const id of task.preferredWorkers) {
      const worker = workerIn(view, id)
      if (worker !== undefined && accept(worker)) return worker
    }
    return undefined
  }
  const free = (task: TaskSpec, view: PlacementView): WorkerRecord | undefined =>
    firstNamed(
      task,
      view,
      (worker) => fitsNow(task.requirements, worker) && (worker.heldFor === undefined || worker.heldFor === task.id)
    )
  /** Who decided in place of the workers that were turned down, in the decision at hand. */
  let instead: Route | undefined

  const named: SeekStrategy = {
    id: "preferred",
    tieRule: "the one named first",
    seek: (task, view, filter, now) => {
      const worker = firstNamed(task, view, (each) => filter.fits(each))
      instead = worker === undefined ? routeOf(inner, task, view, now) : undefined
      return instead === undefined ? worker : decide(instead.by, task, view, filter, now, false).worker
    },
    proposed: (task, worker, view) => tellRoute(instead, task, worker, view)
  }

  return {
    id: "preferring",
    heeds: ["preferredWorkers", ...(inner.heeds ?? [])],
    delegates: [named, inner],
    delegate: (task, view) => (task.preferredWorkers.length > 0 && free(task, view) !== undefined ? named : inner),
    because: (task, view) => {
      if (task.preferredWorkers.length === 0) return "it names no workers"
      const worker = free(task, view)
      return worker === undefined ? "none of the workers it names has room" : `it names ${worker.spec.id}`
    },
    homeOf: (task, view) => firstNamed(task, view, (worker) => willFit(task, worker))?.spec.id
  }
}
