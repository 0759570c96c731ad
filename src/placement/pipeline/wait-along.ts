import { fitsNow, takesWork } from "../../ledger/index.ts"
import type { Millis, TaskSpec, WorkerId } from "../../model/index.ts"
import { Nonsense } from "../decision/nonsense.ts"
import type { PlacementView } from "../view.ts"
import { faultOf } from "./answer.ts"
import { nameOfRoute, type Route } from "./delegation.ts"
import { type WaitFor, workerIn } from "./homing.ts"
import type { PlaceOptions } from "./proposal.ts"

/** What the first along the way says that has something to say: those that leave the decision to others before these. */
const firstSaid = <Said>(
  { by, through }: Route,
  says: (strategy: Route["by"] | Route["through"][number]) => Said | undefined
): Said | undefined => {
  for (const strategy of through) {
    const said = says(strategy)
    if (said !== undefined) return said
  }
  return says(by)
}

/** Nobody waits for a worker that is not there, takes no work, or could take the task now. */
const isWorthIt = ({ workerId, until }: WaitFor, task: TaskSpec, view: PlacementView, now: Millis): boolean => {
  if (!Number.isFinite(until)) throw new Nonsense(`would wait for ${workerId} until ${String(until)}`)
  const worker = workerIn(view, workerId)
  if (worker === undefined || !takesWork(worker.phase) || until <= now) return false
  return !fitsNow(task.requirements, worker) || (worker.heldFor !== undefined && worker.heldFor !== task.id)
}

/** Whether the task, for which a worker was found, had better wait for another. A fault is reported, and it does not wait. */
export const waitAlong = (
  route: Route,
  task: TaskSpec,
  view: PlacementView,
  now: Millis,
  since: Millis,
  options: PlaceOptions
): WaitFor | undefined => {
  if (route.through.length === 0 && route.by.waitFor === undefined) return undefined
  try {
    const wait = firstSaid(route, (strategy) => strategy.waitFor?.(task, view, now, since))
    return wait !== undefined && isWorthIt(wait, task, view, now) ? wait : undefined
  } catch (cause) {
    faultOf(nameOfRoute(route), task, cause, options)
    return undefined
  }
}

/** The worker where the task is at home, be it free or not. */
export const homeAlong = (
  route: Route,
  task: TaskSpec,
  view: PlacementView,
  now: Millis,
  options: PlaceOptions
): WorkerId | undefined => {
  if (route.through.length === 0 && route.by.homeOf === undefined) return undefined
  try {
    return firstSaid(route, (strategy) => strategy.homeOf?.(task, view, now))
  } catch (cause) {
    faultOf(nameOfRoute(route), task, cause, options)
    return undefined
  }
}
