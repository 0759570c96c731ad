import { median } from "../statistics.ts"
import type { RowName } from "./rows.ts"
import type { World } from "./world.ts"

/** How a row is measured: in fresh worlds, for about so many milliseconds; one figure. */
export interface Workload {
  /** Whether a world can do this work at all. */
  readonly suits: (world: World) => boolean
  readonly warmUp: (start: () => Promise<World>, ms: number) => Promise<unknown>
  readonly measure: (start: () => Promise<World>, ms: number) => Promise<number>
}

/** What is under way at a time to one actor: no more than a default mailbox of Ballast holds. */
export const window = 1_000

const collect = (): void => globalThis.gc?.()

/**
 * Repeats a batch, which says how much of it was completed, until the time is over; completed per second. A first one is
 * not counted. Nothing is collected before: a forced collection also throws away compiled code, of some more than of others.
 */
const rate = async (ms: number, batch: () => Promise<number>): Promise<number> => {
  await batch()
  const begun = performance.now()
  let completed = 0
  do completed += await batch()
  while (performance.now() - begun < ms)
  return completed / ((performance.now() - begun) / 1_000)
}

/** A world for one use. */
const within = async <Result>(start: () => Promise<World>, use: (world: World) => Promise<Result>): Promise<Result> => {
  const world = await start()
  try {
    return await use(world)
  } finally {
    await world.close()
  }
}

const missing = (): Error => new Error("this contender has nothing of the kind")

/** Something that is waited for again and again. */
class Mark {
  #reached: () => void = () => {}

  readonly reached = (): void => this.#reached()

  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#reached = resolve
    })
  }
}

/** One sender outside, round robin over all actors, up to 20 messages to each and 100,000 in all under way (one: 1,000). */
const told = (start: () => Promise<World>, actors: number, ms: number): Promise<number> =>
  within(start, async ({ counters }) => {
    if (counters === undefined) throw missing()
    const mark = new Mark()
    let handled = 0
    let sent = 0
    let goal = 0
    const tell = await counters(actors, () => {
      handled += 1
      if (handled === goal) mark.reached()
    })
    const size = actors === 1 ? window : Math.max(actors, 20 * window)
    return rate(ms, async () => {
      goal += size
      const done = mark.next()
      while (sent < goal) {
        tell(sent % actors)
        sent += 1
      }
      await done
      return size
    })
  })

const tell = (actors: number): Workload => ({
  suits: ({ counters }) => counters !== undefined,
  warmUp: (start, ms) => told(start, Math.min(actors, 1_000), ms),
  measure: (start, ms) => told(start, actors, ms)
})

/** So many askers of one actor, each of which waits for its reply before it asks again. */
const asked = (start: () => Promise<World>, askers: number, ms: number): Promise<number> =>
  within(start, async ({ answerers, askAll }) => {
    const asks = askers === 1 ? window : 20 * askers
    if (askAll !== undefined) {
      const all = await askAll(1)
      return rate(ms, async () => {
        await all(asks, askers)
        return asks
      })
    }
    if (answerers === undefined) throw missing()
    const ask = await answerers(1)
    return rate(ms, async () => {
      let begun = 0
      let replied = 0
      const lane = async (): Promise<void> => {
        while (begun < asks) {
          begun += 1
          if (typeof (await ask(0)) !== "number") throw new Error("an ask was not replied to")
          replied += 1
        }
      }
      await Promise.all(Array.from({ length: askers }, lane))
      return replied
    })
  })

const ask = (askers: number): Workload => ({
  suits: ({ answerers, askAll }) => answerers !== undefined || askAll !== undefined,
  warmUp: (start, ms) => asked(start, askers, ms),
  measure: (start, ms) => asked(start, askers, ms)
})

/** One ball between two actors: each hop is a message handled. */
const pingPonged = (start: () => Promise<World>, ms: number): Promise<number> =>
  within(start, async ({ relay }) => {
    if (relay === undefined) throw missing()
    const mark = new Mark()
    const hops = 2 * window
    let left = 0
    const serve = await relay(2, () => {
      left -= 1
      if (left > 0) return true
      mark.reached()
      return false
    })
    return rate(ms, async () => {
      left = hops
      const done = mark.next()
      serve(0)
      await done
      return hops
    })
  })

const spawnedAndStopped = (start: () => Promise<World>, ms: number): Promise<number> =>
  within(start, async ({ spawnAndStop }) => {
    if (spawnAndStop === undefined) throw missing()
    return rate(ms, async () => {
      await spawnAndStop(window)
      return window
    })
  })

const idleActors = 100_000

/** Heap per idle actor, each of which has handled one message, after a collection. */
const heldBytes = (start: () => Promise<World>, actors: number): Promise<number> =>
  within(start, async ({ idle }) => {
    if (idle === undefined) throw missing()
    // What a first actor brings about for all is no actor's.
    await new Promise(setImmediate)
    collect()
    const before = process.memoryUsage().heapUsed
    await idle(actors)
    await new Promise(setImmediate)
    collect()
    return (process.memoryUsage().heapUsed - before) / actors
  })

const restartsEach = 100

const restarted = (start: () => Promise<World>, ms: number): Promise<number> =>
  within(start, async ({ restarts }) => {
    if (restarts === undefined) throw missing()
    const begun = performance.now()
    const micros: Array<number> = []
    // Under a new supervisor each time: it looks through the restarts of its window at each failure.
    do micros.push(...(await restarts(restartsEach)))
    while (performance.now() - begun < ms)
    return median(micros)
  })

const interval = 5
/** Enough for a 99th percentile, too few to be a load. */
const timers = 10

/** The 99th percentile of how late, in ms, timers of 5 ms are handled while `balls` messages go round for ever. */
const late = (start: () => Promise<World>, actors: number, balls: number, ms: number): Promise<number> =>
  within(start, async ({ relay, timer }) => {
    if (relay === undefined || timer === undefined) throw missing()
    let running = true
    const lateness: Array<number> = []
    const serve = await relay(Math.max(1, actors), () => running)
    for (let ball = 0; ball < balls; ball += 1) serve(ball % actors)
    const begun = performance.now()
    const tick = (): Promise<void> =>
      new Promise((resolve, reject) => {
        let armed = performance.now()
        timer(interval, () => {
          const now = performance.now()
          lateness.push(now - armed - interval)
          armed = now
          const again = now - begun < ms
          if (!again) resolve()
          return again
        }).catch(reject)
      })
    await Promise.all(Array.from({ length: timers }, tick))
    running = false
    lateness.sort((a, b) => a - b)
    return lateness[Math.ceil(lateness.length * 0.99) - 1] ?? Number.NaN
  })

export const workloads: Readonly<Record<RowName, Workload>> = {
  "tell one": tell(1),
  "tell 1000": tell(1_000),
  "tell 100000": tell(100_000),
  "ask one": ask(1),
  "ask 1000": ask(1_000),
  "ping-pong": {
    suits: ({ relay }) => relay !== undefined,
    warmUp: pingPonged,
    measure: pingPonged
  },
  "spawn and stop": {
    suits: ({ spawnAndStop }) => spawnAndStop !== undefined,
    warmUp: spawnedAndStopped,
    measure: spawnedAndStopped
  },
  "heap bytes": {
    suits: ({ idle }) => idle !== undefined,
    warmUp: (start) => heldBytes(start, 1_000),
    measure: (start) => heldBytes(start, idleActors)
  },
  "restart µs": {
    suits: ({ restarts }) => restarts !== undefined,
    warmUp: restarted,
    measure: restarted
  },
  // To one actor, which tells itself, and to 1,000 in a ring: the worse of the two.
  "timer late ms": {
    suits: ({ relay, timer }) => relay !== undefined && timer !== undefined,
    warmUp: (start, ms) => late(start, 1, 500, ms),
    measure: async (start, ms) => Math.max(await late(start, 1, 500, 4 * ms), await late(start, 1_000, 1_000, 4 * ms))
  }
}

/** The same timer with nothing else to do. */
export const idleTimer: Workload = {
  suits: ({ relay, timer }) => relay !== undefined && timer !== undefined,
  warmUp: (start, ms) => late(start, 0, 0, ms),
  measure: (start, ms) => late(start, 0, 0, 4 * ms)
}
