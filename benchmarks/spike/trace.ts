import { seeded } from "../statistics.ts"
import { type WorkerName, workerIds } from "./account.ts"

export interface Task {
  readonly number: number
  /** The worker it belongs to. */
  readonly home: WorkerName
  /** Milliseconds from the start. */
  readonly at: number
  readonly slices: number
  /** What is declared: its work in milliseconds, give or take. */
  readonly expected: number
}

/** What happens when, in milliseconds from the start. */
export interface Timeline {
  readonly spike: { readonly from: number; readonly until: number }
  readonly throttle: { readonly from: number; readonly until: number; readonly times: number }
  readonly kill: number
  /** Nothing arrives any more. */
  readonly end: number
}

/** Milliseconds. */
export const slice = 20
export const meanWork = 1_500
/** The share of its time that each worker is given, before the spike and after. */
const load = 0.35
export const struck = 3
export const times = 5
/** How far off a declared duration may be. */
const error = 0.3

/** Regular arrivals at each home, and four times as many on top at the struck ones within the spike; sizes are uniform. */
export const traceOf = (seed: number, { spike, end }: Timeline): ReadonlyArray<Task> => {
  const random = seeded(seed)
  const stream = (home: WorkerName, between: number, from: number, until: number) => {
    const tasks: Array<Omit<Task, "number">> = []
    for (let at = from + random() * between; at < until; at += between) {
      const work = meanWork * (0.5 + random())
      const expected = work * (1 + error * (2 * random() - 1))
      tasks.push({ home, at, slices: Math.max(1, Math.round(work / slice)), expected })
    }
    return tasks
  }
  const between = meanWork / load
  return [
    ...workerIds.flatMap((home) => stream(home, between, 0, end)),
    ...workerIds.slice(0, struck).flatMap((home) => stream(home, between / (times - 1), spike.from, spike.until))
  ]
    .sort((one, other) => one.at - other.at)
    .map((task, number) => ({ ...task, number }))
}
