import type { WorkerRecord } from "../../ledger/index.ts"
import type { TaskSpec, WorkerId } from "../../model/index.ts"
import type { Candidate } from "../explanation/explanation.ts"
import type { WeightedStrategy } from "../strategy.ts"
import type { PlacementView } from "../view.ts"
import { isUrgent } from "../weighing/weighing.ts"
import { ClassColumns } from "./class-columns.ts"
import { PoolColumns } from "./columns.ts"
import { Eligibility } from "./eligibility.ts"
import type { PoolFollower } from "./follower.ts"
import type { Pool } from "./pool.ts"

/** Workers that fit, above which only some of them are scored. */
export const sampleAbove = 1_000

/** Figures kept for one pool; beyond that all are let go of and kept anew. */
const mostFigures = 1 << 22

/**
 * How many of so many that fit are scored: a share that falls from 50 % to 5 % as they are more, and 100 at least. Source:
 * the sample of feasible nodes of kube-scheduler.
 */
export const sampleOf = (fitting: number): number =>
  fitting <= sampleAbove ? fitting : Math.max(100, Math.floor((fitting * Math.max(5, 50 - fitting / 125)) / 100))

/** What is kept of one strategy, by class; and where the next sample begins, and would after the last decision. */
interface Shelf {
  readonly classes: Map<string, ClassColumns>
  begin: number
  end: number
}

/** What scores of weighted strategies rest on, kept for one pool. */
class PoolWeighing {
  readonly columns = new PoolColumns()
  readonly #eligibility = new Map<string, Eligibility>()
  readonly #shelves = new Map<WeightedStrategy, Shelf>()
  #figures = 0

  eligibilityFor(task: TaskSpec, pool: Pool): Eligibility {
    const { requirements } = task
    const figures = 64 + pool.span / 4
    const known = this.#eligibility.get(requirements.shape)
    if (known !== undefined && known.counted >= figures) return known
    const eligibility = known ?? new Eligibility(requirements)
    this.#count(eligibility, figures)
    this.#eligibility.set(requirements.shape, eligibility)
    return eligibility
  }

  shelfOf(strategy: WeightedStrategy): Shelf {
    let shelf = this.#shelves.get(strategy)
    if (shelf === undefined) {
      shelf = { classes: new Map(), begin: 0, end: 0 }
      this.#shelves.set(strategy, shelf)
    }
    return shelf
  }

  classOf(strategy: WeightedStrategy, task: TaskSpec, pool: Pool): ClassColumns {
    const group = strategy.classOf === undefined ? "" : strategy.classOf(task)
    const { classes } = this.shelfOf(strategy)
    const figures = 256 + pool.span * (4 + 4 * strategy.factors.length)
    const known = classes.get(group)
    if (known !== undefined && known.counted >= figures) return known
    const columns = known ?? new ClassColumns(strategy)
    this.#count(columns, figures)
    classes.set(group, columns)
    return columns
  }

  /** A pool that grows makes all that is kept larger once it is asked again. Call it before it is put where it is kept. */
  #count(each: PoolFollower, figures: number): void {
    this.#figures += figures - each.counted
    each.counted = figures
    if (this.#figures <= mostFigures) return
    this.#eligibility.clear()
    for (const { classes } of this.#shelves.values()) classes.clear()
    this.#figures = figures
  }
}

const kept = new WeakMap<Pool, PoolWeighing>()

const keptOf = (pool: Pool): PoolWeighing => {
  let known = kept.get(pool)
  if (known === undefined) {
    known = new PoolWeighing()
    kept.set(pool, known)
  }
  return known
}

/** Which workers of the pool such a task fits now. Holds until the pool changes. */
export const eligibilityIn = (pool: Pool, task: TaskSpec): Eligibility => {
  const eligibility = keptOf(pool).eligibilityFor(task, pool)
  eligibility.update(pool)
  return eligibility
}

/** The best worker by what is kept of the pool. */
export interface Weighed {
  readonly worker: WorkerRecord
  readonly candidate: Candidate
  /** Where only some of those that fit were scored: how many, and of how many. */
  readonly sampled?: { readonly scored: number; readonly fitting: number }
}

/**
 * The worker with the highest score of those that fit, ties as in `GreedyRun`: what `Weighing` comes to bit for bit, with only
 * those looked at again that have changed. Where very many fit a sample of them is scored, beginning where the last one ended.
 */
export const weighInPool = (
  pool: Pool,
  strategy: WeightedStrategy,
  task: TaskSpec,
  view: PlacementView,
  refused: ReadonlySet<WorkerId> | undefined
): Weighed | undefined => {
  const all = keptOf(pool)
  const { columns } = all
  columns.update(pool)
  const eligibility = all.eligibilityFor(task, pool)
  eligibility.update(pool)
  if (eligibility.count === 0) return undefined
  const own = all.classOf(strategy, task, pool)
  own.update(pool, columns, task, view)
  const shelf = all.shelfOf(strategy)
  const aside = refused === undefined || refused.size === 0 ? undefined : setAside(refused, pool, eligibility)
  const { fits, count: fitting } = eligibility
  const scored = sampleOf(fitting)
  const begin = scored < fitting && shelf.begin < pool.span ? shelf.begin : 0
  const { slots, slotLimit, slotShare, headroom, multiplier } = columns
  const { base, rate, trials, slotsWeight, headroomWeight } = own
  const urgent = strategy.multiplied !== false && isUrgent(task)
  let best = -1
  let highest = Number.NEGATIVE_INFINITY
  let onTrial = false
  let left = scored
  let place = begin
  for (let step = pool.span; step > 0 && left > 0; step -= 1) {
    if (fits[place] === 1) {
      left -= 1
      const open = slots[place] ?? 0
      const owed = (slotLimit[place] ?? 0) - open < (trials[place] ?? 0)
      let score = 100
      if (!owed) {
        score =
          (base[place] ?? 0) +
          (rate[place] ?? 0) * open +
          slotsWeight * (slotShare[place] ?? 0) +
          headroomWeight * (headroom[place] ?? 0)
        if (score > 100) score = 100
      }
      if (urgent) score *= multiplier[place] ?? 1
      if (score > highest || (owed && !onTrial && score === highest)) {
        highest = score
        best = place
        onTrial = owed
      }
    }
    place += 1
    if (place === pool.span) place = 0
  }
  if (aside !== undefined) for (const each of aside) restore(each, eligibility)
  const worker = pool.at(best)
  if (worker === undefined) return undefined
  const parts = onTrial ? { untried: 100 } : own.partsOf(best, columns)
  const workerId = worker.spec.id
  const candidate: Candidate = urgent
    ? { workerId, score: highest, parts, multiplier: worker.spec.priorityMultiplier }
    : { workerId, score: highest, parts }
  if (scored === fitting) return { worker, candidate }
  shelf.end = place
  return { worker, candidate, sampled: { scored, fitting } }
}

/** The next sample begins where that of the last decision has ended. */
export const passSample = (pool: Pool, strategy: WeightedStrategy): void => {
  const shelf = kept.get(pool)?.shelfOf(strategy)
  if (shelf !== undefined) shelf.begin = shelf.end
}

/** Takes those refused out for one decision. Gives their places. */
const setAside = (refused: Iterable<WorkerId>, pool: Pool, eligibility: Eligibility): ReadonlyArray<number> => {
  const places: Array<number> = []
  for (const workerId of refused) {
    const place = pool.placeOf(workerId)
    if (place === undefined || eligibility.fits[place] !== 1) continue
    eligibility.fits[place] = 0
    eligibility.count -= 1
    places.push(place)
  }
  return places
}

const restore = (place: number, eligibility: Eligibility): void => {
  eligibility.fits[place] = 1
  eligibility.count += 1
}
