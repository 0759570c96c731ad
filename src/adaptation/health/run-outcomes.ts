import { RecentMap } from "../../collections/index.ts"
import type { Millis, WorkerId } from "../../model/index.ts"

export interface OutcomeSettings {
  /** Time after which a run counts for half. */
  readonly halfLife: Millis
  /** Task types kept for each worker, and over all. */
  readonly maxTypes: number
  /** Runs of a type on other workers, of late, from which on they are something to compare with. */
  readonly comparable: number
}

export const outcomeDefaults: OutcomeSettings = { halfLife: 20_000, maxTypes: 128, comparable: 3 }

/** How a worker's runs have ended of late, beside those of the others at the same types. */
export interface Outcomes {
  /** Of types that others have run, too. */
  readonly runs: number
  readonly failures: number
  /** Failures that the others would have had of these runs. */
  readonly expected: number
  /** The variance of that, by chance alone. */
  readonly variance: number
  /** Failures in a row at one type; the longest. */
  readonly streak: number
  /** How unlikely that row is on any other worker: − ln of its probability. */
  readonly surprise: number
}

interface Count {
  runs: number
  failures: number
  at: Millis
}

interface OfType extends Count {
  /** Failures since the last success. */
  streak: number
}

/** However rarely the others fail, one failure is no proof. */
const leastFailing = 0.01

/**
 * How runs end on each worker against how the same types end elsewhere: a fault of the tasks fails everywhere, and says
 * nothing of any worker; a type that nobody else has run says nothing either.
 */
export class RunOutcomes {
  readonly #settings: OutcomeSettings
  readonly #types: RecentMap<string, Count>
  readonly #workers = new Map<WorkerId, RecentMap<string, OfType>>()

  constructor(settings: Partial<OutcomeSettings> = {}) {
    this.#settings = { ...outcomeDefaults, ...settings }
    this.#types = new RecentMap(this.#settings.maxTypes)
  }

  record(workerId: WorkerId, type: string, ok: boolean, now: Millis): void {
    const { maxTypes } = this.#settings
    let worker = this.#workers.get(workerId)
    if (worker === undefined) {
      worker = new RecentMap(maxTypes)
      this.#workers.set(workerId, worker)
    }
    const own = worker.use(type, () => ({ runs: 0, failures: 0, at: now, streak: 0 }))
    const all = this.#types.use(type, () => ({ runs: 0, failures: 0, at: now }))
    this.#age(own, now)
    this.#age(all, now)
    own.runs += 1
    all.runs += 1
    if (!ok) {
      own.failures += 1
      all.failures += 1
    }
    own.streak = ok ? 0 : own.streak + 1
  }

  of(workerId: WorkerId, now: Millis): Outcomes {
    const sum = { runs: 0, failures: 0, expected: 0, variance: 0, streak: 0, surprise: 0 }
    for (const [type, own] of this.#workers.get(workerId)?.entries() ?? []) {
      const all = this.#types.get(type)
      if (all === undefined) continue
      this.#age(own, now)
      this.#age(all, now)
      const elsewhere = this.#elsewhere(own, all)
      if (elsewhere === undefined) continue
      sum.runs += own.runs
      sum.failures += own.failures
      sum.expected += own.runs * elsewhere
      sum.variance += own.runs * elsewhere * (1 - elsewhere)
      const surprise = -own.streak * Math.log(elsewhere)
      if (surprise <= sum.surprise) continue
      sum.streak = own.streak
      sum.surprise = surprise
    }
    return sum
  }

  /** It comes back after a pause: what it did before says nothing any more. */
  renew(workerId: WorkerId): void {
    for (const [type, { runs, failures }] of this.#workers.get(workerId)?.entries() ?? []) {
      const all = this.#types.get(type)
      if (all === undefined) continue
      all.runs = Math.max(0, all.runs - runs)
      all.failures = Math.max(0, all.failures - failures)
    }
    this.#workers.delete(workerId)
  }

  /** It has left. */
  forget(workerId: WorkerId): void {
    this.renew(workerId)
  }

  /** The share that fails on the others; `undefined` where they have hardly run any. */
  #elsewhere(own: Count, all: Count): number | undefined {
    const runs = all.runs - own.runs
    if (runs < this.#settings.comparable) return undefined
    const failures = Math.max(0, all.failures - own.failures)
    return Math.min(1 - leastFailing, Math.max(leastFailing, (failures + 0.5) / (runs + 1)))
  }

  #age(count: Count, now: Millis): void {
    const age = now - count.at
    // A step that hardly counts waits for the next: each costs a power.
    if (!(age > this.#settings.halfLife / 200)) return
    count.at = now
    const left = 2 ** (-age / this.#settings.halfLife)
    count.runs *= left
    count.failures *= left
  }
}
