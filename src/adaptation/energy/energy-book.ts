import { RecentMap } from "../../collections/index.ts"
import type { Millis, WorkerId } from "../../model/index.ts"

/** What a type of task has taken. */
export interface TypeEnergy {
  readonly joules: number
  /** Runs that have ended. */
  readonly runs: number
  /** `undefined` before the first has ended. */
  readonly joulesPerRun: number | undefined
}

/** What was used since the beginning, as estimated. */
export interface EnergyUse {
  readonly joules: number
  /** While nothing ran. */
  readonly idleJoules: number
  readonly byType: Readonly<Record<string, TypeEnergy>>
}

/** Types remembered: the ones seen last. */
const mostTypes = 512

/** Seconds of slots that each type of task has had on each worker, since they were last taken out. */
export class SlotTimes {
  readonly #seconds = new Map<WorkerId, Map<string, number>>()
  #since: Millis | undefined

  /** Since when seconds are counted; `undefined`: since each run began. */
  get since(): Millis | undefined {
    return this.#since
  }

  /** A run that has been there since that time has ended, or goes on. */
  count(workerId: WorkerId, type: string, startedAt: Millis, now: Millis): void {
    const seconds = Math.max(0, now - Math.max(startedAt, this.#since ?? startedAt)) / 1_000
    if (seconds === 0) return
    let types = this.#seconds.get(workerId)
    if (types === undefined) {
      types = new Map()
      this.#seconds.set(workerId, types)
    }
    types.set(type, (types.get(type) ?? 0) + seconds)
  }

  /** What was counted up to now; counting begins anew. */
  take(now: Millis): ReadonlyMap<WorkerId, ReadonlyMap<string, number>> {
    const taken = new Map(this.#seconds)
    this.#seconds.clear()
    this.#since = now
    return taken
  }
}

/** Joules by type of task. Each type has its part by the time that it had of slots. */
export class EnergyBook {
  readonly #types = new RecentMap<string, { joules: number; runs: number }>(mostTypes)
  #joules = 0
  #idle = 0

  /** So many joules were drawn while types of tasks had these seconds of slots; where none had any, by nobody. */
  charge(joules: number, seconds: ReadonlyMap<string, number>): void {
    if (!(joules > 0 && joules < Number.POSITIVE_INFINITY)) return
    this.#joules += joules
    let total = 0
    for (const each of seconds.values()) total += each
    if (total > 0) for (const [type, each] of seconds) this.#type(type).joules += (joules * each) / total
    else this.#idle += joules
  }

  ran(type: string): void {
    this.#type(type).runs += 1
  }

  /** `undefined` where nothing was measured or declared. */
  get use(): EnergyUse | undefined {
    if (this.#joules === 0) return undefined
    const byType: Record<string, TypeEnergy> = {}
    for (const [type, { joules, runs }] of this.#types.entries()) {
      Object.defineProperty(byType, type, {
        value: { joules, runs, joulesPerRun: runs === 0 ? undefined : joules / runs },
        enumerable: true
      })
    }
    return { joules: this.#joules, idleJoules: this.#idle, byType }
  }

  #type(type: string) {
    return this.#types.use(type, () => ({ joules: 0, runs: 0 }))
  }
}
