import type { WorkerDefinition } from "../../../src/config/index.ts"

/** The worker whose thread is taken down. */
export const victim = "large"

/**
 * Four unequal workers. Each is one thread, so one core at most, whatever its slots; `slow` may compute for 35 % of the
 * time. The label lets a task ask for one worker by name.
 */
export const pool = [
  { id: "large", capacity: { memory: 1, concurrent: 3 } },
  { id: "small-1", capacity: { memory: 0.5, concurrent: 1 } },
  { id: "small-2", capacity: { memory: 0.5, concurrent: 1 } },
  { id: "slow", capacity: { memory: 0.5, concurrent: 2 }, dutyCycle: 0.35 }
].map(({ id, capacity, dutyCycle = 1 }) => ({
  id,
  capacity: { cpu: 1, ...capacity },
  dutyCycle,
  capabilities: { labels: { name: id } }
})) satisfies ReadonlyArray<WorkerDefinition>

/** What each task takes of its worker: cores and GiB. */
export const requirements = { cpu: 0.25, memory: 0.25 } as const

export const slots = pool.reduce((sum, { capacity }) => sum + capacity.concurrent, 0)

/** Cores' worth of computing that the workers are allowed together. */
export const cores = pool.reduce((sum, { dutyCycle }) => sum + dutyCycle, 0)

/** Tasks of one group that may run at once: where there is more than one group, a slot is left to the others. */
export const groupLimit = (groups: number): number => (groups > 1 ? slots - 1 : slots)
