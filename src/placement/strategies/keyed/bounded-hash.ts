import { hash32, hashRingDefaults } from "../../../hashing/index.ts"
import type { WorkerRecord } from "../../../ledger/index.ts"
import type { TaskSpec } from "../../../model/index.ts"
import { couldEver } from "../../pipeline/homing.ts"
import type { SeekStrategy } from "../../strategy.ts"
import { leastLoaded } from "../by-load/least-loaded.ts"
import { type Directory, directoryFor } from "./directory.ts"
import { farthest, homeOnRing, preferNearest, type Search, soon } from "./next-on-ring.ts"
import { OpenLoad, type OpenSums } from "./open-load.ts"
import type { Seat } from "./roster.ts"
import { heedsOf, routingKeyOf } from "./routing-key.ts"

export interface BoundedHashOptions {
  /** How much more than its share a worker may have, at least 1. */
  readonly factor: number
  /** Points on the ring of a worker of weight 1. */
  readonly virtualNodes: number
  /** Points of all workers; where there would be more, each has fewer. */
  readonly maxPoints: number
  /** What of a task decides where it goes. */
  readonly keyOf: (task: TaskSpec) => string
}

/** A quarter more than its share is the least that proxies recommend: below it keys move at each small change of load. */
export const boundedHashDefaults: BoundedHashOptions = { ...hashRingDefaults, factor: 1.25, keyOf: routingKeyOf }

/** What each worker may have in use while this much is, once one more task has been placed. */
const boundsFor = ({ slots, weight }: OpenSums, factor: number) => {
  /** What no worker is to exceed. */
  const most = (own: number): number => Math.ceil((factor * own * (slots + 1)) / weight)
  /** Its share of ⌊factor · (total + 1)⌋, rounded so that the shares of all come to just that. */
  const share = ({ before, weight: own }: Seat): number => {
    const each = (factor * (slots + 1)) / weight
    return Math.max(1, Math.min(most(own), Math.floor((before + own) * each) - Math.floor(before * each)))
  }
  return { most, share }
}

/** One walk round the ring, and the best met that is no home: within the bound by rounding up, or the least loaded. */
class BoundedWalk {
  readonly #search: Search
  readonly #bounds: ReturnType<typeof boundsFor>
  #misses = 0
  #full = 0
  #found: WorkerRecord | undefined
  #nobody = false
  #within: WorkerRecord | undefined
  #least: WorkerRecord | undefined
  #lowest = Number.POSITIVE_INFINITY

  constructor(search: Search, bounds: ReturnType<typeof boundsFor>) {
    this.#search = search
    this.#bounds = bounds
  }

  along(directory: Directory): WorkerRecord | undefined {
    directory.walk(this.#search.hash, (seat) => this.#endsAt(seat))
    if (this.#nobody) return undefined
    return this.#found ?? this.#within ?? this.#least
  }

  #endsAt(seat: Seat): boolean {
    const { worker, weight } = seat
    if (!this.#search.filter.fits(worker)) return this.#miss(worker)
    if (worker.slots < this.#bounds.share(seat)) {
      this.#found = worker
      return true
    }
    if (worker.slots < this.#bounds.most(weight)) this.#within ??= worker
    const load = (worker.slots + 1) / weight
    if (load < this.#lowest) {
      this.#lowest = load
      this.#least = worker
    }
    return false
  }

  #miss(worker: WorkerRecord): boolean {
    const { task, view, filter, now } = this.#search
    this.#misses += 1
    if (this.#misses === soon) {
      this.#nobody = leastLoaded(task, view, filter, now) === undefined
      return this.#nobody
    }
    if (!couldEver(task, worker)) return false
    this.#full += 1
    if (this.#full !== farthest || this.#within !== undefined) return false
    const spare = leastLoaded(task, view, filter, now)
    if (spare === undefined || spare.slots >= this.#bounds.most(spare.spec.weight)) return false
    this.#found = spare
    return true
  }
}

/**
 * Consistent hashing with bounded loads: as consistent_hash, but no worker gets more than `factor` times its share of what
 * runs, so that a hot key spills over to the next workers on the ring, and comes home as its load drops.
 *
 * Formula: from hash(key) on, the first that fits and has fewer slots in use than its share of ⌊f · (total + 1)⌋ by weight,
 * at least 1; total: slots in use on all workers that take work. So nobody has more than ⌈f · w ÷ W · (total + 1)⌉. Where
 * everybody who fits has reached that, since others cannot run the task, the one with the least for its weight gets it:
 * nobody idles beside a waiting task.
 * Source: Mirrokni, Thorup and Zadimoghaddam 2018; the shares by cumulative weight as in HAProxy's `hash-balance-factor`.
 * Ties: none can arise. Cost: O(log n) with `view.pool`, and about 1 ÷ (f − 1)² workers looked at; in a pool that is nearly
 * full up to O(n).
 * Not for weights that have nothing to do with slots: the bound knows of no other size.
 */
export const boundedHash = (options: Partial<BoundedHashOptions> = {}) => {
  const { factor, virtualNodes, maxPoints, keyOf } = { ...boundedHashDefaults, ...options }
  const directoryOf = directoryFor("ring", { virtualNodes, maxPoints })
  const load = new OpenLoad()
  return {
    id: "bounded_hash",
    tieRule: "the first on the ring from its key on",
    heeds: heedsOf(keyOf),
    seek: (task, view, filter, now) => {
      const search = { task, hash: hash32(keyOf(task)), view, filter, now }
      return new BoundedWalk(search, boundsFor(load.of(view), factor)).along(directoryOf(view.workers))
    },
    prefer: (task, candidates, { workers }, _now, into) => {
      preferNearest(directoryOf(workers), hash32(keyOf(task)), candidates, into)
    },
    homeOf: (task, { workers }) => homeOnRing(directoryOf(workers), keyOf(task), task)
  } satisfies SeekStrategy
}
