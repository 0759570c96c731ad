import type { WorkerRecord } from "../../../ledger/index.ts"
import type { TaskId, TaskSpec } from "../../../model/index.ts"
import type { SeekStrategy } from "../../strategy.ts"
import type { PlacementView } from "../../view.ts"
import { speedOn } from "../by-speed/speed-on.ts"
import { FittingDraws } from "./fitting-draws.ts"

export interface P2cOptions {
  /** Workers drawn: a number, or one for the size of the pool, such as `(n) => Math.ceil(Math.log2(n))`. */
  readonly choices: number | ((workers: number) => number)
  /** A worker of at least this health, 0–1, goes before one below it. */
  readonly soundFrom: number
  /** The same seed makes the same choices. */
  readonly seed: number
}

export const p2cDefaults: P2cOptions = { choices: 2, soundFrom: 0.5, seed: 0 }

/** How often the choice rested on nothing. */
export interface P2cPicks {
  readonly total: number
  /** All workers drawn were equally loaded and equally sound: chance alone decided. */
  readonly uninformed: number
}

/** P2C, with an account of its picks. */
export type P2c = SeekStrategy & { readonly picks: P2cPicks }

/** What a slot's worth of work would wait for there. */
const loadAfter = (worker: WorkerRecord, task: TaskSpec, view: PlacementView): number =>
  (worker.slots + 1) / (speedOn(worker, view, task.type) * worker.limit)

/**
 * The power of d choices: draws two workers that fit (or more), and takes the less loaded one.
 *
 * Formula: the least (slots in use + 1) ÷ (speed × slots) among d different workers, drawn with equal chance from those
 * that fit; whoever is sound goes before whoever is not. Speed: as learned for the type of task, otherwise as declared.
 * Source: Mitzenmacher (2001); two different picks, the sound one first, as Finagle draws them. Balancers that drew with
 * repetition compared a worker with itself half the time in a pool of two. Nomad draws ⌈log2 n⌉ for services, Orleans
 * ⌈√n⌉. `picks` counts the decisions in which what was drawn was all alike: many of them say that load tells nothing.
 * Ties: the one drawn first, by lot.
 * Cost: O(d), and O(1) for each worker drawn that does not fit; O(n) where hardly any of a large pool fits.
 * Not for small pools, where looking at all costs little and finds the best; nor for packing.
 */
export const p2c = (options: Partial<P2cOptions> = {}): P2c => {
  const { choices, soundFrom, seed } = { ...p2cDefaults, ...options }
  const draws = new FittingDraws(seed)
  const picks = { total: 0, uninformed: 0 }
  let turn = 0
  /** The task of the last answer, where that rested on nothing. */
  let uninformed: TaskId | undefined

  const countOf = (workers: number): number => {
    const count = typeof choices === "number" ? choices : choices(workers)
    return count >= 1 ? Math.floor(count) : 1
  }

  return {
    id: "p2c",
    tieRule: "by lot",
    picks,
    seek: (task, view, filter) => {
      const drawn = draws.draw(view, countOf(view.workers.length), filter, turn)
      let best: WorkerRecord | undefined
      let least = Number.POSITIVE_INFINITY
      let isSound = false
      let differ = false
      for (const worker of drawn) {
        const load = loadAfter(worker, task, view)
        const sound = view.health.of(worker.spec.id) >= soundFrom
        if (best !== undefined && (load !== least || sound !== isSound)) differ = true
        if (best !== undefined && (sound === isSound ? load >= least : isSound)) continue
        best = worker
        least = load
        isSound = sound
      }
      uninformed = drawn.length > 1 && !differ ? task.id : undefined
      return best
    },
    proposed: ({ id }) => {
      turn += 1
      picks.total += 1
      if (uninformed === id) picks.uninformed += 1
      uninformed = undefined
    },
    prefer: (task, candidates, view, _now, into) => {
      candidates.forEach((worker, index) => {
        into[index] = -loadAfter(worker, task, view)
      })
    }
  }
}
