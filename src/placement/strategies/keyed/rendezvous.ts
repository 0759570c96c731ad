import { hash32, type Identity, identityOf, rendezvousDraw, rendezvousScore } from "../../../hashing/index.ts"
import { fitsNow, type WorkerRecord } from "../../../ledger/index.ts"
import type { Millis, TaskSpec } from "../../../model/index.ts"
import { type Homing, willFit } from "../../pipeline/homing.ts"
import type { SeekStrategy } from "../../strategy.ts"
import { isFull } from "../by-lot/fitting-draws.ts"
import { forEachSize, Roster, type Seat } from "./roster.ts"
import { heedsOf, routingKeyOf } from "./routing-key.ts"

export interface RendezvousOptions {
  /** What of a task decides where it goes. */
  readonly keyOf: (task: TaskSpec) => string
  /** How long a task may wait for its home while others are free. */
  readonly waitMs: Millis
}

export const rendezvousDefaults: RendezvousOptions = { keyOf: routingKeyOf, waitMs: 0 }

/** More weights than these are not told apart beforehand. */
const maxWeights = 16
const range = 2 ** 32
/** Less than this share is within what logarithms are rounded by. */
const rounding = 1e-9

/** Who of a pool stands out most for a key. */
class Contest {
  readonly #roster = new Roster()
  #seats: ReadonlyArray<Seat> = []
  /** Both hashes of each, one after the other. */
  #identities = new Int32Array(0)
  #places: ReadonlyMap<string, number> = new Map()
  /** The weights there are, and which of them each has; none where there are too many. */
  #weights: ReadonlyArray<number> = []
  #weightOf = new Uint8Array(0)
  /** By weight, the least hash that can win still. */
  readonly #bars = new Float64Array(maxWeights)

  meet(workers: ReadonlyArray<WorkerRecord>): this {
    this.#roster.meet(workers)
    const { seats } = this.#roster
    // Also where nobody came or went, the order may be another.
    if (seats === this.#seats) return this
    const identities = new Int32Array(2 * seats.length)
    seats.forEach((seat, place) => {
      const { first, second } = this.#identityOf(seat)
      identities[2 * place] = first
      identities[2 * place + 1] = second
    })
    const weights = [...new Set(seats.map(({ weight }) => weight))]
    this.#seats = seats
    this.#identities = identities
    this.#places = new Map(seats.map(({ name }, place) => [name, place]))
    this.#weights = weights.length > maxWeights ? [] : weights
    this.#weightOf = Uint8Array.from(seats, ({ weight }) => this.#weights.indexOf(weight))
    return this
  }

  /** The highest of those accepted; `accept` is asked of whoever is higher than all before. */
  highest(hash: number, accept: (worker: WorkerRecord) => boolean): WorkerRecord | undefined {
    const bars = this.#bars.fill(Number.NEGATIVE_INFINITY)
    const weightOf = this.#weightOf
    const identities = this.#identities
    const size = this.#seats.length
    let best: WorkerRecord | undefined
    let highest = Number.NEGATIVE_INFINITY
    for (let place = 0; place < size; place += 1) {
      const drawn = rendezvousDraw(identities[2 * place] ?? 0, identities[2 * place + 1] ?? 0, hash)
      if (drawn < (bars[weightOf[place] ?? 0] ?? 0)) continue
      const seat = this.#seats[place]
      if (seat === undefined) continue
      const score = rendezvousScore(drawn, seat.weight)
      if (score <= highest || !accept(seat.worker)) continue
      highest = score
      best = seat.worker
      this.#raiseBars(highest)
    }
    return best
  }

  /** Its score as the power u^(1/w), which orders workers in the same way, 0–1. */
  chanceOf({ spec }: WorkerRecord, hash: number): number {
    const place = this.#places.get(spec.id)
    if (place === undefined) return Number.NaN
    const drawn = rendezvousDraw(this.#identities[2 * place] ?? 0, this.#identities[2 * place + 1] ?? 0, hash)
    return Math.exp(-1 / rendezvousScore(drawn, spec.weight))
  }

  /** Most are told by a comparison that they are not the highest, and a logarithm is spared. */
  #raiseBars(highest: number): void {
    for (let index = 0; index < this.#weights.length; index += 1) {
      const least = Math.exp(-(this.#weights[index] ?? 0) / highest)
      this.#bars[index] = least * (1 - rounding) * range - 1
    }
  }

  /** Those who stay keep their seats: their names are not hashed again. */
  #identityOf(seat: Seat): Identity {
    const place = this.#places.get(seat.name)
    if (place === undefined || this.#seats[place] !== seat) return identityOf(seat.name)
    return { first: this.#identities[2 * place] ?? 0, second: this.#identities[2 * place + 1] ?? 0 }
  }
}

/**
 * Rendezvous: each worker draws a number for the key, and the highest is its home (highest random weight).
 *
 * Formula: the highest −w ÷ ln u of those that fit, w the weight of the worker, u its hash with the key, 0–1; where all
 * weights are equal the highest u. The key as in consistent_hash. Shares follow the weights exactly but for chance, and only
 * the keys of a worker that leaves, or that one that joins takes over, move; nothing is kept of the pool but its names.
 * Source: Thaler and Ravishankar 1998; weights: Schindelhauer and Schomaker 2005.
 * Ties: the one that joined first. Cost: O(n), under ten nanoseconds a worker, whatever the weights.
 * Not for more than some hundred workers: take consistent_hash there.
 */
export const rendezvous = (options: Partial<RendezvousOptions> = {}) => {
  const { keyOf, waitMs } = { ...rendezvousDefaults, ...options }
  const following = forEachSize(() => new Contest())
  const contestOf = (workers: ReadonlyArray<WorkerRecord>) => following(workers).meet(workers)
  return {
    id: "rendezvous",
    heeds: heedsOf(keyOf),
    seek: (task, { workers, pool }, filter) => {
      if (isFull(pool, filter)) return undefined
      return contestOf(workers).highest(hash32(keyOf(task)), (worker) => filter.fits(worker))
    },
    prefer: (task, candidates, { workers }, _now, into) => {
      const contest = contestOf(workers)
      const hash = hash32(keyOf(task))
      candidates.forEach((worker, index) => {
        into[index] = contest.chanceOf(worker, hash)
      })
    },
    waitFor: (task, { workers }, now, since) => {
      const until = since + waitMs
      if (until <= now) return undefined
      const home = contestOf(workers).highest(hash32(keyOf(task)), (worker) => willFit(task, worker))
      return home === undefined || fitsNow(task.requirements, home) ? undefined : { workerId: home.spec.id, until }
    },
    homeOf: (task, { workers }) => {
      const key = keyOf(task)
      if (key === task.id) return undefined
      return contestOf(workers).highest(hash32(key), (worker) => willFit(task, worker))?.spec.id
    }
  } satisfies SeekStrategy & Homing
}
