import type { Pool } from "../pools/pool.ts"
import { quantile } from "../statistics.ts"
import type { Task } from "./trace.ts"

/** Whose threads are how fast: one of them is slow. */
export interface Threads {
  readonly count: number
  readonly slowdown: number
  readonly slow: number
}

const waited = (result: unknown): { readonly number: number; readonly thread: number; readonly took: number } => {
  if (typeof result !== "object" || result === null) throw new Error("a task gave nothing back")
  const [number, thread, took] = ["number", "thread", "took"].map((key) => Reflect.get(result, key))
  if (typeof number !== "number" || typeof thread !== "number" || typeof took !== "number") {
    throw new Error("a task gave back something else")
  }
  return { number, thread, took }
}

/** The threads of a pool, found by giving it waits until each has taken one. */
export const threadsOf = async (pool: Pool, count: number): Promise<ReadonlyArray<number>> => {
  const found = new Set<number>()
  for (let round = 0; round < 20 && found.size < count; round += 1) {
    const payload = { number: 0, ms: 20, slowThread: undefined, slowdown: 1 }
    const answers = await Promise.all(Array.from({ length: 2 * count }, () => pool.run(payload)))
    for (const answer of answers) found.add(waited(answer).thread)
  }
  if (found.size !== count) throw new Error(`${found.size} threads instead of ${count}`)
  return [...found]
}

interface Ran {
  readonly thread: number
  readonly took: number
}

const runOne = async (pool: Pool, task: Task, threads: Threads, declared: boolean): Promise<Ran> => {
  const payload = { number: task.number, ms: task.ms, slowThread: threads.slow, slowdown: threads.slowdown }
  const result = waited(await pool.run(payload, declared ? task.expected : undefined))
  if (result.number !== task.number) throw new Error(`task ${task.number} was not run`)
  return result
}

/**
 * All tasks at once: how long until the last has ended, as a multiple of the time in which it could not have been done
 * faster: all work ÷ all speed, or the longest task on a fast thread. Work is what each task was measured to take.
 */
export const makespanOverBound = async (
  pool: Pool,
  trace: ReadonlyArray<Task>,
  threads: Threads,
  declared: boolean
): Promise<number> => {
  const begun = performance.now()
  const ran = await Promise.all(trace.map((task) => runOne(pool, task, threads, declared)))
  const makespan = performance.now() - begun
  const work = ran.map(({ thread, took }) => (thread === threads.slow ? took / threads.slowdown : took))
  const speed = threads.count - 1 + 1 / threads.slowdown
  const bound = Math.max(work.reduce((sum, ms) => sum + ms, 0) / speed, ...work)
  return makespan / bound
}

/**
 * Tasks arrive one by one: the 99th percentile of the time from when a task was to arrive until its result, in ms. A
 * submitter that is late counts too: for everyone the same.
 */
export const openP99 = async (
  pool: Pool,
  trace: ReadonlyArray<Task>,
  threads: Threads,
  declared: boolean
): Promise<number> => {
  const sojourns: Array<number> = []
  const underWay: Array<Promise<void>> = []
  const begun = performance.now()
  const submit = async (task: Task): Promise<void> => {
    await runOne(pool, task, threads, declared)
    sojourns.push(performance.now() - begun - task.arrival)
  }
  for (const task of trace) {
    const early = task.arrival - (performance.now() - begun)
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early))
    underWay.push(submit(task))
  }
  await Promise.all(underWay)
  return quantile(
    sojourns.toSorted((a, b) => a - b),
    0.99
  )
}
