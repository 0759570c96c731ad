import { fitsNow, type WorkerRecord } from "../../ledger/index.ts"
import type { Millis, TaskSpec, WorkerId } from "../../model/index.ts"
import { Nonsense } from "../decision/nonsense.ts"
import { multiplied } from "../decision/points.ts"
import type { RankStrategy, Strategy } from "../strategy.ts"
import type { PlacementView } from "../view.ts"
import { isUrgent } from "../weighing/weighing.ts"
import { GroupRanks, unknown } from "./group-ranks.ts"
import { Groups } from "./groups.ts"
import type { Pool } from "./pool.ts"
import { isForStandings, knowsStandings, type StandingRankStrategy } from "./standing.ts"

/** Stands for a worker that does not fit, and for a place where nobody is. */
const out = Number.NEGATIVE_INFINITY

/** Figures kept in all rankings of a pool, 8 bytes each. */
const mostFigures = 1 << 22

/** What a ranking of the smallest pool takes up, in figures. */
const least = 1024

const none = -1

/** What the strategy makes of a worker that fits, with the worker's multiplier. Throws what it throws, and `Nonsense`. */
export const rankOn = (
  strategy: RankStrategy,
  task: TaskSpec,
  worker: WorkerRecord,
  view: PlacementView,
  now: Millis
): number => {
  const plain: unknown = strategy.rank(task, worker, view, now)
  const isUsual = typeof plain !== "number" || !counts(strategy, task)
  const rank = isUsual ? plain : multiplied(plain, worker.spec.priorityMultiplier)
  if (typeof rank !== "number" || !Number.isFinite(rank)) {
    throw new Nonsense(`ranked ${worker.spec.id} as ${String(rank)}`)
  }
  return rank
}

/** The same at a place of the pool; −∞ where nobody is there, or the worker does not fit. */
const rankAt = (
  pool: Pool,
  place: number,
  strategy: RankStrategy,
  task: TaskSpec,
  view: PlacementView,
  now: Millis
): number => {
  const worker = pool.at(place)
  if (worker === undefined || !fitsNow(task.requirements, worker)) return out
  return rankOn(strategy, task, worker, view, now)
}

/** Whether the worker's priority multiplier counts for the task. */
export const counts = (strategy: RankStrategy, task: TaskSpec): boolean =>
  strategy.multiplied !== false && isUrgent(task)

/** Which worker a strategy ranks highest for a task. */
export interface Question<S extends Strategy = RankStrategy> {
  readonly strategy: S
  readonly task: TaskSpec
  readonly view: PlacementView
  readonly now: Millis
}

/**
 * The workers of a pool as one strategy ranks them for one class and shape of tasks: a tournament over their places, in
 * which those that do not fit lose. Only workers that have changed are asked about again, each at O(log n), when the next
 * decision is due; so a decision costs the same however many do not fit.
 */
export class Ranking {
  /** The root is at 1; the leaf of a place at `leaves + place`. Each node holds the highest rank below it. */
  #highest = new Float64Array(0)
  #leaves = 0
  #version = none
  #layout = none
  #generation = 0
  /** When it was last asked, in decisions. */
  lastUsed = 0
  /** Figures that it is counted for. */
  counted = 0
  /** What is known of each group, where the strategy cannot tell all workers apart: then only groups are asked about. */
  readonly #groups: GroupRanks | undefined

  constructor(groups?: GroupRanks) {
    this.#groups = groups
  }

  /** Figures kept for so many places, at most. */
  figuresFor(places: number): number {
    return least + (this.#groups === undefined ? 4 : 8) * places
  }

  /** The highest rank of all; −∞ where nobody fits. */
  get highest(): number {
    return this.#highest[1] ?? out
  }

  /** Brings it up to date. Where the strategy is at fault it is thrown, and everybody is asked again next time. */
  update(pool: Pool, strategy: RankStrategy, task: TaskSpec, view: PlacementView, now: Millis): void {
    const { version } = pool
    const generation = strategy.generation?.() ?? 0
    const since = version - this.#version
    const isKnown = this.#version !== none && pool.layout === this.#layout && generation === this.#generation
    const follows = isKnown && pool.span <= this.#leaves && pool.remembers(this.#version)
    const first = this.#version
    this.#version = none
    this.#groups?.update(pool, generation)
    if (!follows || since > pool.span + 8) this.#rebuild(pool, strategy, task, view, now)
    else {
      for (let change = first; change < version; change += 1) {
        const place = pool.changeAt(change)
        if (pool.isLastOf(place, change)) this.#set(place, this.#judge(pool, place, strategy, task, view, now))
      }
    }
    this.#version = version
    this.#layout = pool.layout
    this.#generation = generation
  }

  /** The rank of the worker at the place, as it was when this was last brought up to date; −∞: it did not fit. */
  rankAt(place: number): number {
    return this.#highest[this.#leaves + place] ?? out
  }

  /** The place of the first of the best at or after `start`, or else of the first of the best; −1 where nobody fits. */
  best(start: number): number {
    const tree = this.#highest
    const highest = this.highest
    if (highest === out) return none
    if (start > 0 && start < this.#leaves) {
      let node = this.#leaves + start
      if (tree[node] === highest) return start
      for (; node > 1; node >>= 1) {
        if ((node & 1) === 0 && tree[node + 1] === highest) return this.#firstBelow(node + 1, highest)
      }
    }
    return this.#firstBelow(1, highest)
  }

  /** The same without some, who stay in it. */
  bestWithout(refused: Iterable<WorkerId>, pool: Pool, start: number): { place: number; rank: number } {
    const aside: Array<{ readonly place: number; readonly rank: number }> = []
    for (const workerId of refused) {
      const place = pool.placeOf(workerId)
      const rank = place === undefined ? out : (this.#highest[this.#leaves + place] ?? out)
      if (place === undefined || rank === out) continue
      aside.push({ place, rank })
      this.#set(place, out)
    }
    const answer = { place: this.best(start), rank: this.highest }
    for (const { place, rank } of aside) this.#set(place, rank)
    return answer
  }

  #firstBelow(from: number, highest: number): number {
    const tree = this.#highest
    let node = from
    while (node < this.#leaves) {
      node *= 2
      if (tree[node] !== highest) node += 1
    }
    return node - this.#leaves
  }

  #set(place: number, rank: number): void {
    const tree = this.#highest
    let node = this.#leaves + place
    let highest = rank
    while (tree[node] !== highest) {
      tree[node] = highest
      if (node === 1) return
      const other = tree[node ^ 1] ?? out
      if (other > highest) highest = other
      node >>= 1
    }
  }

  #judge(pool: Pool, place: number, strategy: RankStrategy, task: TaskSpec, view: PlacementView, now: Millis): number {
    const groups = this.#groups
    if (groups === undefined) return rankAt(pool, place, strategy, task, view, now)
    const known = groups.at(place)
    return known === unknown ? groups.keep(place, rankAt(pool, place, strategy, task, view, now)) : known
  }

  #rebuild(pool: Pool, strategy: RankStrategy, task: TaskSpec, view: PlacementView, now: Millis): void {
    let leaves = Math.max(2, this.#leaves)
    while (leaves < pool.span) leaves *= 2
    while (leaves > 2 && leaves >= 4 * pool.span) leaves /= 2
    if (leaves !== this.#leaves) {
      this.#leaves = leaves
      this.#highest = new Float64Array(2 * leaves)
    }
    const tree = this.#highest
    tree.fill(out)
    this.#groups?.fill(tree, leaves, pool.span)
    for (let place = 0; place < pool.span; place += 1) {
      if (this.#groups === undefined || tree[leaves + place] === unknown) {
        tree[leaves + place] = this.#judge(pool, place, strategy, task, view, now)
      }
    }
    // Storey by storey, as far as somebody stands below it.
    for (let first = leaves >> 1, last = leaves + pool.span - 1; first > 0; first >>= 1) {
      last >>= 1
      for (let node = first; node <= last; node += 1) {
        const left = tree[2 * node] ?? out
        const right = tree[2 * node + 1] ?? out
        tree[node] = left > right ? left : right
      }
    }
  }
}

/** One strategy's rankings, by class and shape. */
type Shelf = Map<string, Map<string, Ranking>>

/** All rankings of one pool; the least recently used give way. */
class Rankings {
  readonly #usual = new Map<RankStrategy, Shelf>()
  readonly #urgent = new Map<RankStrategy, Shelf>()
  readonly #groups = new WeakMap<StandingRankStrategy, Groups>()
  #asked = 0
  #figures = 0

  of(strategy: RankStrategy, task: TaskSpec, pool: Pool): Ranking {
    const shelves = counts(strategy, task) ? this.#urgent : this.#usual
    let shelf = shelves.get(strategy)
    if (shelf === undefined) {
      shelf = new Map()
      shelves.set(strategy, shelf)
    }
    const group = strategy.classOf === undefined ? "" : strategy.classOf(task)
    let shapes = shelf.get(group)
    if (shapes === undefined) {
      shapes = new Map()
      shelf.set(group, shapes)
    }
    const { shape } = task.requirements
    let ranking = shapes.get(shape)
    if (ranking === undefined) {
      ranking = new Ranking(this.#groupsFor(strategy, task))
      shapes.set(shape, ranking)
    }
    this.#asked += 1
    ranking.lastUsed = this.#asked
    this.#count(ranking, ranking.figuresFor(pool.span))
    return ranking
  }

  /** Workers that stand alike, where that is all that counts for such tasks. */
  #groupsFor(strategy: RankStrategy, task: TaskSpec): GroupRanks | undefined {
    if (!knowsStandings(strategy) || !isForStandings(task) || counts(strategy, task)) return undefined
    let groups = this.#groups.get(strategy)
    if (groups === undefined) {
      groups = new Groups(strategy)
      this.#groups.set(strategy, groups)
    }
    return new GroupRanks(groups, task.requirements.demand)
  }

  /** A pool that grows makes each ranking larger once it is asked again. */
  #count(ranking: Ranking, figures: number): void {
    if (figures <= ranking.counted) return
    this.#figures += figures - ranking.counted
    ranking.counted = figures
    if (this.#figures > mostFigures) this.#makeRoom()
  }

  /** Lets go of those used longest ago, half of them in one go, so that each is looked at seldom. */
  #makeRoom(): void {
    const all: Array<Ranking> = []
    for (const shelves of [this.#usual, this.#urgent]) {
      for (const shelf of shelves.values()) for (const shapes of shelf.values()) all.push(...shapes.values())
    }
    const oldest = all.map(({ lastUsed }) => lastUsed).sort((a, b) => a - b)[all.length >> 1] ?? 0
    for (const shelves of [this.#usual, this.#urgent]) {
      for (const [strategy, shelf] of shelves) {
        for (const [group, shapes] of shelf) {
          for (const [shape, { lastUsed }] of shapes) if (lastUsed < oldest) shapes.delete(shape)
          if (shapes.size === 0) shelf.delete(group)
        }
        if (shelf.size === 0) shelves.delete(strategy)
      }
    }
    this.#figures = 0
    for (const { lastUsed, counted } of all) if (lastUsed >= oldest) this.#figures += counted
  }
}

const rankings = new WeakMap<Pool, Rankings>()

/** The ranking of a strategy for tasks such as this, as it was left at the last such decision. */
export const rankingOf = (strategy: RankStrategy, task: TaskSpec, pool: Pool): Ranking => {
  let all = rankings.get(pool)
  if (all === undefined) {
    all = new Rankings()
    rankings.set(pool, all)
  }
  return all.of(strategy, task, pool)
}
