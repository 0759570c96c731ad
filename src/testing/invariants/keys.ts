import type { Invariant } from "./invariant.ts"

/**
 * A key is held from the placement until the run has left its worker, through a migration too. The smallest limit
 * among its holders binds: each of them was let in when no more than its own limit held it.
 */
export const keys = {
  id: "D2",
  promise: "no concurrency key is held by more running tasks than its limit",
  *afterEvent(event, { history }) {
    if (event._tag !== "TaskPlaced") return
    const key = history.tasks.get(event.taskId)?.spec.concurrencyKey
    if (key === undefined) return
    const holders = history.holdersOf(key)
    const limit = Math.min(...holders.map(({ spec }) => spec.concurrencyLimit))
    if (holders.length > limit)
      yield `key ${key}: ${holders.map(({ taskId }) => taskId).join(", ")} hold it, of ${limit}`
  },
  *atEnd(ledger) {
    for (const { key } of ledger.state.waiting.keys()) yield `key ${key} is in use though nothing waits or runs`
  }
} satisfies Invariant
