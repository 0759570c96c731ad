import { hash32, hashRingDefaults } from "../../../hashing/index.ts"
import { fitsNow } from "../../../ledger/index.ts"
import type { Millis, TaskSpec } from "../../../model/index.ts"
import type { Homing } from "../../pipeline/homing.ts"
import type { SeekStrategy } from "../../strategy.ts"
import { directoryFor, type Lookup } from "./directory.ts"
import { homeOnRing, nextThatFits, preferNearest, waitForHome } from "./next-on-ring.ts"
import { heedsOf, routingKeyOf } from "./routing-key.ts"

export interface ConsistentHashOptions {
  /** Default `ring`. */
  readonly lookup: Lookup
  /** Points on the ring of a worker of weight 1. */
  readonly virtualNodes: number
  /** Points of all workers; where there would be more, each has fewer. */
  readonly maxPoints: number
  /** What of a task decides where it goes. */
  readonly keyOf: (task: TaskSpec) => string
  /** How long a task may wait for its home while others are free. */
  readonly waitMs: Millis
}

export const consistentHashDefaults: ConsistentHashOptions = {
  ...hashRingDefaults,
  lookup: "ring",
  keyOf: routingKeyOf,
  waitMs: 0
}

/**
 * Consistent hashing: tasks of one key go to one worker, its home, without anybody remembering which.
 *
 * Formula: the worker at the first point from hash(key) on, each with 100 points × its weight. Where that one does not fit,
 * the next other worker on the ring that does; where the 64 next that could run it are full, the least loaded. When there is
 * room again the key is back at home. The key: sticky key, else concurrency key, else model and affinity hints, else id.
 * A worker that leaves gives its keys to those next on the ring, one that joins takes its share from all, and no other key
 * moves.
 * Spread: a worker's share of the keys differs by about a tenth (standard deviation). Above 10,485 workers of weight 1 the
 * ring keeps to a million points: at 100,000 each has 10, its share differs by a third, and a change moves about twice as
 * many keys. `lookup: "maglev"` is the most even, for pools that change seldom: each change takes some 3 ms at 100 workers,
 * 40 at 1,000 and over a second at 10,000.
 * Source: Karger et al. 1997; Maglev: Eisenbud et al. 2016.
 * Ties: none can arise. Cost: O(log n); a change of members copies the points.
 * Not for few keys, or one that most tasks have: take bounded_hash there.
 */
export const consistentHash = (options: Partial<ConsistentHashOptions> = {}) => {
  const { lookup, virtualNodes, maxPoints, keyOf, waitMs } = { ...consistentHashDefaults, ...options }
  const directoryOf = directoryFor(lookup, { virtualNodes, maxPoints })
  return {
    id: "consistent_hash",
    tieRule: "the first on the ring from its key on",
    heeds: heedsOf(keyOf),
    seek: (task, view, filter, now) =>
      nextThatFits(directoryOf(view.workers), { task, hash: hash32(keyOf(task)), view, filter, now }),
    prefer: (task, candidates, { workers }, _now, into) => {
      preferNearest(directoryOf(workers), hash32(keyOf(task)), candidates, into)
    },
    waitFor: (task, { workers }, now, since) => {
      const until = since + waitMs
      if (until <= now) return undefined
      const fits = fitsNow.bind(undefined, task.requirements)
      return waitForHome(directoryOf(workers), hash32(keyOf(task)), task, fits, until)
    },
    homeOf: (task, { workers }) => homeOnRing(directoryOf(workers), keyOf(task), task)
  } satisfies SeekStrategy & Homing
}
