import type { Pool } from "../pools/pool.ts"
import { spin } from "../pools/threads/handlers.ts"

export interface Load {
  readonly threads: number
  /** Tasks kept under way. */
  readonly window: number
  /** Nanoseconds of a step, as measured with all threads at it. */
  readonly step: number
  /** About how long one measurement is to compute on each thread, in milliseconds. */
  readonly ms: number
}

/** Steps timed at once, some milliseconds, and how often. */
const timed = 4_000_000
const repeats = 6

/**
 * What a step takes while all threads compute at the same time and nothing else goes on; `pool` runs `timeOfStep`. The
 * shortest is taken: a longer one holds time that the machine gave to others, and would count it as computed.
 */
export const calibrate = async (pool: Pool, threads: number): Promise<number> => {
  const times: Array<number> = []
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const all = await Promise.all(Array.from({ length: threads }, () => pool.run(timed)))
    times.push(...all.map(Number))
  }
  return Math.min(...times)
}

/**
 * The share of the threads' time that goes into tasks of this size (µs), a window of them kept under way: useful compute
 * ÷ (threads × wall). Every task's result is checked, so what counts was computed.
 */
export const efficiencyAt = async (pool: Pool, size: number, { threads, window, step, ms }: Load): Promise<number> => {
  const steps = Math.max(1, Math.round((size * 1_000) / step))
  const tasks = Math.max(2 * window, Math.round((ms * 1_000 * threads) / Math.max(size, 2)))
  const expected = spin({ number: 0, steps })
  let started = 0
  const lane = async (): Promise<void> => {
    while (started < tasks) {
      started += 1
      const number = started
      if ((await pool.run({ number, steps })) !== (expected ^ number)) throw new Error(`task ${number} was not run`)
    }
  }
  const begun = performance.now()
  await Promise.all(Array.from({ length: window }, lane))
  const wall = performance.now() - begun
  return (tasks * steps * step) / 1e6 / (threads * wall)
}
