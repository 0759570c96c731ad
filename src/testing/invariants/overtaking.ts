import { priorityRank } from "../../model/index.ts"
import type { SeenTask } from "../history.ts"
import { headStartOf } from "../model-entries.ts"
import type { Invariant } from "./invariant.ts"
import { isReady, laneOf, slipsInAt } from "./order.ts"

/** How far behind the other in urgency, in steps from one priority to the next; 0 where it is not behind. */
const stepsBehind = (task: SeenTask, other: SeenTask): number =>
  Math.max(0, priorityRank[task.spec.priority] - priorityRank[other.spec.priority])

/**
 * The bound on waiting, said without ranks. Of two tasks of one shape, one that could run is passed by another only
 * where that was accepted within (steps by which it is more urgent) × the ageing span after it, and as much later as its
 * head start for a longer run is larger: at most 4 spans and a half, and not at all among equals. So what is accepted
 * later than that makes it wait no longer. What slips in before a task that a worker is kept free for passes whoever may
 * not, for room that these could not have used.
 */
export const overtaking = {
  id: "bound",
  promise: "no task is passed by one accepted more than (difference of priorities, and of head starts) after it",
  *onEvent(event, { history, ageing, isAside }) {
    if (event._tag !== "TaskPlaced" || event.migrationId !== undefined) return
    const placed = history.tasks.get(event.taskId)
    if (placed === undefined) return
    const waiting = [...history.tasks.values()].filter(({ status }) => status === "queued")
    const maySlip = slipsInAt(placed, event.reservation.workerId, history, ageing, event.at)
    for (const other of waiting) {
      if (maySlip?.(other) === false || isAside?.(other.spec.id)) continue
      if (other === placed || laneOf(other) !== laneOf(placed)) continue
      const steps = stepsBehind(other, placed)
      const longer = Math.max(0, headStartOf(placed.spec, ageing) - headStartOf(other.spec, ageing))
      const allowed = steps * ageing + longer
      const isLate =
        placed.acceptedAt > other.acceptedAt + allowed ||
        (allowed === 0 && placed.acceptedAt === other.acceptedAt && placed.seq > other.seq)
      if (isLate && isReady(other, waiting, history, ageing)) {
        const after = placed.acceptedAt - other.acceptedAt
        yield `${event.taskId} passes ${other.spec.id}, accepted ${after} ms before it, ${allowed} ms allowed`
      }
    }
  }
} satisfies Invariant
