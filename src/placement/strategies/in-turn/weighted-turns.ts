import { type Ranked, RankHeap } from "../../../collections/index.ts"
import type { WorkerRecord } from "../../../ledger/index.ts"
import type { WeightView, WorkerId } from "../../../model/index.ts"

/** A weight no division trips over. */
const leastWeight = 1e-6

/** A worker in the round. */
class Seat implements Ranked {
  heapIndex = -1
  worker: WorkerRecord
  readonly weight: number
  /** Its place in the order of joining: of equals the first goes first. */
  readonly place: number
  /** Turns it was owed when the round was made up; below 0 where it had more than its share. */
  owed = 0
  /** Turns it has had since, and those that are foreseen for it. */
  turns = 0
  foreseen = 0
  /** Rounds after which its next turn may come, and by which it must have. */
  from = 0
  due = 0

  constructor(worker: WorkerRecord, weight: number, place: number) {
    this.worker = worker
    this.weight = weight
    this.place = place
  }
}

const weightOf = ({ spec }: WorkerRecord, weights: WeightView | undefined): number => {
  const weight = weights?.of(spec.id) ?? spec.weight
  return weight > leastWeight && weight < Number.POSITIVE_INFINITY ? weight : leastWeight
}

const isDueBefore = (a: Seat, b: Seat): boolean => a.due < b.due || (a.due === b.due && a.place < b.place)
const comesBefore = (a: Seat, b: Seat): boolean => a.from < b.from || (a.from === b.from && a.place < b.place)

/**
 * Turns in proportion to weights, as evenly as turns can be: after N turns a worker of weight w of a total W has had w·N/W,
 * less or more by at most 1 − 1/(2n − 2).
 *
 * Time is counted in rounds: one turn takes 1/W of it. A worker's k-th turn may come as soon as its share has grown to
 * k + 1/(2n − 2), and is due when it reaches k + 1 − 1/(2n − 2), k counted from 0; of those that may come the one first due
 * does (Tijdeman 1980). Two heaps hold those that may come and those that may not yet: O(log n) a turn.
 *
 * Where members come or go, or a weight changes, the round is made up anew, O(n): each keeps what it is owed. As that no
 * longer adds up, either those who are owed turns or those who had too many give in, all by the same share; nobody is
 * ever owed more than before. Whoever joins is owed nothing.
 */
export class WeightedTurns {
  #seats = new Map<WorkerId, Seat>()
  #noted: ReadonlyArray<WorkerRecord> | undefined
  #weights: WeightView | undefined
  #version: number | undefined
  #ready = new RankHeap<Seat>(isDueBefore)
  #later = new RankHeap<Seat>(comesBefore)
  #total = 0
  /** How near to a whole turn a share is to come before the turn may, and before it must. */
  #margin = 0
  /** Turns over since the round was made up. */
  #given = 0
  /** Turns that are foreseen: the first of them at `#next`. */
  #coming: Array<Seat> = []
  #next = 0

  /**
   * The same members with the same weights, or the round is made up anew: O(1) for the list it was made up for.
   * `weights`: as learned; left out, as declared.
   */
  settle(workers: ReadonlyArray<WorkerRecord>, weights?: WeightView): void {
    if (workers === this.#noted && weights?.version === this.#version) return
    this.#weights = weights
    this.#version = weights?.version
    if (!this.#isMadeUpFor(workers)) this.#makeUp(workers)
    this.#noted = workers
  }

  /** Members in the round. */
  get size(): number {
    return this.#seats.size
  }

  /** Whose turn it is, `ahead` turns from now. Foreseeing it changes nothing. */
  at(ahead: number): WorkerRecord | undefined {
    while (this.#coming.length - this.#next <= ahead) {
      const seat = this.#foreseeOne()
      if (seat === undefined) return undefined
      this.#coming.push(seat)
    }
    return this.#coming[this.#next + ahead]?.worker
  }

  /** So many turns are over. */
  pass(turns: number): void {
    const last = this.at(turns - 1)
    // A weight that has changed is noticed when its worker has had a turn.
    if (last !== undefined && weightOf(last, this.#weights) !== this.#seats.get(last.spec.id)?.weight)
      this.#noted = undefined
    for (let turn = 0; turn < turns; turn += 1) {
      const seat = this.#coming[this.#next]
      if (seat === undefined) return
      this.#next += 1
      this.#given += 1
      seat.foreseen -= 1
      seat.turns += 1
    }
    if (this.#next < 64 || this.#next < this.#coming.length / 2) return
    this.#coming = this.#coming.slice(this.#next)
    this.#next = 0
  }

  /** The worker has its next turn out of order, however far ahead that is; more than one ahead is not held against it. */
  takeEarly(workerId: WorkerId): void {
    const seat = this.#seats.get(workerId)
    if (seat === undefined) return
    const index = this.#coming.indexOf(seat, this.#next)
    seat.turns += 1
    if (index >= 0) {
      this.#coming.splice(index, 1)
      seat.foreseen -= 1
      this.#given += 1
      return
    }
    this.#ready.remove(seat)
    this.#later.remove(seat)
    seat.owed += Math.max(0, -1 - this.#owedTo(seat))
    this.#setTimes(seat)
    this.#later.push(seat)
  }

  /** In rounds from now, when the worker's next turn is due; infinite for one that is no member. */
  dueIn(workerId: WorkerId): number {
    const seat = this.#seats.get(workerId)
    if (seat === undefined) return Number.POSITIVE_INFINITY
    return (1 - this.#margin - this.#owedTo(seat)) / seat.weight
  }

  /** In turns; below 0 where it had more than its share. */
  #owedTo({ owed, weight, turns }: Seat): number {
    return owed + (weight * this.#given) / this.#total - turns
  }

  #isMadeUpFor(workers: ReadonlyArray<WorkerRecord>): boolean {
    if (workers.length !== this.#seats.size) return false
    let place = 0
    for (const [id, seat] of this.#seats) {
      const worker = workers[place]
      if (worker?.spec.id !== id || seat.weight !== weightOf(worker, this.#weights)) return false
      seat.worker = worker
      place += 1
    }
    return true
  }

  #makeUp(workers: ReadonlyArray<WorkerRecord>): void {
    const owed = new Map<WorkerId, number>()
    for (const { spec } of workers) {
      const seat = this.#seats.get(spec.id)
      owed.set(spec.id, seat === undefined ? 0 : this.#owedTo(seat))
    }
    const settled = evened(owed)
    const weights = this.#weights
    this.#seats = new Map(
      workers.map((worker, place) => [worker.spec.id, new Seat(worker, weightOf(worker, weights), place)])
    )
    this.#total = 0
    for (const { weight } of this.#seats.values()) this.#total += weight
    this.#margin = workers.length > 1 ? 1 / (2 * workers.length - 2) : 0
    this.#given = 0
    this.#coming = []
    this.#next = 0
    this.#ready = new RankHeap<Seat>(isDueBefore)
    this.#later = new RankHeap<Seat>(comesBefore)
    for (const [id, seat] of this.#seats) {
      seat.owed = settled.get(id) ?? 0
      this.#setTimes(seat)
      this.#later.push(seat)
    }
  }

  #setTimes(seat: Seat): void {
    const { turns, foreseen, owed, weight } = seat
    seat.from = (turns + foreseen + this.#margin - owed) / weight
    seat.due = (turns + foreseen + 1 - this.#margin - owed) / weight
  }

  #foreseeOne(): Seat | undefined {
    const rounds = (this.#given + this.#coming.length - this.#next + 1) / this.#total
    for (let seat = this.#later.first; seat !== undefined && seat.from <= rounds; seat = this.#later.first) {
      this.#later.remove(seat)
      this.#ready.push(seat)
    }
    // Where turns were taken early, or by a hair's breadth of rounding, nobody may come yet: the next one does.
    const seat = this.#ready.first ?? this.#later.first
    if (seat === undefined) return undefined
    this.#ready.remove(seat)
    this.#later.remove(seat)
    seat.foreseen += 1
    this.#setTimes(seat)
    this.#later.push(seat)
    return seat
  }
}

/** What is owed adds up to nothing again. */
const evened = (owed: ReadonlyMap<WorkerId, number>): ReadonlyMap<WorkerId, number> => {
  let toGive = 0
  let had = 0
  for (const turns of owed.values()) {
    if (turns > 0) toGive += turns
    else had -= turns
  }
  const kept = Math.min(toGive, had)
  return new Map(
    [...owed].map(([id, turns]) => [id, turns === 0 ? 0 : turns > 0 ? (turns * kept) / toGive : (turns * kept) / had])
  )
}
