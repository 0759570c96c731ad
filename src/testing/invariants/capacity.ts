import type { WorkerId } from "../../model/index.ts"
import { type Amounts, booked, limitsAsAmounts, sumOf } from "./amounts.ts"
import type { Invariant } from "./invariant.ts"

function* above(workerId: WorkerId, taken: Amounts, limits: Amounts): Iterable<string> {
  for (const [name, amount] of taken) {
    const limit = limits.get(name) ?? 0
    if (amount > limit) yield `${workerId}: ${name} ${amount} of ${limit}`
  }
}

/** Checked by what the events reserved, and by what the ledger says is taken. */
export const capacity = {
  id: "D1",
  promise: "no resource of any worker is ever oversubscribed",
  *afterEvent(event, { history }) {
    if (event._tag !== "TaskPlaced" && event._tag !== "MigrationOffered") return
    const { workerId } = event.reservation
    const worker = history.workers.get(workerId)
    if (worker === undefined) yield `${workerId} is unknown and takes ${event.taskId}`
    else
      yield* above(
        workerId,
        sumOf(history.heldOn(workerId), worker.spec.limits.slots),
        limitsAsAmounts(worker.spec.limits)
      )
  },
  *atRest(ledger) {
    for (const [workerId, worker] of ledger.workers) {
      yield* above(workerId, booked(worker), limitsAsAmounts(worker.spec.limits))
    }
  }
} satisfies Invariant
