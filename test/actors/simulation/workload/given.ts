import type { SimulatedTask, TaskKind, Workload } from "../../../../actors/simulation/workload/index.ts"
import { tasksOf } from "../../../../actors/simulation/workload/index.ts"

export const kindOf = (more: Partial<TaskKind> = {}): TaskKind => ({
  work: { type: "exponential", mean: 10 },
  ...more
})

export const workloadOf = (arrivals: Workload["arrivals"], kinds: ReadonlyArray<TaskKind> = [kindOf()]): Workload => ({
  arrivals,
  kinds
})

/** The first so many tasks. */
export const firstOf = (workload: Workload, count: number, seed = "seed"): ReadonlyArray<SimulatedTask> => {
  const first: Array<SimulatedTask> = []
  for (const task of tasksOf(workload, seed)) {
    first.push(task)
    if (first.length === count) break
  }
  return first
}

export const allOf = (workload: Workload, seed = "seed"): ReadonlyArray<SimulatedTask> => [...tasksOf(workload, seed)]

export const timesOf = (tasks: ReadonlyArray<SimulatedTask>): ReadonlyArray<number> => tasks.map(({ at }) => at)

export const worksOf = (tasks: ReadonlyArray<SimulatedTask>): ReadonlyArray<number> => tasks.map(({ work }) => work)
