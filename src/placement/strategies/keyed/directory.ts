import { HashRing, type HashRingOptions, MaglevTable } from "../../../hashing/index.ts"
import type { WorkerRecord } from "../../../ledger/index.ts"
import { forEachSize, Roster, type Seat } from "./roster.ts"

/** Who a key belongs to, and who comes next. */
export interface Directory {
  at(hash: number): Seat | undefined
  /** Each member once, the key's own first, until one is accepted. */
  walk(hash: number, accept: (seat: Seat) => boolean): Seat | undefined
}

/** `ring`: changes are cheap. `maglev`: look-ups are quickest and shares most even, and each change fills the table anew. */
export type Lookup = "ring" | "maglev"

const memberOf = (seat: Seat) => ({ name: seat.name, weight: seat.weight, value: seat })

/** A hash ring that follows the pool. */
const followingRing = (options: Partial<HashRingOptions>) => {
  const roster = new Roster()
  const ring = new HashRing<Seat>(options)
  return (workers: ReadonlyArray<WorkerRecord>): Directory => {
    const change = roster.meet(workers)
    if (change !== undefined)
      ring.change(
        change.joined.map(memberOf),
        change.left.map(({ name }) => name)
      )
    return ring
  }
}

/** A Maglev table that follows the pool. */
const followingTable = () => {
  const roster = new Roster()
  let table = new MaglevTable<Seat>([])
  return (workers: ReadonlyArray<WorkerRecord>): Directory => {
    if (roster.meet(workers) !== undefined) table = new MaglevTable(roster.seats.map(memberOf))
    return table
  }
}

/** The directory of whatever workers it is asked for, brought up to date from those before. */
export const directoryFor = (lookup: Lookup, options: Partial<HashRingOptions> = {}) => {
  const following = forEachSize(() => (lookup === "maglev" ? followingTable() : followingRing(options)))
  return (workers: ReadonlyArray<WorkerRecord>): Directory => following(workers)(workers)
}
