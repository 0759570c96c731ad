import type { InvariantId } from "../../../src/testing/index.ts"

/**
 * What must hold whatever goes wrong, and when that is checked.
 *
 * - I1 no accepted task is lost: between two turns (every task the events know of stands where they say), and at the end.
 * - I2 at most one accepted completion a task: at every event.
 * - I3 accepted epochs of a task strictly rise, and only the live one is heard: at every event and at every call of the
 *   ledger that names an epoch; what really runs on the threads whenever a run begins.
 * - I4 never more holders of a key than its limit: at every event, between two turns, and on the threads.
 * - I5 reservations within capacity, and booked as the events say: at every event.
 * - I6 order per sender and actor: at every batch of reports that gets to the coordinator.
 * - I7 every promise settles, and says what the ledger says: at the end.
 * - I8 once faults stop, everything ends in bounded time: at the end of a liveness run; and before help comes, nothing
 *   waits beside a worker that is free for it.
 * - I9 the parts beside the ring come back, whatever befell them, and are at work: at the end of a liveness run.
 *
 * Whatever else the ledger promises (D6–D8, the bound on waiting, A6), and G7 of moves that the runtime itself chooses, keep their own names.
 */
const invariantOf: Partial<Record<string, string>> = {
  D1: "I5",
  D2: "I4",
  D3: "I3",
  D4: "I1",
  D5: "I5"
}

/** A line that names the invariant, and the ledger's own promise it follows from. */
export const violationOf = (id: InvariantId, what: string): string => {
  const invariant = invariantOf[id]
  return invariant === undefined ? `${id}: ${what}` : `${invariant} (${id}): ${what}`
}

/** The same for a line of the ledger's audit, which begins with the promise it is about. */
export const violationOfAudit = (line: string): string => {
  const end = line.indexOf(": ")
  const invariant = invariantOf[line.slice(0, end)]
  return invariant === undefined ? line : `${invariant} (${line.slice(0, end)}): ${line.slice(end + 2)}`
}

/** What a violation begins with: the promise that is broken. */
export const brokenPromise = (violation: string): string => /^[A-Za-z]+\d*/.exec(violation)?.[0] ?? violation
