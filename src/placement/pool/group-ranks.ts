import type { Demand } from "../../model/index.ts"
import type { Groups } from "./groups.ts"
import type { Pool } from "./pool.ts"

/** Stands for a worker that does not fit. */
const out = Number.NEGATIVE_INFINITY

/** Stands for a group that has to be asked about. */
export const unknown = Number.POSITIVE_INFINITY

/** What is known of groups of workers that stand alike, for tasks of one shape. */
export class GroupRanks {
  readonly #groups: Groups
  /** What a task asks for: who has less left does not fit, and need not be looked at more closely. */
  readonly #cpu: number
  readonly #memory: number
  readonly #share: number
  /** By group: its rank, and which it was that had the number then. */
  #ranks = new Float64Array(0)
  #births = new Float64Array(0)
  #generation = 0

  constructor(groups: Groups, { resources, devices }: Demand) {
    this.#groups = groups
    this.#cpu = resources.cpu
    this.#memory = resources.memory
    this.#share = devices[0]?.share ?? 0
  }

  /** Brings the groups up to date. With another generation only what did not fit is still known. */
  update(pool: Pool, generation: number): void {
    this.#groups.update(pool)
    const { length } = this.#groups.births
    if (length !== this.#ranks.length) {
      this.#ranks = new Float64Array(length)
      this.#births = new Float64Array(length)
    } else if (generation !== this.#generation) {
      const ranks = this.#ranks
      for (let group = 0; group < this.#groups.span; group += 1) if (ranks[group] !== out) this.#births[group] = 0
    }
    this.#generation = generation
  }

  /** The rank of who stands at the place; −∞: nobody who fits. */
  at(place: number): number {
    const { places, births, cpu, memory, share } = this.#groups
    const group = places[place] ?? -1
    if (group < 0) return out
    if (this.#births[group] === births[group]) return this.#ranks[group] ?? unknown
    const isTooSmall =
      this.#cpu > (cpu[group] ?? 0) || this.#memory > (memory[group] ?? 0) || this.#share > (share[group] ?? 0)
    return isTooSmall ? this.keep(place, out) : unknown
  }

  /** The ranks of all who stand at the first so many places, written from `start` on. */
  fill(into: Float64Array, start: number, places: number): void {
    const { places: groupAt, births } = this.#groups
    const ranks = this.#ranks
    const own = this.#births
    for (let place = 0; place < places; place += 1) {
      const group = groupAt[place] ?? -1
      if (group < 0) into[start + place] = out
      else into[start + place] = own[group] === births[group] ? (ranks[group] ?? unknown) : this.at(place)
    }
  }

  /** Notes the rank of who stands at the place, and gives it. */
  keep(place: number, rank: number): number {
    const { places, births } = this.#groups
    const group = places[place] ?? -1
    this.#ranks[group] = rank
    this.#births[group] = births[group] ?? 0
    return rank
  }
}
