import type { Millis, PowerModel, WorkerId } from "../../../src/model/index.ts"
import { Sample } from "../../../src/statistics/index.ts"
import type { Outcome } from "../outcome.ts"

/** What a setting is to be good at. All of them are to be small. */
export const goals = {
  mean: "ms from submit to end, in the mean",
  p99: "ms from submit to end, 99th percentile",
  makespan: "ms to the last end",
  joules: "joules until the last end, by what is known of each kind of hardware"
} as const

export type Goal = keyof typeof goals

export const isGoal = (name: string): name is Goal => Object.hasOwn(goals, name)

/** What came of one stretch. */
export interface Seen {
  readonly sojourns: ReadonlyArray<Millis>
  /** From the first judged arrival to the last end. */
  readonly lasting: Millis
  readonly outcome: Outcome
  readonly workers: ReadonlyArray<{ readonly id: WorkerId; readonly power: PowerModel; readonly slots: number }>
  /** How long each worker rested. */
  readonly rested: ReadonlyMap<WorkerId, Millis>
}

/** What a worker that rests draws of what it draws with nothing to do, where that is not known. */
const asleep = 0.1

/** Straight lines between what workers draw idle and at their peak. */
const joulesOf = ({ outcome, workers, rested }: Seen): number => {
  const busy = new Map(outcome.workers.map(({ id, busyMs }) => [id, busyMs]))
  return workers.reduce((sum, { id, power, slots }) => {
    const { idleWatts, peakWatts, sleepWatts = asleep * idleWatts } = power
    const resting = Math.min(outcome.makespan, rested.get(id) ?? 0)
    const inUse = (busy.get(id) ?? 0) / slots
    const awake = (outcome.makespan - resting) * idleWatts + inUse * (peakWatts - idleWatts)
    return sum + (awake + resting * sleepWatts) / 1_000
  }, 0)
}

/** The figure by which a stretch is judged. */
export const figureOf = (goal: Goal, seen: Seen): number => {
  const sample = new Sample()
  for (const sojourn of seen.sojourns) sample.push(sojourn)
  switch (goal) {
    case "mean":
      return sample.mean
    case "p99":
      return sample.quantile(0.99)
    case "makespan":
      return seen.lasting
    case "joules":
      return joulesOf(seen)
  }
}
