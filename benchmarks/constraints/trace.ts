import { seeded } from "../statistics.ts"

/** A task that needs more than a thread's time. */
export interface Task {
  readonly number: number
  /** Milliseconds. */
  readonly ms: number
  /** Units of the memory that a thread has. */
  readonly memory: number
  readonly accelerators: number
  /** Tasks of one key exclude each other; −1: none. */
  readonly key: number
}

/** What each thread has. */
export const supply = { memory: 8, accelerators: 2, slots: 8 } as const

const keys = 15
const shares = { keyed: 0.2, accelerated: 0.3 } as const
const shortest = 5
const longest = 40

/** The tasks of one seed: short waits, one to four units of memory, three in ten with an accelerator, one in five with a key. */
export const traceOf = (seed: number, tasks: number): ReadonlyArray<Task> => {
  const random = seeded(seed)
  return Array.from({ length: tasks }, (_, number) => ({
    number,
    ms: shortest + Math.floor(random() * (longest - shortest + 1)),
    memory: 1 + Math.floor(random() * 4),
    accelerators: random() < shares.accelerated ? 1 : 0,
    key: random() < shares.keyed ? Math.floor(random() * keys) : -1
  }))
}

/** What a task took on its thread, in milliseconds. */
export interface Ran {
  readonly task: Task
  readonly took: number
}

/**
 * The least time in which these runs could have been done by so many threads: all that is asked of each supply over all of
 * it, the runs of one key one after the other, and the longest run.
 */
export const boundOf = (ran: ReadonlyArray<Ran>, threads: number): number => {
  const sum = (weight: (task: Task) => number): number =>
    ran.reduce((all, { task, took }) => all + took * weight(task), 0)
  const byKey = new Array<number>(keys).fill(0)
  let most = 0
  for (const { task, took } of ran) {
    most = Math.max(most, took)
    if (task.key >= 0) byKey[task.key] = (byKey[task.key] ?? 0) + took
  }
  return Math.max(
    sum(() => 1) / (threads * supply.slots),
    sum(({ memory }) => memory) / (threads * supply.memory),
    sum(({ accelerators }) => accelerators) / (threads * supply.accelerators),
    most,
    ...byKey
  )
}
