import type { Ledger } from "../../ledger/index.ts"
import type { LedgerHistory } from "../history.ts"
import { booked, sumOf } from "./amounts.ts"
import type { Invariant } from "./invariant.ts"

function* differences(ledger: Ledger, history: LedgerHistory): Iterable<string> {
  for (const [workerId, worker] of ledger.workers) {
    const held = sumOf(history.heldOn(workerId), worker.spec.limits.slots)
    for (const [name, amount] of booked(worker)) {
      if (amount !== (held.get(name) ?? 0)) yield `${workerId}: ${name} booked ${amount}, held ${held.get(name) ?? 0}`
    }
  }
}

export const releases = {
  id: "D5",
  promise: "what is reserved is released exactly once, whatever way the assignment ends",
  *onEvent(event, { history }) {
    if (event._tag === "WorkerRemoved") {
      const left = history.heldOn(event.workerId)
      if (left.length > 0) yield `${event.workerId} is removed and ${left.length} reservations with it`
    }
    if (event._tag === "AssignmentReleased") {
      const { workerId, epoch } = event
      const found = history.heldOn(workerId).some((held) => held.kind === "stopping" && held.epoch === epoch)
      if (!found) yield `epoch ${epoch} on ${workerId} is released and held nothing`
    }
  },
  *atRest(ledger, { history }) {
    yield* differences(ledger, history)
  },
  *atEnd(ledger, { history }) {
    yield* differences(ledger, history)
    for (const { taskId, reservation } of history.held) yield `${taskId} still holds ${reservation.workerId}`
  }
} satisfies Invariant
