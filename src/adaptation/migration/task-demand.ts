import { RecentMap } from "../../collections/index.ts"
import type { TaskId } from "../../model/index.ts"
import type { ExpectedUse } from "./overload-risk.ts"

export interface DemandSettings {
  /** Weight of the latest sample in the level. Until so many came, all weigh the same. */
  readonly levelWeight: number
  readonly varianceWeight: number
  /** The mean of its type counts as so many samples of a task's level, the variance of its type as so many of its own. */
  readonly levelPrior: number
  readonly variancePrior: number
  /** However long it is known, the variance of its type counts by this share: what was idle so far may wake. */
  readonly typeShare: number
  /** Cores: the standard deviation that counts as that of one more task of each type. */
  readonly deviation: number
  /** Tasks kept; beyond that the one longest without a sample goes. */
  readonly maxTasks: number
}

export const demandDefaults: DemandSettings = {
  levelWeight: 0.05,
  varianceWeight: 0.01,
  levelPrior: 2,
  variancePrior: 30,
  typeShare: 0.2,
  deviation: 0.1,
  maxTasks: 10_000
}

interface Known {
  readonly type: string
  samples: number
  level: number
  variance: number
}

/** What the tasks of one type come to together. */
interface Pool {
  tasks: number
  level: number
  variance: number
}

/**
 * What running tasks need, from what was seen of each: an exponential average of its level and of its squared distance
 * from that level, both drawn towards what tasks of its type show as long as little is known. The latest sample by
 * itself says next to nothing where demand is a level with noise around it, which is what service loads look like.
 */
export class DemandBook {
  readonly settings: DemandSettings
  readonly #tasks: RecentMap<TaskId, Known>
  readonly #pools = new Map<string, Pool>()

  constructor(settings: Partial<DemandSettings> = {}) {
    this.settings = { ...demandDefaults, ...settings }
    this.#tasks = new RecentMap(this.settings.maxTasks)
  }

  get size(): number {
    return this.#tasks.size
  }

  /** `use`: cores of speed 1 that it computed with of late. `false`, and nothing is kept, where that is no quantity. */
  observe(taskId: TaskId, type: string, use: number): boolean {
    if (!Number.isFinite(use) || use < 0) return false
    const known = this.#tasks.get(taskId)
    if (known === undefined) {
      this.#join({ type, samples: 1, level: use, variance: 0 }, taskId)
      return true
    }
    const { levelWeight, varianceWeight } = this.settings
    const pool = this.#pools.get(known.type)
    const error = use - known.level
    const level = error * Math.max(levelWeight, 1 / (known.samples + 1))
    // The level, too, is an estimate: of as many samples as there were.
    const square = (error * error * known.samples) / (known.samples + 1)
    const variance = (square - known.variance) * Math.max(varianceWeight, 1 / known.samples)
    known.samples += 1
    known.level += level
    known.variance += variance
    if (pool !== undefined) {
      pool.level += level
      pool.variance += variance
    }
    this.#tasks.set(taskId, known)
    return true
  }

  /** `undefined` before the first sample. */
  of(taskId: TaskId): ExpectedUse | undefined {
    const known = this.#tasks.get(taskId)
    const pool = known && this.#pools.get(known.type)
    if (known === undefined || pool === undefined) return undefined
    const { levelPrior, variancePrior, typeShare, deviation } = this.settings
    const ofType = levelPrior / (levelPrior + known.samples)
    const ofTypes = Math.max(typeShare, variancePrior / (variancePrior + known.samples))
    const variance = (Math.max(0, pool.variance) + deviation ** 2) / (pool.tasks + 1)
    return {
      mean: Math.max(0, known.level + ofType * (pool.level / pool.tasks - known.level)),
      variance: Math.max(0, known.variance + ofTypes * (variance - known.variance))
    }
  }

  /** For a task that ended. */
  forget(taskId: TaskId): void {
    const known = this.#tasks.get(taskId)
    if (known === undefined) return
    this.#tasks.delete(taskId)
    this.#leave(known)
  }

  #join(known: Known, taskId: TaskId): void {
    const [oldest] = this.#tasks.keys()
    if (oldest !== undefined && this.#tasks.size >= this.settings.maxTasks) this.forget(oldest)
    const pool = this.#pools.get(known.type) ?? { tasks: 0, level: 0, variance: 0 }
    pool.tasks += 1
    pool.level += known.level
    pool.variance += known.variance
    this.#pools.set(known.type, pool)
    this.#tasks.set(taskId, known)
  }

  #leave({ type, level, variance }: Known): void {
    const pool = this.#pools.get(type)
    if (pool === undefined) return
    pool.tasks -= 1
    pool.level -= level
    pool.variance -= variance
    if (pool.tasks === 0) this.#pools.delete(type)
  }
}
