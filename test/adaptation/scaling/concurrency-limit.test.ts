import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  ConcurrencyLimit,
  gradient2,
  gradientDefaults,
  levelsUpTo,
  startingGradient
} from "../../../src/adaptation/index.ts"
import { type CrowdedStory, playCrowded } from "./crowded-worker.ts"

const limited = (max: number, min = 1): CrowdedStory["limiter"] => {
  const limit = new ConcurrencyLimit(max, { min })
  return {
    get limit() {
      return limit.limit
    },
    ended: ({ ms, company }) => limit.record("work", company, ms),
    decide: (full, now) => void limit.decide(full, now)
  }
}

const byGradient = (max: number): CrowdedStory["limiter"] => {
  let state = startingGradient(max)
  return {
    get limit() {
      return Math.floor(state.limit)
    },
    ended: (run) => {
      state = gradient2(state, run, { ...gradientDefaults, max })
    },
    decide: () => {}
  }
}

const unlimited = (max: number): CrowdedStory["limiter"] => ({ limit: max, ended: () => {}, decide: () => {} })

const play = (story: Omit<CrowdedStory, "until">, from = 120_000, until = 300_000) =>
  playCrowded({ ...story, until }).since(from)

describe("the number of runs that a worker has beside each other", () => {
  it("takes steps of about √2, from 1 up to as many as it has slots", () => {
    expect(levelsUpTo(16)).toEqual([1, 2, 3, 4, 6, 8, 11, 16])
    expect(levelsUpTo(1)).toEqual([1])
    expect(levelsUpTo(5)).toEqual([1, 2, 3, 4, 5])
    expect(levelsUpTo(24)).toEqual([1, 2, 3, 4, 6, 8, 12, 17, 24])
  })

  it("goes to where runs no longer slow each other down, and does as much as before", () => {
    const cores = () => 4
    const free = play({ cores, max: 16, limiter: unlimited(16) })
    const adapted = play({ cores, max: 16, limiter: limited(16) })
    expect(free.ms).toBeGreaterThan(390)
    expect(adapted.ms).toBeLessThan(125)
    expect(adapted.perSecond).toBeGreaterThan(0.96 * free.perSecond)
  })

  it("does much more where crowding costs throughput, where Gradient2 drifts to the maximum", () => {
    const world = { cores: () => 4, contention: 0.05, max: 16 }
    const best = play({ ...world, limiter: unlimited(4) })
    expect(play({ ...world, limiter: limited(16) }).perSecond).toBeGreaterThan(0.96 * best.perSecond)
    expect(play({ ...world, limiter: byGradient(16) }).perSecond).toBeLessThan(0.7 * best.perSecond)
  })

  it("stays at the top where runs only wait", () => {
    const world = { cores: () => 16, max: 16 }
    const free = play({ ...world, limiter: unlimited(16) })
    expect(play({ ...world, limiter: limited(16) }).perSecond).toBeGreaterThan(0.97 * free.perSecond)
  })

  it("follows a step of the worker, down and up again", () => {
    const { limits } = playCrowded({
      cores: (at) => (at < 150_000 ? 8 : at < 350_000 ? 2 : 8),
      max: 16,
      limiter: limited(16),
      until: 600_000
    })
    const median = (from: number, until: number): number => {
      const some = limits.filter(({ at }) => at >= from && at < until).map(({ limit }) => limit)
      return some.toSorted((a, b) => a - b)[Math.floor(some.length / 2)] ?? 0
    }
    expect(median(100_000, 150_000)).toBe(8)
    expect(median(250_000, 350_000)).toBe(2)
    expect(median(500_000, 600_000)).toBe(8)
  })
})

describe("property 15: the limit", () => {
  const worlds = fc.record({
    seed: fc.nat(),
    max: fc.integer({ min: 1, max: 24 }),
    least: fc.integer({ min: 1, max: 6 }),
    cores: fc.integer({ min: 1, max: 24 }),
    contention: fc.constantFrom(0, 0.05, 0.3),
    spread: fc.constantFrom(0, 0.3, 1)
  })

  type World = typeof worlds extends fc.Arbitrary<infer Drawn> ? Drawn : never
  const crowding: Pick<World, "seed" | "contention" | "spread"> = { seed: 0, contention: 0.3, spread: 0 }
  /** A look that put out of date what it was to be compared with; a most beside the next less; a long way down, slowly. */
  const hard: Array<[World]> = [
    [{ ...crowding, max: 23, least: 1, cores: 15 }],
    [{ ...crowding, max: 24, least: 3, cores: 14 }],
    [{ ...crowding, seed: 667262084, spread: 1, max: 16, least: 4, cores: 4 }]
  ]

  it("stays between its bounds, and ends where little is lost against the best", () => {
    let lowered = 0
    const shares: Array<number> = []
    fc.assert(
      fc.property(worlds, ({ seed, max, least, cores, contention, spread }) => {
        const min = Math.min(least, max)
        const world = { seed, max, cores: () => cores, contention, spread, until: 200_000 }
        const { limits, since } = playCrowded({ ...world, limiter: limited(max, min) })
        expect(Math.min(...limits.map(({ limit }) => limit))).toBeGreaterThanOrEqual(min)
        expect(Math.max(...limits.map(({ limit }) => limit))).toBeLessThanOrEqual(max)
        const best = Math.max(min, Math.min(max, cores))
        if (best < max) lowered += 1
        const ideal = playCrowded({ ...world, limiter: unlimited(best) }).since(100_000)
        // Where few tasks end, it has hardly begun to look.
        if (cores < 4) return
        const share = since(100_000).perSecond / ideal.perSecond
        shares.push(share)
        // In the worst of worlds it is still on its way down.
        expect(share).toBeGreaterThan(0.5)
      }),
      { numRuns: 40, examples: hard }
    )
    expect(lowered).toBeGreaterThan(10)
    expect(shares.toSorted((a, b) => a - b)[Math.floor(shares.length / 2)]).toBeGreaterThan(0.9)
  })

  it("is not raised by a worker that has little to do", () => {
    fc.assert(
      fc.property(worlds, fc.integer({ min: 1, max: 3 }), ({ seed, cores, spread }, clients) => {
        const { limits } = playCrowded({
          seed,
          max: 16,
          cores: (at) => (at < 100_000 ? 2 : cores),
          spread,
          contention: 0.3,
          clients: (at) => (at < 100_000 ? 1e9 : clients),
          limiter: limited(16),
          until: 200_000
        })
        const at = (moment: number) => limits.find((each) => each.at >= moment)?.limit ?? 0
        const later = limits.filter((each) => each.at > 101_000).map(({ limit }) => limit)
        // A look that is under way ends; where it is filled all the same, it is not idle.
        if (at(100_000) > clients) expect(Math.max(...later)).toBeLessThanOrEqual(at(100_000))
      }),
      { numRuns: 40 }
    )
  })

  it("learns nothing from figures that are none", () => {
    const limit = new ConcurrencyLimit(8)
    for (const ms of [Number.NaN, -1, 0, Number.POSITIVE_INFINITY]) limit.record("work", 8, ms)
    limit.record("work", Number.NaN, 5)
    for (let at = 0; at < 100_000; at += 250) expect(limit.decide(true, at)).toBe(8)
  })
})
