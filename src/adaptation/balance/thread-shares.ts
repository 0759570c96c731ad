import type { WorkerId } from "../../model/index.ts"

/** Use of a thread from which on it tells nothing of what its tasks ask for: they get what there is. */
const full = 0.85
/** The least weight of a new look: what is seen at a look is chance, and only means tell. */
const leastWeight = 0.05
/** A task that asks for less than this share of a thread slows nobody down. */
const smallest = 1 / 1_024
/** Halvings in which a share is found to within a hundredth of itself. */
const halvings = 12

/** Steady looks from which on only these count. */
const enough = 3
/** Weight of the newest steady look. */
const steadyWeight = 0.2

/** What a worker's thread was seen to do since the last look. */
export interface ThreadSight {
  readonly running: number
  /** The share of its time in which something computed, 0–1. */
  readonly busy: number
  /** Whether most of them have run since the last look. Left out: not so. */
  readonly steady?: boolean
}

interface Seen {
  looks: number
  running: number
  busy: number
  steadyLooks: number
  share: number
}

/**
 * Which share of its thread one task would compute if it had it to itself, 0–1: from that follows by how much tasks slow
 * each other down. A task that computes all the time asks for all of it, one that waits for a disk or a timer for little.
 *
 * Learned while the thread is not full. Where most tasks have run since the last look it is their use ÷ how many they are.
 * Where they come and go it follows from the means: with a share of 1/c they are those of a queue with c places, tasks =
 * c·use + use^√(2(c+1)) ÷ (1 − use) (Sakasegawa's approximation, exact for c = 1). A full thread tells no more than that
 * each asks for at least its equal part. 1, the worst, until it was seen otherwise.
 */
export class ThreadShares {
  readonly #seen = new Map<WorkerId, Seen>()

  /** A look at a worker's thread. Figures that cannot be used are left out. */
  see(workerId: WorkerId, { running, busy, steady = false }: ThreadSight): void {
    if (!(running >= 0 && running < Number.POSITIVE_INFINITY && busy >= 0)) return
    let seen = this.#seen.get(workerId)
    if (seen === undefined) {
      seen = { looks: 0, running: 0, busy: 0, steadyLooks: 0, share: 1 }
      this.#seen.set(workerId, seen)
    }
    seen.looks += 1
    const weight = Math.max(leastWeight, 1 / seen.looks)
    seen.running += (running - seen.running) * weight
    seen.busy += (Math.min(1, busy) - seen.busy) * weight
    const least = running === 0 ? 0 : Math.min(1, busy / running)
    if (steady && running > 0 && busy < full) {
      const share = seen.steadyLooks === 0 ? least : seen.share + (least - seen.share) * steadyWeight
      seen.steadyLooks += 1
      seen.share = Math.max(smallest, share)
    } else if (busy >= full) {
      seen.share = Math.max(seen.share, least)
    } else if (seen.steadyLooks < enough && seen.running >= 0.1 && seen.busy < full) {
      // Less than one at a time says little of what several ask for.
      seen.share = shareOf(seen)
    }
  }

  of(workerId: WorkerId): number {
    return this.#seen.get(workerId)?.share ?? 1
  }

  forget(workerId: WorkerId): void {
    this.#seen.delete(workerId)
  }
}

/** By how much so many tasks slow each other down that each ask for that share of a thread; at least 1. */
export const slowdown = (tasks: number, share: number): number => Math.max(1, tasks * share)

/** Tasks that there are in the mean where `places` of them get on at a time and that share of the places is used. */
const tasksAt = (places: number, busy: number): number =>
  places * busy + busy ** Math.sqrt(2 * (places + 1)) / (1 - busy)

/** The share with which so many tasks make that use of a thread. */
const shareOf = ({ running, busy }: Pick<Seen, "running" | "busy">): number => {
  if (tasksAt(1, busy) >= running) return 1
  let [few, many] = [1, 1 / smallest]
  for (let halving = 0; halving < halvings; halving += 1) {
    const middle = Math.sqrt(few * many)
    if (tasksAt(middle, busy) < running) few = middle
    else many = middle
  }
  return 1 / Math.sqrt(few * many)
}
