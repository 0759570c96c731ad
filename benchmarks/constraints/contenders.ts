import { Ballast } from "../../actors/index.ts"
import { piscina, tinypool } from "../pools/libraries.ts"
import { type Pool, threadFile } from "../pools/pool.ts"
import { supply, type Task } from "./trace.ts"
import type { Held } from "./watch.ts"

/** Runs tasks under the limits that they name, as far as it can express them. */
export interface Keeper {
  readonly name: string
  readonly note: string
  readonly start: (threads: number) => Promise<Kept>
}

export interface Kept {
  readonly run: (task: Held) => PromiseLike<unknown>
  readonly stop: () => Promise<unknown>
}

const requirementsOf = ({ memory, accelerators }: Task) => ({
  memory,
  ...(accelerators > 0 && { accelerators: { gpu: accelerators } })
})

const ballast: Keeper = {
  name: "ballast",
  note: "each worker with its memory, accelerators and slots; tasks with their requirements and keys, no durations; the default strategy",
  start: async (threads) => {
    const { memory, accelerators, slots } = supply
    const capacity = { memory, accelerators: { gpu: accelerators }, concurrent: slots }
    const runtime = await Ballast.start({
      handlers: threadFile("handlers"),
      workers: Array.from({ length: threads }, () => ({ capacity })),
      maxQueue: 10_000,
      log: { level: "silent" }
    })
    return {
      run: (task) =>
        runtime.run("hold", task, {
          requires: requirementsOf(task),
          ...(task.key >= 0 && { concurrencyKey: `key ${task.key}` })
        }),
      stop: () => runtime.shutdown({ timeout: 0 })
    }
  }
}

interface Place {
  readonly pool: Pool
  memory: number
  accelerators: number
  slots: number
}

interface Waiting {
  readonly task: Held
  readonly settle: (result: Promise<unknown>) => void
}

/**
 * What a user of Piscina would write: a pool of one thread for each worker, its limits counted beside it, and a list of
 * waiting tasks of which, whenever something has ended, each that fits anywhere goes to the emptiest, in their order.
 */
const byHand: Keeper = {
  name: "piscina by hand",
  note: `a pool of one thread for each worker, ${supply.slots} tasks at once; a list of waiting tasks, gone through from the first whenever one has ended`,
  start: async (threads) => {
    const places = await Promise.all(
      Array.from({ length: threads }, async (): Promise<Place> => {
        const contender = piscina({ name: "piscina", concurrentTasksPerWorker: supply.slots })
        const pool = await contender.start({ handler: "hold", threads: 1, queue: 0 })
        return { pool, ...supply }
      })
    )
    const held = new Set<number>()
    let waiting: Array<Waiting> = []
    const fits = (place: Place, task: Task): boolean =>
      place.slots > 0 && place.memory >= task.memory && place.accelerators >= task.accelerators
    const placeFor = (task: Task): Place | undefined => {
      if (held.has(task.key)) return undefined
      let best: Place | undefined
      for (const place of places) if (fits(place, task) && place.memory > (best?.memory ?? -1)) best = place
      return best
    }
    const take = (place: Place, { memory, accelerators, key }: Task, sign: 1 | -1): void => {
      place.slots -= sign
      place.memory -= sign * memory
      place.accelerators -= sign * accelerators
      if (key < 0) return
      if (sign > 0) held.add(key)
      else held.delete(key)
    }
    const dispatch = (): void => {
      waiting = waiting.filter(({ task, settle }) => {
        const place = placeFor(task)
        if (place === undefined) return true
        take(place, task, 1)
        settle(
          Promise.resolve(place.pool.run(task)).finally(() => {
            take(place, task, -1)
            dispatch()
          })
        )
        return false
      })
    }
    return {
      run: (task) => {
        const { promise, resolve } = Promise.withResolvers<unknown>()
        waiting.push({ task, settle: resolve })
        dispatch()
        return promise
      },
      stop: () => Promise.all(places.map(({ pool }) => pool.stop()))
    }
  }
}

/** A pool that knows of no limits but how many tasks a thread may have. */
const unaware = (make: typeof piscina, name: string): Keeper => ({
  name,
  note: `${supply.slots} tasks a worker; it knows of no memory, no accelerators and no keys`,
  start: (threads) =>
    make({ name, concurrentTasksPerWorker: supply.slots }).start({ handler: "hold", threads, queue: 10_000 })
})

export const keepers: ReadonlyArray<Keeper> = [
  ballast,
  byHand,
  unaware(piscina, "piscina"),
  unaware(tinypool, "tinypool")
]
