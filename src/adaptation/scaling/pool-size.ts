import type { Millis } from "../../model/index.ts"
import { type PoolDemand, slotTimeOf } from "./pool-demand.ts"
import { addToPeak, highestOf, type RecentPeak } from "./recent-peak.ts"

/** How a pool grows and shrinks. Times in milliseconds. */
export interface SizingRules {
  /** How long waiting tasks may have to wait before workers are added. */
  readonly targetWait: Millis
  /** The share of the workers that the load may fill once some have been taken away. */
  readonly utilisation: number
  /** For how long fewer workers must have sufficed before one is taken away. */
  readonly idleTime: Millis
  /** Time between two times that workers are taken away, and after some were added. */
  readonly coolDown: Millis
  /** The share of the pool by which it grows at most at once; at least one worker. */
  readonly growth: number
  /** The share of the pool by which it shrinks at most at once; at least one worker. */
  readonly shrink: number
}

export const sizingDefaults: SizingRules = {
  targetWait: 1_000,
  utilisation: 0.7,
  idleTime: 30_000,
  coolDown: 10_000,
  growth: 1,
  shrink: 0.25
}

/** A pool as it is now. */
export interface SizingInput {
  readonly min: number
  readonly max: number
  /** Its workers that take work, rest, or are on their way. */
  readonly size: number
  /** Of these, those that are on their way. */
  readonly coming: number
  /** Slots of one of its workers, in the mean. */
  readonly slotsEach: number
  /** Slots beside the pool, of workers that are none of its. */
  readonly otherSlots: number
  readonly demand: PoolDemand
  /** By what the arrivals are forecast to grow until a worker that is started now is there; 1 where no forecast is proven. */
  readonly growth: number
  /** Tasks that wait and could run on one of its workers. */
  readonly waiting: number
  /** How long the first of them has waited. */
  readonly oldestWait: Millis
  /** How long a worker takes to start. */
  readonly boot: Millis
  /** Workers that parked tasks need, of kinds that are not there. */
  readonly missing: number
}

export interface SizingState {
  /** Workers that would have sufficed, of late. */
  readonly peak: RecentPeak
  /** When it was looked at first, and when it has grown and shrunk last. */
  readonly since: Millis | undefined
  readonly grownAt: Millis
  readonly shrunkAt: Millis
  /** What `idleTime` is multiplied by: more, after a worker was taken away that was needed after all; and since when. */
  readonly caution: number
  readonly cautionAt: Millis
}

const never = Number.NEGATIVE_INFINITY

export const unsized: SizingState = {
  peak: [],
  since: undefined,
  grownAt: never,
  shrunkAt: never,
  caution: 1,
  cautionAt: never
}

export interface Sizing {
  readonly state: SizingState
  /** How many workers there should be. */
  readonly size: number
  /** Why another number than there is. */
  readonly reason: string
}

/** A pool that shrinks and grows again within so many idle times has shrunk in vain. */
const regret = 4
const mostCaution = 8
/** What is forecast at most: a forecast of more is no forecast. */
const mostGrowth = 4
/** The load from which on growth that is forecast is prepared for. */
const filled = 0.9

const seconds = (ms: Millis): string => `${Number((ms / 1_000).toPrecision(2))} s`

const tasksWait = (count: number): string => (count === 1 ? "1 task waits" : `${count} tasks wait`)

/** Workers that what waits and what comes needs, and why; 0: what is there will do. */
const needed = (input: SizingInput, { targetWait }: SizingRules): { readonly count: number; readonly why: string } => {
  const { size, coming, slotsEach, otherSlots, demand, waiting, oldestWait, boot } = input
  const growth = Number.isFinite(input.growth) ? Math.min(mostGrowth, Math.max(1, input.growth)) : 1
  const slots = size * slotsEach + otherSlots
  const forSlots = (wanted: number): number => Math.ceil((wanted - otherSlots) / slotsEach - 1e-9)
  const slotTime = slotTimeOf(demand)
  // Those on their way will take some of them.
  const unserved = waiting - coming * slotsEach
  if (unserved > 0 && slotTime === undefined && oldestWait > targetWait) {
    const why = `${tasksWait(waiting)}, the first for ${seconds(oldestWait)}, and nobody knows yet how long they take`
    return { count: forSlots(slots + unserved), why }
  }
  if (waiting > 0 && slotTime !== undefined) {
    const backlog = waiting * slotTime
    const coming = demand.arrivals * slotTime
    const spare = slots - coming
    const wait = Math.max(backlog / Math.max(slots, 1e-9), spare > 0 ? 0 : oldestWait)
    // What those that are there have done before a newcomer could help is no reason for one.
    const isOverSoon = spare > 0 && backlog / spare <= boot + targetWait
    if (wait > targetWait && !isOverSoon) {
      const why = `${tasksWait(waiting)}, about ${seconds(wait)}`
      return { count: forSlots(coming * growth + Math.min(waiting, backlog / targetWait)), why }
    }
  }
  const expected = demand.load * growth
  if (growth > 1 && expected > filled * size) {
    const why = `the load is forecast to grow by ${Math.round(100 * (growth - 1))} %`
    return { count: Math.ceil(expected / filled - 1e-9), why }
  }
  return { count: 0, why: "" }
}

/** Workers that would have sufficed at this moment. */
const sufficient = (input: SizingInput, count: number, { utilisation, targetWait }: SizingRules): number => {
  const { size, demand, waiting, oldestWait } = input
  if (count > 0 || (waiting > 0 && oldestWait > targetWait)) return Math.max(size, count)
  return Math.ceil(demand.load / utilisation - 1e-9)
}

/** Doubled where the pool grows soon after it has shrunk, and halved with each quiet time. */
const cautionAfter = (before: SizingState, grows: boolean, { idleTime }: SizingRules, now: Millis) => {
  const { caution, cautionAt, shrunkAt } = before
  const soon = regret * idleTime * caution
  if (grows && now - shrunkAt < soon) return { caution: Math.min(mostCaution, 2 * caution), cautionAt: now }
  if (caution > 1 && now - Math.max(cautionAt, shrunkAt) > soon) return { caution: caution / 2, cautionAt: now }
  return { caution, cautionAt }
}

/**
 * How many workers a pool should have.
 *
 * It grows at once by what is needed so that what waits begins within the target wait, beside what comes meanwhile (as
 * forecast, where the forecast is proven), at most by its own size; workers on their way count as there. It does not grow
 * for a burst that is over before a newcomer could help. It shrinks slowly: to what has sufficed at every moment of the
 * idle time, with some room to spare, a part at a time, with a pause in between. Where it has to grow soon after it has
 * shrunk, the idle time doubles, up to eightfold, and is halved again by each quiet one.
 *
 * Source: the stabilisation window of the Kubernetes horizontal autoscaler; Little's law and the utilisation law for what
 * is needed. Cost: O(values kept of the peak), at most one for each check within eight idle times.
 */
export const sizePool = (before: SizingState, input: SizingInput, rules: SizingRules, now: Millis): Sizing => {
  const { min, max, size, missing } = input
  const { count, why } = needed(input, rules)
  const state: SizingState = {
    ...before,
    since: before.since ?? now,
    peak: addToPeak(before.peak, sufficient(input, count, rules), mostCaution * rules.idleTime, now)
  }
  if (size < min) return { state: { ...state, grownAt: now }, size: min, reason: `at least ${min}` }
  if (size > max) return { state: { ...state, shrunkAt: now }, size: max, reason: `at most ${max}` }
  const most = Math.min(max, size + Math.max(1, Math.ceil(size * rules.growth), missing))
  const grown = Math.min(most, Math.max(count, size + missing))
  const eased = { ...state, ...cautionAfter(state, grown > size, rules, now) }
  if (grown > size) {
    const reason = count > size ? why : `${missing} of a kind that waiting tasks need`
    return { state: { ...eased, grownAt: now }, size: grown, reason }
  }
  const window = rules.idleTime * eased.caution
  const watched = now - Math.max(eased.grownAt, eased.since ?? now)
  const enough = Math.max(min, highestOf(eased.peak.filter(({ at }) => at >= now - window)))
  if (watched < window || now - eased.shrunkAt < rules.coolDown || enough >= size) {
    return { state: eased, size, reason: "" }
  }
  const shrunk = Math.max(enough, size - Math.max(1, Math.floor(size * rules.shrink)))
  return {
    state: { ...eased, shrunkAt: now },
    size: shrunk,
    reason: `${enough} ${enough === 1 ? "has" : "have"} sufficed for ${seconds(window)}`
  }
}
