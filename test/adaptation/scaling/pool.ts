import {
  noDemand,
  readDemand,
  type SizingInput,
  type SizingRules,
  sizePool,
  sizingDefaults,
  unsized
} from "../../../src/adaptation/index.ts"

/** A source of numbers in [0, 1) that follows from its seed. */
export const chanceOf = (seed: number) => {
  let state = seed >>> 0 || 1
  return (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

export interface PoolStory {
  readonly min: number
  readonly max: number
  /** Tasks a second at that moment. */
  readonly rate: (at: number) => number
  /** How long a task takes, in milliseconds. */
  readonly duration: (chance: () => number) => number
  readonly until: number
  readonly seed?: number
  readonly boot?: number
  readonly rules?: Partial<SizingRules>
  readonly growth?: (at: number) => number
  /** Between two checks. */
  readonly interval?: number
}

export interface PoolChange {
  readonly at: number
  readonly from: number
  readonly to: number
  readonly reason: string
}

/** One queue before a pool of workers with one slot each, which is sized at an interval. Poisson arrivals. */
export const playPool = (story: PoolStory) => {
  const { min, max, rate, duration, until, seed = 1, boot = 100, growth = () => 1, interval = 250 } = story
  const rules: SizingRules = { ...sizingDefaults, ...story.rules }
  const chance = chanceOf(seed)
  const changes: Array<PoolChange> = []
  const waits: Array<{ readonly at: number; readonly ms: number }> = []
  const queue: Array<number> = []
  const sizes: Array<number> = []
  /** Until when each worker is busy, and from when on it is there. */
  let workers = Array.from({ length: min }, () => ({ readyAt: 0, busyUntil: 0 }))
  let leaving: typeof workers = []
  let [state, demand] = [unsized, noDemand]
  let [arrived, ended] = [0, 0]
  const step = 5
  for (let now = 0; now < until; now += step) {
    if (chance() < (rate(now) * step) / 1_000) {
      arrived += 1
      queue.push(now)
    }
    for (const worker of [...workers, ...leaving]) {
      if (worker.busyUntil > 0 && worker.busyUntil <= now) {
        worker.busyUntil = 0
        ended += 1
      }
    }
    leaving = leaving.filter(({ busyUntil }) => busyUntil > 0)
    for (const worker of workers) {
      const first = queue[0]
      if (first === undefined || worker.readyAt > now || worker.busyUntil > 0) continue
      queue.shift()
      waits.push({ at: now, ms: now - first })
      worker.busyUntil = now + duration(chance)
    }
    if (now % interval !== 0) continue
    const running = [...workers, ...leaving].filter(({ busyUntil }) => busyUntil > 0).length
    demand = readDemand(demand, { arrived, ended, running, load: running }, now)
    const input: SizingInput = {
      min,
      max,
      size: workers.length,
      coming: workers.filter(({ readyAt }) => readyAt > now).length,
      slotsEach: 1,
      otherSlots: 0,
      demand,
      growth: growth(now),
      waiting: queue.length,
      oldestWait: now - (queue[0] ?? now),
      boot,
      missing: 0
    }
    const sizing = sizePool(state, input, rules, now)
    state = sizing.state
    sizes.push(workers.length)
    if (sizing.size === workers.length) continue
    changes.push({ at: now, from: workers.length, to: sizing.size, reason: sizing.reason })
    while (workers.length < sizing.size) workers.push({ readyAt: now + boot, busyUntil: 0 })
    const gone = workers
      .toSorted((a, b) => a.busyUntil - b.busyUntil)
      .slice(0, Math.max(0, workers.length - sizing.size))
    workers = workers.filter((worker) => !gone.includes(worker))
    leaving.push(...gone.filter(({ busyUntil }) => busyUntil > 0))
  }
  return { changes, waits, sizes, arrived, ended, state, left: queue.length }
}
