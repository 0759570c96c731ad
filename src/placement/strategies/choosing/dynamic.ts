import type { Millis } from "../../../model/index.ts"
import type { DelegatingStrategy, EndedRun, Strategy } from "../../strategy.ts"
import type { PlacementView } from "../../view.ts"
import { type ClusterState, clusterState, describeCluster } from "./replay/cluster-state.ts"
import { RunHistory } from "./replay/recorded-run.ts"
import { Replay } from "./replay/replay.ts"
import { withoutMemory } from "./replay/without-memory.ts"

/** What may be chosen. */
export interface DynamicCandidate {
  /** Makes it, for the work and for each replay anew. Where it gives the same one again, that learns nothing from replays. */
  readonly make: () => Strategy
  /** Workers beyond which it is not asked, since its cost grows with them. Left out: none. */
  readonly upTo?: number
}

/** A switch from one strategy to another, and why. */
export interface StrategyChange {
  /** Who switched: `dynamic`, `learned`. */
  readonly strategy: string
  readonly at: Millis
  readonly from: string
  readonly to: string
  readonly reason: string
}

export interface DynamicOptions {
  /** By id, at least one; the first is where it starts unless the cluster's state speaks for another. */
  readonly candidates: Readonly<Record<string, DynamicCandidate>>
  /** Between the ends of two reviews at the least. */
  readonly interval: Millis
  /** How long a strategy stays once it was switched to. */
  readonly hold: Millis
  /** Runs that are placed again by each candidate. */
  readonly window: number
  /** Runs below which nothing is concluded. */
  readonly minRuns: number
  /** The share of the mean sojourn that another must save. */
  readonly gain: number
  /** Reviews in a row in which it must. */
  readonly reviews: number
  /** Told of each switch. Must not throw. */
  readonly onChange?: (change: StrategyChange) => void
}

/** The interval is the sources'; the rest keeps a switch from following noise. */
export const dynamicDefaults: Omit<DynamicOptions, "candidates"> = {
  interval: 300_000,
  hold: 300_000,
  window: 400,
  minRuns: 100,
  gain: 0.1,
  reviews: 2
}

/** Arrivals and ends that are placed again for each run that really ends: a review must not hold up the work. */
const stepsPerRun = 8

/** Sojourns that differ by less tell nothing: the cluster's state decides then. */
const level = 0.02

/** From here on load is uneven, or capacities differ. */
const uneven = 0.3

interface Entry {
  readonly id: string
  readonly candidate: DynamicCandidate
  readonly strategy: Strategy
  /** Reviews in a row in which it saved enough. */
  streak: number
}

/** The strategy for a replay: another, or the same one without its memory. */
const rehearsed = ({ candidate, strategy }: Entry): Strategy => {
  const made = candidate.make()
  return made === strategy ? withoutMemory(made) : made
}

interface Review {
  readonly state: ClusterState
  readonly replays: ReadonlyArray<{ readonly entry: Entry; readonly replay: Replay }>
}

/** What the state speaks for, the first most: ids of the usual strategies. */
export const favouredBy = ({ load, unevenness, variety }: ClusterState): ReadonlyArray<string> => {
  if (variety > uneven) return load > 0.7 ? ["predictive", "weighted_capacity"] : ["weighted_capacity", "predictive"]
  if (unevenness > uneven) return ["least_connections", "p2c"]
  return load < 0.3 ? ["round_robin", "least_connections"] : ["least_connections"]
}

/**
 * Dynamic: at intervals the strategy that would have done best with what was to be done.
 *
 * The latest runs are placed once more by each candidate, in a twin of the pool under the speeds that were learned: same
 * arrivals, same work. A candidate whose mean sojourn there is less than that of the running one by more than `gain`, in so
 * many reviews in a row (one less where load is uneven), takes over and stays for `hold`. The running one is judged by its replay as
 * all others are, never by what it happened to get. Where replays are level, the state of the cluster decides: load,
 * evenness (Gini), variety of capacity, and its size, beyond which strategies whose cost grows with it are left out.
 * Formula: gain = 1 − mean sojourn of the other ÷ mean sojourn of the running one. Source: the dynamic selection of service
 * balancers, with shadow runs in place of scores that only the running strategy gets.
 * Ties: as in the strategy that decides. Cost: 8 steps of a replay for each run that ends, while a review is on.
 * Not for a cluster whose work changes faster than reviews: those look back.
 */
export const dynamic = (options: Pick<DynamicOptions, "candidates"> & Partial<DynamicOptions>): DelegatingStrategy => {
  const { candidates, interval, hold, window, minRuns, gain, reviews, onChange } = { ...dynamicDefaults, ...options }
  const entries: ReadonlyArray<Entry> = Object.entries(candidates).map(([id, candidate]) => ({
    id,
    candidate,
    strategy: candidate.make(),
    streak: 0
  }))
  const [first] = entries
  if (first === undefined) throw new Error("dynamic has no candidates")
  const history = new RunHistory(window)
  let current = first
  let reason = "it is the first of the candidates, and nothing was reviewed yet"
  let nextAt: Millis | undefined
  let switchedAt = Number.NEGATIVE_INFINITY
  let review: Review | undefined

  const stateOf = (view: PlacementView): ClusterState =>
    clusterState(view.workers, ({ spec }) => view.times?.speedOf(spec.id) ?? spec.weight)

  const ableAt = ({ size }: ClusterState): ReadonlyArray<Entry> =>
    entries.filter(({ candidate }) => size <= (candidate.upTo ?? Number.POSITIVE_INFINITY))

  const switchTo = (next: Entry, why: string, now: Millis): void => {
    reason = why
    if (next === current) return
    onChange?.({ strategy: "dynamic", at: now, from: current.id, to: next.id, reason: why })
    current = next
    switchedAt = now
    for (const entry of entries) entry.streak = 0
  }

  /** The able one that the state speaks for; without any, the running one or else the first. */
  const favouriteOf = (state: ClusterState, able: ReadonlyArray<Entry>): Entry | undefined =>
    favouredBy(state).flatMap((id) => able.filter((entry) => entry.id === id))[0] ??
    (able.includes(current) ? current : able[0])

  const open = (view: PlacementView, now: Millis): void => {
    const state = stateOf(view)
    const able = ableAt(state)
    if (!able.includes(current)) {
      const other = favouriteOf(state, able)
      if (other !== undefined) switchTo(other, `too many workers for ${current.id}; ${describeCluster(state)}`, now)
    }
    const runs = history.inOrder()
    const pool = view.workers.map(({ spec }) => spec)
    review = {
      state,
      replays: able.map((entry) => ({ entry, replay: new Replay(runs, pool, view, rehearsed(entry)) }))
    }
  }

  /** Candidates from the best on; those level with the best as the state has it. */
  const ranked = ({ state, replays }: Review) => {
    const results = replays.map(({ entry, replay }) => ({ entry, ms: replay.outcome.meanSojournMs }))
    const best = Math.min(...results.map(({ ms }) => ms))
    const favoured = favouredBy(state)
    const place = ({ entry, ms }: (typeof results)[number]): number => {
      if (ms > best * (1 + level)) return Number.POSITIVE_INFINITY
      const index = favoured.indexOf(entry.id)
      return index < 0 ? favoured.length : index
    }
    return results.toSorted((a, b) => (place(a) === place(b) ? a.ms - b.ms : place(a) - place(b)))
  }

  const conclude = (done: Review, now: Millis): void => {
    const order = ranked(done)
    const own = order.find(({ entry }) => entry === current)
    const [leader] = order
    if (own === undefined || leader === undefined) return
    for (const { entry, ms } of order) entry.streak = own.ms > 0 && 1 - ms / own.ms > gain ? entry.streak + 1 : 0
    const words = (ms: number): string => `${Math.round(ms)} ms`
    const found = `${history.size} runs placed again: mean sojourn ${words(leader.ms)} by ${leader.entry.id}, ${words(own.ms)} by ${own.entry.id}; ${describeCluster(done.state)}`
    const needed = Math.max(1, done.state.unevenness > uneven ? reviews - 1 : reviews)
    const mayLeave = now - switchedAt >= hold
    if (leader.entry.streak >= needed && mayLeave) switchTo(leader.entry, found, now)
    else reason = found
  }

  const goOn = (now: Millis): void => {
    if (review === undefined) return
    let steps = stepsPerRun
    for (const { replay } of review.replays) {
      while (steps > 0 && !replay.advance(1)) steps -= 1
      if (steps === 0) return
    }
    conclude(review, now)
    review = undefined
    nextAt = now + interval
  }

  /** Until enough is known to replay, the state alone speaks. */
  const start = (view: PlacementView, now: Millis): void => {
    const state = stateOf(view)
    const able = ableAt(state)
    const found = favouriteOf(state, able)
    if (found !== undefined) switchTo(found, `nothing was placed again yet; ${describeCluster(state)}`, now)
    switchedAt = Number.NEGATIVE_INFINITY
  }

  return {
    id: "dynamic",
    delegates: entries.map(({ strategy }) => strategy),
    delegate: () => current.strategy,
    because: () => reason,
    ended: (run: EndedRun, view, now) => {
      history.add(run, view, now)
      if (nextAt === undefined) {
        nextAt = now + interval
        start(view, now)
      }
      if (review !== undefined) goOn(now)
      else if (now >= nextAt && history.size >= minRuns) open(view, now)
    }
  }
}
