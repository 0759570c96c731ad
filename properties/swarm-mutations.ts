import type { Ledger } from "../src/ledger/index.ts"
import type { LedgerEvent } from "../src/model/index.ts"
import { book, changing, mutations } from "./mutations.ts"

/** A real ledger that breaks a promise, within the real runtime, and what the swarm has to say of it. */
export interface BrokenLedger {
  readonly what: string
  readonly noticed: RegExp
  readonly breakIt: (ledger: Ledger) => void
}

const known = (what: string): ((ledger: Ledger) => void) => {
  const mutation = mutations.find((other) => other.what === what)
  if (mutation === undefined) throw new Error(`there is no mutation "${what}"`)
  return mutation.breakIt
}

/** Whoever speaks for a task is heard, whatever run of it he speaks for. */
const withoutEpochs = (ledger: Ledger): void => {
  const live = (taskId: string) => ledger.task(taskId)?.assignment?.epoch
  const { complete, fail, checkpoint, requeue, offerMigration } = ledger
  ledger.complete = (taskId, epoch, ...rest) => complete.call(ledger, taskId, live(taskId) ?? epoch, ...rest)
  ledger.fail = (taskId, epoch, ...rest) => fail.call(ledger, taskId, live(taskId) ?? epoch, ...rest)
  ledger.checkpoint = (taskId, epoch, ...rest) => checkpoint.call(ledger, taskId, live(taskId) ?? epoch, ...rest)
  ledger.requeue = (taskId, epoch, ...rest) => requeue.call(ledger, taskId, live(taskId) ?? epoch, ...rest)
  ledger.offerMigration = (taskId, epoch, ...rest) =>
    offerMigration.call(ledger, taskId, live(taskId) ?? epoch, ...rest)
}

/** The placement is told first; what it takes is booked when the next thing happens. */
const bookedAfterwards = (ledger: Ledger): void => {
  let owed: Extract<LedgerEvent, { readonly _tag: "TaskPlaced" }> | undefined
  changing((event, apply, state) => {
    if (owed !== undefined) book(state, owed.reservation, 1)
    owed = undefined
    apply(event)
    if (event._tag !== "TaskPlaced" || event.migrationId !== undefined || event.reservation.ahead === true) return
    book(state, event.reservation, -1)
    owed = event
  })(ledger)
}

export const brokenLedgers: ReadonlyArray<BrokenLedger> = [
  { what: "no epoch is checked", noticed: /^I3/, breakIt: withoutEpochs },
  { what: "a crash releases nothing", noticed: /^I5/, breakIt: known("a crash releases nothing") },
  {
    what: "a key is released before its run has let go",
    noticed: /^I4/,
    breakIt: known("a cancelled run gives its key back before its worker has let go")
  },
  { what: "a placement is committed before its reservation", noticed: /^I5/, breakIt: bookedAfterwards }
]
