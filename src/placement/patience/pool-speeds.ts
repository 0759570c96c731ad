import type { WorkerRecord } from "../../ledger/index.ts"
import type { WorkerId } from "../../model/index.ts"
import type { RunTimesView } from "./run-times-view.ts"

/** Speeds within this ratio count as equal. */
export const unequal = 1.25
/** Pools up to this size are looked at as a whole. */
export const wholeUpTo = 64
/** From so many workers on the differences between them tell how much of each is chance. */
const fewestToCompare = 5
/** Standard deviations by which the differences of fewer must be beyond what chance makes. */
const beyondChance = 2
/** The standard errors that `speedAtMost` is above `speedOf`. */
const doubt = 2
/**
 * By how much the variance of a speed is larger than that says. A worker's speed at a type is a product of two averages
 * of the same runs, of which that counts one: in the worst case, after about a hundred runs, twice as much.
 */
const twoAverages = 2
/** Logarithms of speeds are known no better than this variance. */
const leastVariance = 1e-6

/** What holds for a type of task among the workers of now. */
export interface PoolSpeeds {
  /** `RunTimesView.runs` when it was worked out. */
  readonly runs: number
  readonly fastest: number
  /** Whether some worker is slower than the fastest even with the benefit of the doubt. */
  readonly differ: boolean
  of(workerId: WorkerId): number
  /** With the benefit of the doubt; infinite where it was never compared with others. */
  atMost(workerId: WorkerId): number
}

/** Whether a worker is slower than the fastest even with the benefit of the doubt. Of others nobody can say so. */
export const isSlow = (workerId: WorkerId, speeds: PoolSpeeds): boolean =>
  speeds.atMost(workerId) * unequal < speeds.fastest

/**
 * The speeds of a few workers: as measured, and equal as long as chance explains all differences between them together.
 *
 * Each worker has the benefit of its own doubt, and still of several equal ones, looked at again and again, one will seem
 * slow now and then. Source: Cochran's Q, at most k + 2 √(2k) with k degrees of freedom.
 */
class MeasuredSpeeds implements PoolSpeeds {
  readonly runs: number
  readonly fastest: number
  readonly differ: boolean
  readonly #times: RunTimesView
  readonly #type: string

  constructor(times: RunTimesView, type: string, workers: ReadonlyArray<WorkerRecord>) {
    this.#times = times
    this.#type = type
    this.runs = times.runs
    const { fastest, slowest } = extremesOf(this, workers)
    this.fastest = fastest
    this.differ = slowest * unequal < fastest && isBeyondChance(estimatesOf(times, type, workers))
  }

  of(workerId: WorkerId): number {
    return this.#times.speedOf(workerId, this.#type)
  }

  atMost(workerId: WorkerId): number {
    return this.#times.speedAtMost(workerId, this.#type)
  }
}

/** The logarithm of a speed, and the variance of its error. */
interface Estimate {
  readonly log: number
  readonly variance: number
}

const estimateOf = (times: RunTimesView, type: string, workerId: WorkerId): Estimate | undefined => {
  const atMost = times.speedAtMost(workerId, type)
  if (atMost === Number.POSITIVE_INFINITY) return undefined
  const speed = times.speedOf(workerId, type)
  return {
    log: Math.log(speed),
    variance: Math.max(leastVariance, twoAverages * (Math.log(atMost / speed) / doubt) ** 2)
  }
}

/** Of the workers that were compared with others. */
const estimatesOf = (
  times: RunTimesView,
  type: string,
  workers: ReadonlyArray<WorkerRecord>
): ReadonlyArray<Estimate> =>
  workers.flatMap(({ spec }) => {
    const estimate = estimateOf(times, type, spec.id)
    return estimate === undefined ? [] : [estimate]
  })

/** How much they differ from each other, in squared standard errors: Cochran's Q. */
const differenceOf = (estimates: ReadonlyArray<Estimate>, mean: number): number =>
  estimates.reduce((sum, { log, variance }) => sum + (log - mean) ** 2 / variance, 0)

const isBeyondChance = (estimates: ReadonlyArray<Estimate>): boolean => {
  const freedom = Math.max(0, estimates.length - 1)
  const byChance = freedom + beyondChance * Math.sqrt(2 * freedom)
  return differenceOf(estimates, weightedMean(estimates, 0)) > byChance
}

/**
 * The speeds of a pool: as measured, less what is likely to be chance.
 *
 * Of a thousand workers that are all alike, after a few runs each, the one that was luckiest looks several times as
 * fast as the unluckiest, whatever benefit of the doubt each is given for itself. So each speed is drawn toward the
 * pool's mean: the further, the more of the differences between all of them can be explained by the errors of
 * measurement; by no more than the largest error to be expected among so many, so that a worker which certainly
 * differs from all others does so here too.
 *
 * In logarithms, with `s²` the variance of a worker's error and `t²` that of true speeds: mean + (x − mean) · t² ÷ (t² +
 * s²), at most z·s from x, where z = √(2 ln n) of n workers. Sources: `t²` by DerSimonian and Laird (1986); limited
 * translation of such estimates by Efron and Morris (1972).
 */
class LikelySpeeds implements PoolSpeeds {
  readonly runs: number
  readonly fastest: number
  readonly differ: boolean
  readonly #times: RunTimesView
  readonly #type: string
  #mean = 0
  /** The variance of true speeds. */
  #spread = 0
  /** Standard errors to be expected of the luckiest. */
  #farthest = doubt

  constructor(times: RunTimesView, type: string, workers: ReadonlyArray<WorkerRecord>) {
    this.#times = times
    this.#type = type
    this.runs = times.runs
    this.#fit(workers)
    const { fastest, slowest } = extremesOf(this, workers)
    this.fastest = fastest
    this.differ = slowest * unequal < fastest
  }

  of(workerId: WorkerId): number {
    const estimate = this.#estimate(workerId)
    return estimate === undefined ? this.#times.speedOf(workerId, this.#type) : Math.exp(this.#likely(estimate))
  }

  atMost(workerId: WorkerId): number {
    const estimate = this.#estimate(workerId)
    if (estimate === undefined) return Number.POSITIVE_INFINITY
    const { log, variance } = estimate
    const left = Math.sqrt((variance * this.#spread) / (variance + this.#spread))
    return Math.exp(Math.min(log + this.#farthest * Math.sqrt(variance), this.#likely(estimate) + doubt * left))
  }

  #likely({ log, variance }: Estimate): number {
    const drawn = this.#mean + ((log - this.#mean) * this.#spread) / (variance + this.#spread)
    const most = this.#farthest * Math.sqrt(variance)
    return Math.max(log - most, Math.min(log + most, drawn))
  }

  #estimate(workerId: WorkerId): Estimate | undefined {
    return estimateOf(this.#times, this.#type, workerId)
  }

  #fit(workers: ReadonlyArray<WorkerRecord>): void {
    const estimates = estimatesOf(this.#times, this.#type, workers)
    if (estimates.length < 2) return
    this.#farthest = Math.max(doubt, Math.sqrt(2 * Math.log(estimates.length)))
    let weights = 0
    let squares = 0
    for (const { variance } of estimates) {
      const weight = 1 / variance
      weights += weight
      squares += weight * weight
    }
    const excess = differenceOf(estimates, weightedMean(estimates, 0)) - (estimates.length - 1)
    this.#spread = Math.max(0, excess / (weights - squares / weights))
    this.#mean = weightedMean(estimates, this.#spread)
  }
}

const weightedMean = (estimates: ReadonlyArray<Estimate>, spread: number): number => {
  let sum = 0
  let weights = 0
  for (const { log, variance } of estimates) {
    const weight = 1 / (variance + spread)
    sum += weight * log
    weights += weight
  }
  return sum / weights
}

const extremesOf = (speeds: Pick<PoolSpeeds, "of" | "atMost">, workers: ReadonlyArray<WorkerRecord>) => {
  let fastest = 0
  let slowest = Number.POSITIVE_INFINITY
  for (const { spec } of workers) {
    const atMost = speeds.atMost(spec.id)
    if (atMost === Number.POSITIVE_INFINITY) continue
    fastest = Math.max(fastest, speeds.of(spec.id))
    slowest = Math.min(slowest, atMost)
  }
  return { fastest, slowest }
}

/** With five workers and more what chance makes is taken out; of fewer nobody can say how much that is. */
export const poolSpeeds = (times: RunTimesView, type: string, workers: ReadonlyArray<WorkerRecord>): PoolSpeeds =>
  workers.length < fewestToCompare ? new MeasuredSpeeds(times, type, workers) : new LikelySpeeds(times, type, workers)
