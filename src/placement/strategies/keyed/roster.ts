import type { WorkerRecord } from "../../../ledger/index.ts"

/** A worker as a member of a ring or table; the record is replaced where another comes under the same id. */
export interface Seat {
  readonly name: string
  readonly weight: number
  worker: WorkerRecord
  /** The weight of all that joined before it. */
  before: number
}

export interface Change {
  readonly joined: ReadonlyArray<Seat>
  /** Whoever comes back with another weight has left and joined. */
  readonly left: ReadonlyArray<Seat>
}

const isSeatOf = (worker: WorkerRecord, { weight }: Seat): boolean => worker.spec.weight === weight

/**
 * The members of a pool, and what changed since the last look: O(1) while the view brings the same list, otherwise O(n) to
 * compare, and a map of those between the first and the last difference alone.
 */
export class Roster {
  #workers: ReadonlyArray<WorkerRecord> = []
  #seats: ReadonlyArray<Seat> = []

  /** In the order of joining. */
  get seats(): ReadonlyArray<Seat> {
    return this.#seats
  }

  /** Brings it to these members. `undefined`: nobody came or went. */
  meet(workers: ReadonlyArray<WorkerRecord>): Change | undefined {
    const known = this.#workers
    if (workers === known) return undefined
    const shorter = Math.min(known.length, workers.length)
    let start = 0
    while (start < shorter && known[start] === workers[start]) start += 1
    let tail = 0
    while (tail < shorter - start && known[known.length - 1 - tail] === workers[workers.length - 1 - tail]) tail += 1
    const before = new Map(this.#seats.slice(start, known.length - tail).map((seat) => [seat.name, seat]))
    const joined: Array<Seat> = []
    const between = workers.slice(start, workers.length - tail).map((worker) => {
      const seat = before.get(worker.spec.id)
      if (seat !== undefined && isSeatOf(worker, seat)) {
        before.delete(seat.name)
        seat.worker = worker
        return seat
      }
      const fresh = { name: worker.spec.id, weight: worker.spec.weight, worker, before: 0 }
      joined.push(fresh)
      return fresh
    })
    this.#seats = this.#seats.slice(0, start).concat(between, this.#seats.slice(known.length - tail))
    this.#workers = workers
    this.#addUp(start)
    const left = [...before.values()]
    return joined.length + left.length === 0 ? undefined : { joined, left }
  }

  #addUp(start: number): void {
    const previous = this.#seats[start - 1]
    let before = previous === undefined ? 0 : previous.before + previous.weight
    for (let index = start; index < this.#seats.length; index += 1) {
      const seat = this.#seats[index]
      if (seat === undefined) return
      seat.before = before
      before += seat.weight
    }
  }
}

/** Up to so many workers a view may be a look back, for an explanation, at a pool that is another by now. */
const few = 8

/** One for the pool and one for looks back at a few workers, so that neither undoes what the other has built. */
export const forEachSize = <T>(make: () => T): ((workers: ReadonlyArray<WorkerRecord>) => T) => {
  const small = make()
  const large = make()
  return ({ length }) => (length <= few ? small : large)
}
