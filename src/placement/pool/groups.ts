import { takesWork, type WorkerRecord } from "../../ledger/index.ts"
import { PoolFollower } from "./follower.ts"
import type { Pool } from "./pool.ts"
import type { StandingRankStrategy } from "./standing.ts"

const none = -1
/** In thousandths. */
const wholeDevice = 1_000

/**
 * The workers of a pool in groups that stand alike, as one strategy sees them: what is made of one worker serves for its
 * group. Groups are numbered from 0; the number of one that has come to an end is given to a later one.
 */
export class Groups extends PoolFollower {
  readonly #strategy: StandingRankStrategy
  readonly #byStanding = new Map<object, number>()
  /** By group. */
  readonly #standings: Array<object | undefined> = []
  #sizes = new Int32Array(0)
  /** By group: when it began, above 0, which tells it from all that had its number before. */
  births = new Float64Array(0)
  /** By group, what each of it has left: cores, memory, and the most of any one device. */
  cpu = new Float64Array(0)
  memory = new Float64Array(0)
  share = new Float64Array(0)
  readonly #free: Array<number> = []
  #span = 0
  #born = 0
  /** By place, the group of who stands there; −1 where nobody does, or the worker takes no work now. */
  places = new Int32Array(0)

  constructor(strategy: StandingRankStrategy) {
    super()
    this.#strategy = strategy
  }

  /** Every group is below it. */
  get span(): number {
    return this.#span
  }

  /** Brings them up to date. Throws what the strategy throws. */
  update(pool: Pool): void {
    this.follow(pool)
  }

  protected resize(length: number): void {
    this.places = new Int32Array(length).fill(none)
    // A worker that changes joins its new group before it leaves the old one.
    const groups = length + 1
    this.#sizes = new Int32Array(groups)
    this.births = new Float64Array(groups)
    this.cpu = new Float64Array(groups)
    this.memory = new Float64Array(groups)
    this.share = new Float64Array(groups)
    this.#byStanding.clear()
    this.#standings.length = 0
    this.#free.length = 0
    this.#span = 0
  }

  protected refresh(place: number, worker: WorkerRecord | undefined): void {
    const before = this.places[place] ?? none
    const after = worker === undefined || !takesWork(worker.phase) || worker.open < 1 ? none : this.#groupOf(worker)
    if (after === before) return
    this.places[place] = after
    if (after !== none) this.#sizes[after] = (this.#sizes[after] ?? 0) + 1
    if (before !== none) this.#leave(before)
  }

  #groupOf(worker: WorkerRecord): number {
    const standing = this.#strategy.standingOf(worker)
    const known = this.#byStanding.get(standing)
    if (known !== undefined) return known
    const group = this.#free.pop() ?? this.#span
    if (group === this.#span) this.#span += 1
    this.#born += 1
    this.#byStanding.set(standing, group)
    this.#standings[group] = standing
    this.#sizes[group] = 0
    this.births[group] = this.#born
    this.#noteLeft(group, worker)
    return group
  }

  #noteLeft(group: number, { spec, used, devices }: WorkerRecord): void {
    const { resources } = spec.limits
    let share = 0
    for (const device of devices) if (wholeDevice - device.share > share) share = wholeDevice - device.share
    this.cpu[group] = resources.cpu - used.cpu
    this.memory[group] = resources.memory - used.memory
    this.share[group] = share
  }

  #leave(group: number): void {
    const size = (this.#sizes[group] ?? 0) - 1
    this.#sizes[group] = size
    if (size > 0) return
    const standing = this.#standings[group]
    if (standing !== undefined) this.#byStanding.delete(standing)
    this.#standings[group] = undefined
    this.#free.push(group)
  }
}
