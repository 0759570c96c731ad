import { median } from "../statistics.ts"
import type { Pool } from "./contenders.ts"

/** One way to load a pool; gives one figure. */
export interface Workload {
  readonly row: string
  readonly unit: string
  readonly more: boolean
  readonly measure: (pool: Pool) => Promise<number>
}

/** Runs one task and makes sure that it was run. */
const runOne = async (pool: Pool, number: number): Promise<void> => {
  if ((await pool.run(number)) !== number) throw new Error(`task ${number} was not run`)
}

/** Keeps `window` tasks under way until `tasks` have completed; counts completions, and returns them per second. */
const throughput = async (pool: Pool, tasks: number, window: number): Promise<number> => {
  let started = 0
  let completed = 0
  const lane = async (): Promise<void> => {
    while (started < tasks) {
      started += 1
      await runOne(pool, started)
      completed += 1
    }
  }
  const begun = performance.now()
  await Promise.all(Array.from({ length: window }, lane))
  const seconds = (performance.now() - begun) / 1000
  if (completed !== tasks) throw new Error(`${completed} of ${tasks} tasks completed`)
  return completed / seconds
}

const windowOf = (window: number, tasks: number): Workload => ({
  row: `window ${window}`,
  unit: "tasks/s",
  more: true,
  measure: (pool) => throughput(pool, tasks, window)
})

const lone = (tasks: number): Workload => ({
  row: "lone task µs",
  unit: "µs",
  more: false,
  measure: async (pool) => {
    const micros: Array<number> = []
    for (let task = 0; task < tasks; task++) {
      const begun = performance.now()
      await runOne(pool, task)
      micros.push((performance.now() - begun) * 1000)
    }
    return median(micros)
  }
})

/** `burst`: tasks submitted at once. */
export const workloads = (burst: number): ReadonlyArray<Workload> => [
  lone(1_000),
  windowOf(64, 20_000),
  windowOf(1024, 20_000),
  { ...windowOf(burst, burst), row: "burst" }
]
