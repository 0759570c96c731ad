import type { Pool } from "../pools/pool.ts"

export interface Batch {
  readonly tasks: number
  /** Milliseconds a task takes. */
  readonly ms: number
  /** The numbers of those that take their thread down, the first time they are started. */
  readonly killers: ReadonlySet<number>
}

export interface Ended {
  /** Tasks without a result in the end, those that hang among them. */
  readonly lost: number
  /** Tasks whose promises never settled. */
  readonly hanging: number
  readonly took: number
  /** Submits after a rejection: what a user without failover has to see to. */
  readonly resubmitted: number
  /** Starts beyond one for each task and one more for each killer. */
  readonly startedAgain: number
}

/** How often a task is submitted in all, where it is rejected. */
const submits = 4

/**
 * Submits all tasks at once and sees them to their end: a task that is rejected is submitted again, as a user would do.
 * Where nothing settles for `patience` milliseconds, what is left hangs.
 */
export const runBatch = async (pool: Pool, { tasks, ms, killers }: Batch, patience: number): Promise<Ended> => {
  const starts = new Int32Array(new SharedArrayBuffer(4 * tasks))
  let completed = 0
  let settled = 0
  let resubmitted = 0
  let lastSettled = performance.now()

  const seeThrough = async (number: number): Promise<void> => {
    for (let submit = 1; submit <= submits; submit += 1) {
      if (submit > 1) resubmitted += 1
      const result = await Promise.resolve(pool.run({ number, ms, kills: killers.has(number), starts })).catch(() => {})
      lastSettled = performance.now()
      if (result !== number) continue
      completed += 1
      break
    }
    settled += 1
  }

  const begun = performance.now()
  const { promise: gaveUp, resolve: giveUp } = Promise.withResolvers<void>()
  const watchdog = setInterval(() => {
    if (performance.now() - lastSettled > patience) giveUp()
  }, patience / 10)
  await Promise.race([Promise.all(Array.from({ length: tasks }, (_, number) => seeThrough(number))), gaveUp])
  clearInterval(watchdog)
  return {
    lost: tasks - completed,
    hanging: tasks - settled,
    took: performance.now() - begun,
    resubmitted,
    startedAgain: Math.max(0, starts.reduce((sum, count) => sum + count, 0) - tasks - killers.size)
  }
}
