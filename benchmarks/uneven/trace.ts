import { seeded } from "../statistics.ts"

export interface Task {
  readonly number: number
  /** Milliseconds on an ordinary thread. */
  readonly ms: number
  /** What is declared: `ms`, give or take. */
  readonly expected: number
  /** When it arrives, in milliseconds from the start, where tasks arrive one by one. */
  readonly arrival: number
}

/** Bounded Pareto by inversion of its distribution function: mostly short, some very long. */
const boundedPareto = (chance: number, alpha: number, low: number, high: number): number =>
  low * (1 - chance * (1 - (low / high) ** alpha)) ** (-1 / alpha)

export const sizes = { alpha: 1.1, low: 1, high: 200 } as const

/** How far off a declared duration may be. */
const error = 0.3

/**
 * The tasks of one seed. `capacity`: what all threads together do in a second of an ordinary one's time, in seconds;
 * `load`: the share of it that arrives.
 */
export const traceOf = (seed: number, tasks: number, capacity: number, load: number): ReadonlyArray<Task> => {
  const random = seeded(seed)
  const work = Array.from({ length: tasks }, () => boundedPareto(random(), sizes.alpha, sizes.low, sizes.high))
  const errors = work.map(() => 1 + error * (2 * random() - 1))
  const mean = work.reduce((sum, ms) => sum + ms, 0) / tasks
  const between = mean / (load * capacity)
  let arrival = 0
  return work.map((ms, number) => {
    arrival += -Math.log(1 - random()) * between
    return { number, ms, expected: ms * (errors[number] ?? 1), arrival }
  })
}
