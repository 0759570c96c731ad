import { fitsNow, hasRoomFor, type Ledger } from "../../../src/ledger/index.ts"

/** I8: what could run at once and does not, some time after the last fault: nobody would ever look at it again. */
export function* idleBesideWork({ state, workers }: Ledger): Iterable<string> {
  for (const task of state.tasks.values()) {
    if (task.status !== "queued" || !state.waiting.isReady(task)) continue
    const { id, requirements } = task.spec
    for (const worker of workers.values()) {
      const isKept = worker.heldFor !== undefined && worker.heldFor !== id
      const isResting = worker.phase === "resting" && hasRoomFor(requirements, worker)
      if (!isKept && isResting) yield `I8: ${id} waits, and ${worker.spec.id} rests and could take it`
      if (!isKept && fitsNow(requirements, worker)) yield `I8: ${id} waits, and ${worker.spec.id} is free for it`
    }
  }
}
