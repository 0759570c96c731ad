import { RecentMap } from "../../collections/index.ts"
import type { Millis } from "../../model/index.ts"

/** Numbers of runs beside each other that are told apart: from the most downwards, each about √2 times less. */
export const levelsUpTo = (max: number): ReadonlyArray<number> => {
  const levels: Array<number> = []
  for (let level = Math.max(1, max); level >= 1; level = Math.min(level - 1, Math.round(level / Math.SQRT2)))
    levels.unshift(level)
  return levels
}

/** Task types told apart; beyond that the one longest unused goes. */
const maxTypes = 64
/** The least weight of a new run against what was known of its type, and of how runs spread. */
const typeGain = 0.01
const spreadGain = 0.02
/** However far off a run is, it counts as a hundredfold at most, as a logarithm. */
const farthest = Math.log(100)
/** Logarithms of run times spread by about 1 until runs tell. */
const assumedVariance = 1
/** A worker that is slower as it is more crowded says so in more than this. */
const shortest: Millis = 0.05

/**
 * How much longer runs take on a worker the more of them there are beside each other, learned from its runs:
 * `log ms = type + level`, fitted by exponential averages as they come in. What a task takes by itself is in the type, what
 * it waits in a queue in neither. What was seen of a level counts less with each run elsewhere.
 */
export class CrowdCurve {
  readonly levels: ReadonlyArray<number>
  /** Up to how many runs each level is nearer than the next: halfway, as ratios go. */
  readonly #bounds: ReadonlyArray<number>
  readonly #slowness: Float64Array
  readonly #weight: Float64Array
  readonly #types = new RecentMap<string, { log: number; runs: number }>(maxTypes)
  #variance = assumedVariance
  #runs = 0

  constructor(max: number) {
    this.levels = levelsUpTo(max)
    this.#bounds = this.levels.slice(1).map((level, below) => Math.sqrt(level * (this.levels[below] ?? 1)))
    this.#slowness = new Float64Array(this.levels.length)
    this.#weight = new Float64Array(this.levels.length)
  }

  /** Runs of a level from which on it can be compared with others to within a few per cent. */
  get enough(): number {
    return Math.min(300, Math.max(16, Math.ceil(this.#variance * 600)))
  }

  /** The level that is nearest to so many runs. */
  levelOf(runs: number): number {
    let level = 0
    while (runs > (this.#bounds[level] ?? Number.POSITIVE_INFINITY)) level += 1
    return level
  }

  isKnown(level: number): boolean {
    return (this.#weight[level] ?? 0) >= this.enough
  }

  /** What was seen of the level is forgotten. */
  forget(level: number): void {
    this.#weight[level] = 0
  }

  /** How much longer runs take at that level, as a logarithm, against other levels. */
  slowness(level: number): number {
    return this.#slowness[level] ?? 0
  }

  /** Runs in a unit of time at that level, against other levels. */
  throughput(level: number): number {
    return (this.levels[level] ?? 1) * Math.exp(-(this.#slowness[level] ?? 0))
  }

  /** A run has taken so long beside so many in the mean, itself among them. */
  record(type: string, company: number, ms: Millis): void {
    if (!(ms >= shortest) || !Number.isFinite(ms) || !(company >= 1)) return
    const level = this.levelOf(company)
    const log = Math.log(ms)
    const known = this.#types.use(type, () => ({ log: log - this.#guess(level), runs: 0 }))
    const before = this.#weight[level] ?? 0
    if (before === 0) this.#slowness[level] = this.#guess(level)
    const unforeseen = Math.max(-farthest, Math.min(farthest, log - known.log - (this.#slowness[level] ?? 0)))
    known.runs += 1
    this.#runs += 1
    known.log += unforeseen * Math.max(typeGain, 1 / (known.runs + 1)) * 0.5
    const { enough } = this
    const most = 2 * enough
    for (let each = 0; each < this.#weight.length; each += 1) {
      const weight = this.#weight[each] ?? 0
      this.#weight[each] = each === level ? Math.min(most, weight + 1) : weight * (1 - 1 / (8 * enough))
    }
    this.#slowness[level] = (this.#slowness[level] ?? 0) + unforeseen / (before + 1)
    this.#variance += (unforeseen * unforeseen - this.#variance) * Math.max(spreadGain, 1 / (this.#runs + 4))
  }

  /** Of a level that was not seen: as the nearest that was. */
  #guess(level: number): number {
    let [nearest, distance] = [-1, Number.POSITIVE_INFINITY]
    for (let each = 0; each < this.#weight.length; each += 1) {
      if ((this.#weight[each] ?? 0) === 0 || Math.abs(each - level) >= distance) continue
      nearest = each
      distance = Math.abs(each - level)
    }
    return nearest < 0 ? 0 : (this.#slowness[nearest] ?? 0)
  }
}
