import type { PowerModel } from "../../model/index.ts"
import { wattsAt } from "../../power/index.ts"

/** What a worker can do, and what it draws for that. */
export interface Engine {
  readonly power?: PowerModel
  readonly slots: number
  readonly speed: number
}

export interface EfficiencySettings {
  /** The share of a worker at which it is compared. */
  readonly target: number
  /** A worker slower than this share of the mean speed of the pool comes after all others. */
  readonly pace: number
}

/**
 * Work for a joule, beyond what the worker draws asleep, at a share of what it can do.
 *
 *     slots · speed · u ÷ (P(u) − P_sleep)
 */
export const workPerJoule = ({ power, slots, speed }: Engine, at: number): number => {
  if (power === undefined) return 0
  const watts = wattsAt(power, at) - (power.sleepWatts ?? 0)
  const work = slots * speed * at
  if (!(work > 0)) return 0
  // It draws nothing more than asleep: nobody is better.
  return watts > 0 ? work / watts : Number.MAX_VALUE
}

/**
 * The speed to reckon with: as declared, but for what runs have shown for sure. A worker at rest shows nothing more, so a
 * few unlucky runs must not keep it there for ever.
 *
 * @param atMost as fast as it may be by what was seen; learned² ÷ atMost is as slow as it may be
 */
export const sureSpeed = (declared: number, learned: number, atMost: number): number => {
  if (!(learned > 0) || !(atMost < Number.POSITIVE_INFINITY)) return declared > 0 ? declared : 1
  const doubt = Math.max(1, atMost / learned)
  return Math.min(learned * doubt, Math.max(learned / doubt, declared))
}

/** Compares workers by the work they do for a joule; those far slower than the pool come last. */
export class Efficiency {
  readonly #settings: EfficiencySettings
  readonly #slowest: number

  constructor(pool: ReadonlyArray<Engine>, settings: EfficiencySettings) {
    const slots = pool.reduce((sum, worker) => sum + worker.slots, 0)
    const work = pool.reduce((sum, { slots: own, speed }) => sum + own * speed, 0)
    this.#settings = settings
    this.#slowest = slots > 0 ? (settings.pace * work) / slots : 0
  }

  /** The best first; of equals the one that stood first. */
  ranked<Worker extends Engine>(workers: ReadonlyArray<Worker>): ReadonlyArray<Worker> {
    return workers
      .map((worker) => ({
        worker,
        isSlow: worker.speed < this.#slowest,
        worth: workPerJoule(worker, this.#settings.target)
      }))
      .sort((a, b) => Number(a.isSlow) - Number(b.isSlow) || b.worth - a.worth)
      .map(({ worker }) => worker)
  }
}
