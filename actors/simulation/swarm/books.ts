import type { Ledger, WorkerRecord } from "../../../src/ledger/index.ts"
import { resourceNames } from "../../../src/model/index.ts"
import type { Held, LedgerHistory } from "../../../src/testing/index.ts"

/** Slots that are taken by these; what was sent ahead takes none yet. */
const slotsOf = (held: ReadonlyArray<Held>, { spec }: WorkerRecord): number => {
  let slots = 0
  for (const { reservation } of held) {
    if (reservation.ahead !== true) slots += reservation.whole === true ? spec.limits.slots : 1
  }
  return slots
}

/**
 * I5, cheaply enough for every event: what each worker's books say is within its limits, and is what the events reserved
 * so far. Between two turns the ledger's audit goes through the rest, devices too.
 */
export function* booksAmiss({ workers }: Ledger, history: LedgerHistory): Iterable<string> {
  for (const [workerId, worker] of workers) {
    const { slots, used, spec } = worker
    const held = history.heldOn(workerId)
    const { limits } = spec
    const taken = slotsOf(held, worker)
    if (slots !== taken) yield `I5: ${workerId} has ${slots} slots booked, and ${taken} are held`
    if (slots > limits.slots) yield `I5: ${workerId} has ${slots} of ${limits.slots} slots taken`
    for (const name of resourceNames) {
      let sum = 0
      for (const { reservation } of held) if (reservation.ahead !== true) sum += reservation.resources[name]
      if (used[name] !== sum) yield `I5: ${workerId} has ${used[name]} ${name} booked, and ${sum} is held`
      if (used[name] > limits.resources[name])
        yield `I5: ${workerId} gives ${used[name]} of ${limits.resources[name]} ${name}`
    }
  }
}
