import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Millis } from "../../../../src/model/index.ts"
import { peakEwma } from "../../../../src/placement/strategies/by-speed/peak-ewma.ts"
import { record, taskSpec, viewOf, workerSpec } from "../../pool.ts"
import { playAgainst, ScoredWorld, stories } from "../scored-world.ts"

const decay = 10_000
const view = viewOf([record(workerSpec("w"))])

/** The rule with nothing kept but the history: every end there was, and the cost worked out from the first on. */
class Naive {
  readonly #ends = new Map<string, Array<{ readonly at: Millis; readonly ms: Millis }>>()
  #usual = 0
  #runs = 0

  /** The cost at a time, of the ends before it or also of those at it. */
  cost(workerId: string, now: Millis, inclusive = true): Millis | undefined {
    const ends = (this.#ends.get(workerId) ?? []).filter(({ at }) => (inclusive ? at <= now : at < now))
    let cost: Millis | undefined
    let last = 0
    for (const at of new Set(ends.map((end) => end.at))) {
      const ms = Math.max(...ends.filter((end) => end.at === at).map((end) => end.ms))
      const weight = Math.exp(-(at - last) / decay)
      cost = cost === undefined || ms >= cost ? ms : ms * (1 - weight) + cost * weight
      last = at
    }
    return cost === undefined ? undefined : cost * Math.exp(-(now - last) / decay)
  }

  ended(workerId: string, ms: Millis, ok: boolean, now: Millis): void {
    const least = Math.max(ms, this.#usual)
    const failed = Math.min(2 * Math.max(least, this.cost(workerId, now, false) ?? 0), 1_000 * least)
    this.#ends.set(workerId, [...(this.#ends.get(workerId) ?? []), { at: now, ms: ok ? ms : failed }])
    if (!ok) return
    this.#runs += 1
    this.#usual += (ms - this.#usual) * Math.max(1 / this.#runs, 0.05)
  }
}

const run = (ms: Millis, ok = true, workerId = "w") => ({ task: taskSpec("t"), workerId, ms, ok })

describe("peak EWMA", () => {
  it("chooses the least latency × (in flight + 1) as it is at that moment, whatever has happened in the pool", () => {
    let decisions = 0
    fc.assert(
      fc.property(stories, fc.boolean(), (story, pool) => {
        const naive = new Naive()
        const played = playAgainst(
          peakEwma(),
          story,
          {
            best: (_task, { spec, slots }, _view, now) => {
              const cost = naive.cost(spec.id, now)
              if (cost === undefined) return slots === 0 ? 1e9 : -1e9 - slots
              return -Math.log(cost * (slots + 1))
            },
            ended: ({ workerId, ms, ok }, now) => naive.ended(workerId, ms, ok, now)
          },
          { pool }
        )
        decisions += played.decisions
        expect(played.faults).toEqual([])
        expect(played.wrong).toEqual([])
      }),
      { numRuns: 300 }
    )
    expect(decisions).toBeGreaterThan(3_000)
  })

  it("jumps up to a slower run at once, comes down by e^(−t/τ), and is never below 0", () => {
    const times = fc.array(
      fc.record({ ms: fc.integer({ min: 1, max: 60_000 }), after: fc.integer({ min: 0, max: 30_000 }) }),
      {
        minLength: 1,
        maxLength: 30
      }
    )
    fc.assert(
      fc.property(times, (ends) => {
        const strategy = peakEwma({ decay })
        let now = 0
        for (const { ms, after } of ends) {
          now += after
          const before = strategy.costOf("w", now) ?? 0
          strategy.ended?.(run(ms), view, now)
          const cost = strategy.costOf("w", now) ?? Number.NaN
          expect(cost).toBeGreaterThanOrEqual(0)
          expect(cost).toBeGreaterThanOrEqual(before * (1 - 1e-12))
          expect(cost).toBeLessThanOrEqual(Math.max(ms, ...ends.map((end) => end.ms)) * (1 + 1e-12))
          expect(strategy.costOf("w", now + decay)).toBeCloseTo(cost / Math.E, 6)
        }
      })
    )
    const strategy = peakEwma({ decay })
    strategy.ended?.(run(10), view, 0)
    strategy.ended?.(run(700), view, 1)
    expect(strategy.costOf("w", 1)).toBe(700)
  })

  it("does not depend on the order of runs that end at the same time", () => {
    const batch = fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(fc.array(batch, { minLength: 1, maxLength: 6 }), fc.nat({ max: 5_000 }), (batches, gap) => {
        const one = peakEwma()
        const other = peakEwma()
        batches.forEach((ends, index) => {
          for (const ms of ends) one.ended?.(run(ms), view, index * gap)
          for (const ms of ends.toReversed()) other.ended?.(run(ms), view, index * gap)
        })
        const now = batches.length * gap
        expect(other.costOf("w", now)).toBe(one.costOf("w", now))
      })
    )
  })

  it("gives a worker nobody has seen one task, and no second until that has ended", () => {
    const world = new ScoredWorld(peakEwma())
    for (const id of ["w0", "w1", "w2"]) world.addSpec(workerSpec(id, { slots: 4 }))
    const submit = () => world.submit(world.task((id) => taskSpec(id)))
    expect(new Set([submit(), submit(), submit()]).size).toBe(3)
    world.endAll("w0", 100)
    world.endAll("w1", 100)
    expect([submit(), submit(), submit(), submit()].filter((id) => id === "w2")).toEqual([])
  })

  it("takes failing fast for no speed", () => {
    const world = new ScoredWorld(peakEwma())
    for (const id of ["w0", "w1", "w2"]) world.addSpec(workerSpec(id, { slots: 50 }))
    const counts = new Map<string, number>()
    for (let round = 0; round < 300; round += 1) {
      const id = world.submit(world.task((taskId) => taskSpec(taskId))) ?? ""
      counts.set(id, (counts.get(id) ?? 0) + 1)
      world.endAll(id, id === "w1" ? 1 : 200, id !== "w1")
    }
    expect(counts.get("w1") ?? 0).toBeLessThan(15)
  })

  it("finds a worker again that has recovered, however often it failed before", () => {
    const strategy = peakEwma({ decay })
    strategy.ended?.(run(100, true, "other"), view, 0)
    for (let failure = 1; failure <= 200; failure += 1) strategy.ended?.(run(1, false), view, failure)
    expect(strategy.costOf("w", 200)).toBe(1_000 * 100)
    // A thousandfold is gone after τ · ln 1,000.
    expect(strategy.costOf("w", 200 + decay * Math.log(1_000))).toBeCloseTo(100, 6)
  })

  it("never prefers a worker because it has more to do", () => {
    const strategy = peakEwma()
    strategy.ended?.(run(100), view, 0)
    const rankAt = (slots: number) =>
      strategy.rank(taskSpec("t"), record(workerSpec("w", { slots: 9 }), { slots }), view, 5)
    const ranks = [0, 1, 2, 3, 8].map(rankAt)
    expect(ranks).toEqual(ranks.toSorted((a, b) => b - a))
  })
})
