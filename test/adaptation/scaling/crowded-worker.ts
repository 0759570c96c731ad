import { chanceOf } from "./pool.ts"

export interface CrowdedStory {
  /** Runs that do not slow each other down; each further costs this share more of everybody. */
  readonly cores: (at: number) => number
  readonly contention?: number
  readonly max: number
  /** Spread of the tasks' work, as a logarithm. */
  readonly spread?: number
  /** Tasks under way or waiting, at that moment. */
  readonly clients?: (at: number) => number
  readonly seed?: number
  readonly until: number
  /** What the limit is, told of each run that ends; asked four times a second. */
  readonly limiter: {
    readonly limit: number
    ended(run: { readonly ms: number; readonly company: number; readonly running: number }): void
    decide(full: boolean, now: number): void
  }
}

/** A worker of which runs share the cores, as the limiter lets them in; tasks of 100 ms by themselves, in the mean. */
export const playCrowded = (story: CrowdedStory) => {
  const { cores, contention = 0, max, spread = 0.3, clients = () => 1e9, seed = 1, until, limiter } = story
  const chance = chanceOf(seed)
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance())
  let running: Array<{ left: number; readonly since: number; readonly company: number }> = []
  const done: Array<{ readonly at: number; readonly ms: number }> = []
  const limits: Array<{ readonly at: number; readonly limit: number }> = []
  const step = 1
  for (let now = 0; now < until; now += step) {
    const allowed = Math.min(max, Math.max(1, Math.floor(limiter.limit)), clients(now))
    while (running.length < allowed) {
      const left = 100 * Math.exp(spread * normal() - spread ** 2 / 2)
      running.push({ left, since: now, company: running.length + 1 })
    }
    const n = running.length
    const over = Math.max(0, n - cores(now))
    const share = n === 0 ? 0 : Math.min(1, cores(now) / n) / (1 + contention * over)
    for (const run of running) run.left -= step * share
    for (const { left, since, company } of running) {
      if (left > 0) continue
      const ms = now + step - since
      done.push({ at: now, ms })
      limiter.ended({ ms, company: (company + n) / 2, running: n })
    }
    running = running.filter(({ left }) => left > 0)
    if (now % 250 === 0) {
      limiter.decide(n >= limiter.limit && clients(now) > n, now)
      limits.push({ at: now, limit: limiter.limit })
    }
  }
  const from = (at: number) => done.filter((each) => each.at >= at)
  return {
    limits,
    /** Tasks a second, and how long they run in the mean, from that moment on. */
    since: (at: number) => {
      const late = from(at)
      const ms = late.reduce((sum, each) => sum + each.ms, 0) / late.length
      return { perSecond: (1_000 * late.length) / (until - at), ms }
    }
  }
}
