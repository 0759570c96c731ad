import type { LedgerEventOf, WorkerId } from "../../model/index.ts"
import type { SeenWorker } from "../history.ts"
import { type Amounts, booked, limitsAsAmounts, sumOf } from "./amounts.ts"
import type { Invariant } from "./invariant.ts"

function* above(workerId: WorkerId, taken: Amounts, limits: Amounts): Iterable<string> {
  for (const [name, amount] of taken) {
    const limit = limits.get(name) ?? 0
    if (amount > limit) yield `${workerId}: ${name} ${amount} of ${limit}`
  }
}

/**
 * What is given to the worker now is within what it may take now. What it has had since before its limit was lowered is
 * no fault, and neither is a move that was agreed on before, nor one that has the whole worker.
 */
function* beyondLimit(
  event: LedgerEventOf<"TaskPlaced" | "MigrationOffered">,
  { spec, limit }: SeenWorker,
  taken: Amounts
) {
  const { workerId, ahead, whole } = event.reservation
  if (ahead === true || whole === true || (event._tag === "TaskPlaced" && event.migrationId !== undefined)) return
  const slots = taken.get("slots") ?? 0
  if (slots > limit && slots <= spec.limits.slots)
    yield `${workerId}: slots ${slots} of the ${limit} that it may take now`
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
    else {
      const taken = sumOf(history.heldOn(workerId), worker.spec.limits.slots)
      yield* above(workerId, taken, limitsAsAmounts(worker.spec.limits))
      yield* beyondLimit(event, worker, taken)
    }
  },
  *atRest(ledger) {
    for (const [workerId, worker] of ledger.workers) {
      yield* above(workerId, booked(worker), limitsAsAmounts(worker.spec.limits))
    }
  }
} satisfies Invariant
