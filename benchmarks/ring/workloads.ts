import type { Pool } from "../pools/pool.ts"
import { median } from "../statistics.ts"

/** One way to load a pool; gives one figure. */
export interface Workload {
  readonly row: "lone task µs" | "window 64" | "window 1024" | "burst"
  readonly unit: string
  readonly more: boolean
  /** Into how many turns a round is cut; its figure is their median. */
  readonly slices: number
  readonly measure: (pool: Pool) => Promise<number>
}

export interface WorkloadSizes {
  /** Tasks one after another. */
  readonly lone: number
  /** Tasks in all where a window of them is kept under way. */
  readonly windowed: number
  /** Tasks submitted at once. */
  readonly burst: number
}

/** Runs one task and makes sure that it was run. */
const runOne = async (pool: Pool, number: number): Promise<void> => {
  if ((await pool.run(number)) !== number) throw new Error(`task ${number} was not run`)
}

/** Keeps `window` tasks under way until `tasks` have completed; returns how many milliseconds it took. */
const keepUnderWay = async (tasks: number, window: number, run: (number: number) => Promise<void>): Promise<number> => {
  let started = 0
  let completed = 0
  const lane = async (): Promise<void> => {
    while (started < tasks) {
      started += 1
      await run(started)
      completed += 1
    }
  }
  const begun = performance.now()
  await Promise.all(Array.from({ length: window }, lane))
  const took = performance.now() - begun
  if (completed !== tasks) throw new Error(`${completed} of ${tasks} tasks completed`)
  return took
}

const windowOf = (row: Workload["row"], tasks: number, window: number): Workload => ({
  row,
  unit: "tasks/s",
  more: true,
  slices: 1,
  measure: async (pool) => tasks / ((await keepUnderWay(tasks, window, (number) => runOne(pool, number))) / 1_000)
})

/**
 * How fast a parked thread wakes up changes with what the machine is doing, from one moment to the next by a factor of
 * three: hence many short turns.
 */
const loneSlices = 5

const lone = (tasks: number): Workload => ({
  row: "lone task µs",
  unit: "µs",
  more: false,
  slices: loneSlices,
  measure: async (pool) => {
    const micros: Array<number> = []
    for (let task = 0; task < tasks / loneSlices; task += 1) {
      const begun = performance.now()
      await runOne(pool, task)
      micros.push((performance.now() - begun) * 1_000)
    }
    return median(micros)
  }
})

export const workloads = (sizes: WorkloadSizes): ReadonlyArray<Workload> => [
  lone(sizes.lone),
  windowOf("window 64", sizes.windowed, 64),
  windowOf("window 1024", sizes.windowed, 1_024),
  windowOf("burst", sizes.burst, sizes.burst)
]

/** How long each task took from submit to result, in µs, a window kept under way; apart from the rows, as it costs time. */
export const latencies = async (pool: Pool, tasks: number, window: number): Promise<ReadonlyArray<number>> => {
  const micros: Array<number> = []
  await keepUnderWay(tasks, window, async (number) => {
    const begun = performance.now()
    await runOne(pool, number)
    micros.push((performance.now() - begun) * 1_000)
  })
  return micros
}
