import type { WorkerRecord } from "../../../ledger/index.ts"
import type { TaskSpec } from "../../../model/index.ts"
import type { Route } from "../../pipeline/delegation.ts"
import type { PlacementView } from "../../view.ts"

/** Tells those that decided within another strategy that their worker was proposed. */
export const tellRoute = (
  route: Route | undefined,
  task: TaskSpec,
  worker: WorkerRecord,
  view: PlacementView
): void => {
  if (route === undefined) return
  for (const each of [...route.through, route.by]) each.proposed?.(task, worker, view)
}
