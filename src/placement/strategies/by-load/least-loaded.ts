import type { WorkerRecord } from "../../../ledger/index.ts"
import type { Millis, TaskSpec } from "../../../model/index.ts"
import { decide } from "../../decision/decide.ts"
import type { Filter } from "../../pipeline/filter.ts"
import type { PlacementView } from "../../view.ts"
import { leastConnections } from "./least-connections.ts"

/** Has no memory, so one serves all. */
const least = leastConnections({ ties: "first" })

/** The least loaded worker that fits, of equals the one that joined first; `undefined`: nobody fits. */
export const leastLoaded = (
  task: TaskSpec,
  view: PlacementView,
  filter: Filter,
  now: Millis
): WorkerRecord | undefined => decide(least, task, view, filter, now, false).worker
