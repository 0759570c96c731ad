import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  noDemand,
  readDemand,
  type SizingInput,
  sizePool,
  sizingDefaults,
  slotTimeOf,
  unsized
} from "../../../src/adaptation/index.ts"
import { type PoolStory, playPool } from "./pool.ts"

const minute = 60_000
const constant = (ms: number) => () => ms
const exponential = (mean: number) => (chance: () => number) => -mean * Math.log(1 - chance())

const quiet: SizingInput = {
  min: 1,
  max: 8,
  size: 4,
  coming: 0,
  slotsEach: 1,
  otherSlots: 0,
  demand: noDemand,
  growth: 1,
  waiting: 0,
  oldestWait: 0,
  boot: 50,
  missing: 0
}

/** So many slots in use, and as many ends in a second as that makes of tasks of that length. */
const demandOf = ({ running, ms, arrivals = running / ms }: { running: number; ms: number; arrivals?: number }) => ({
  ...noDemand,
  running,
  load: running,
  ends: running / ms,
  arrivals,
  seen: 100
})

const decide = (input: Partial<SizingInput>) => sizePool(unsized, { ...quiet, ...input }, sizingDefaults, 0)

describe("what is asked of a pool", () => {
  it("is how many come, how many end and how long each takes a slot, whatever the readings' intervals", () => {
    let demand = noDemand
    for (let at = 0; at <= 20_000; at += at % 3 === 0 ? 250 : 100) {
      demand = readDemand(demand, { arrived: at / 50, ended: at / 50, running: 4, load: 4 }, at)
    }
    expect(demand.arrivals).toBeCloseTo(0.02, 6)
    expect(slotTimeOf(demand)).toBeCloseTo(200, 3)
  })

  it("is known from the first readings on, and the time a task takes once a handful have ended", () => {
    const first = readDemand(noDemand, { arrived: 0, ended: 0, running: 2, load: 2 }, 0)
    const second = readDemand(first, { arrived: 10, ended: 4, running: 2, load: 2 }, 100)
    expect(second).toMatchObject({ arrivals: 0.1, running: 2 })
    expect(slotTimeOf(second)).toBeUndefined()
    expect(slotTimeOf(readDemand(second, { arrived: 10, ended: 8, running: 2, load: 2 }, 200))).toBeCloseTo(50)
  })
})

describe("the size of a pool", () => {
  it("stays as it is while nothing waits", () => {
    expect(decide({ demand: demandOf({ running: 4, ms: 100 }) })).toMatchObject({ size: 4, reason: "" })
  })

  it("grows by what is needed so that those waiting begin within the target wait", () => {
    const { size, reason } = decide({
      size: 2,
      demand: demandOf({ running: 2, ms: 500 }),
      waiting: 12,
      oldestWait: 900
    })
    // 2 slots' worth comes, and 12 · 0.5 s are to be done within 1 s.
    expect(size).toBe(4)
    expect(reason).toBe("12 tasks wait, about 3 s")
    expect(decide({ size: 4, demand: demandOf({ running: 2, ms: 500 }), waiting: 14, oldestWait: 900 }).size).toBe(8)
  })

  it("does not grow for a burst that is over before a newcomer could help", () => {
    const demand = demandOf({ running: 2, ms: 100, arrivals: 0 })
    expect(decide({ size: 2, demand, waiting: 30, oldestWait: 100, boot: 1_000 }).size).toBe(2)
    expect(decide({ size: 2, demand, waiting: 30, oldestWait: 100, boot: 50 }).size).toBeGreaterThan(2)
  })

  it("counts workers on their way as capacity to come", () => {
    const demand = demandOf({ running: 2, ms: 500 })
    expect(decide({ size: 8, coming: 6, max: 16, demand, waiting: 6, oldestWait: 900 }).size).toBe(8)
    expect(decide({ size: 4, coming: 2, waiting: 2, oldestWait: 5_000 }).size).toBe(4)
  })

  it("needs no more workers than there are tasks, however long they take", () => {
    const demand = demandOf({ running: 2, ms: 60_000, arrivals: 0 })
    expect(decide({ size: 2, demand, waiting: 1, oldestWait: 1_500 }).size).toBeLessThanOrEqual(3)
  })

  it("grows, too, while nobody knows how long tasks take, once they have waited for too long", () => {
    expect(decide({ size: 1, waiting: 3, oldestWait: 500 }).size).toBe(1)
    expect(decide({ size: 1, waiting: 3, oldestWait: 1_500 }).size).toBe(2)
  })

  it("grows ahead of a load that is forecast to grow", () => {
    const demand = demandOf({ running: 4, ms: 100 })
    expect(decide({ demand, growth: 1.5 })).toMatchObject({ size: 7, reason: "the load is forecast to grow by 50 %" })
    expect(decide({ demand: demandOf({ running: 1, ms: 100 }), growth: 1.5 }).size).toBe(4)
  })

  it("takes in a kind of worker that waiting tasks need and nobody is", () => {
    expect(decide({ missing: 1 })).toMatchObject({ size: 5, reason: "1 of a kind that waiting tasks need" })
    expect(decide({ missing: 1, max: 4 }).size).toBe(4)
  })

  it("has its bounds at once when they change, and when a worker is lost", () => {
    expect(decide({ size: 0 }).size).toBe(1)
    expect(decide({ size: 9 })).toMatchObject({ size: 8, reason: "at most 8" })
  })

  it("shrinks only after the idle time, a part at a time, with pauses", () => {
    const { changes } = playPool({
      min: 1,
      max: 8,
      rate: (at) => (at < 20_000 ? 60 : 1),
      duration: constant(100),
      until: 3 * minute
    })
    const down = changes.filter(({ from, to }) => to < from)
    expect(down[0]?.at).toBeGreaterThanOrEqual(20_000 + sizingDefaults.idleTime - 5_000)
    for (const [index, { at, from, to }] of down.entries()) {
      expect(from - to).toBeLessThanOrEqual(Math.max(1, from / 4))
      expect(at - (down[index - 1]?.at ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(sizingDefaults.coolDown)
    }
    expect(changes.at(-1)?.to).toBe(1)
  })

  it("grows at once at a step of the load, far sooner than it shrinks after", () => {
    const { changes, waits } = playPool({
      min: 2,
      max: 12,
      rate: (at) => (at < minute || at > 2 * minute ? 8 : 75),
      duration: constant(100),
      until: 5 * minute
    })
    const up = changes.filter(({ at, from, to }) => at >= minute && to > from)
    const enough = up.find(({ to }) => to >= 8)
    expect(enough?.at).toBeLessThan(minute + 3_000)
    const late = waits.filter(({ at }) => at > minute + 8_000 && at < 2 * minute).map(({ ms }) => ms)
    expect(late.toSorted((a, b) => b - a)[Math.floor(late.length / 100)]).toBeLessThan(1_000)
  })
})

describe("property: the size of a pool", () => {
  const stories: fc.Arbitrary<PoolStory> = fc
    .record({
      seed: fc.nat(),
      min: fc.integer({ min: 1, max: 4 }),
      more: fc.integer({ min: 0, max: 12 }),
      busy: fc.double({ min: 0.1, max: 0.9, noNaN: true }),
      ms: fc.constantFrom(20, 100, 400),
      boot: fc.constantFrom(0, 100, 2_000)
    })
    .map(({ seed, min, more, busy, ms, boot }) => ({
      seed,
      min,
      max: min + more,
      rate: () => (busy * (min + more) * 1_000) / ms,
      duration: exponential(ms),
      boot,
      until: 4 * minute
    }))

  it("is never outside its bounds, and a constant load, however noisy, does not make it go to and fro", () => {
    let grew = 0
    fc.assert(
      fc.property(stories, (story) => {
        const { changes, sizes } = playPool(story)
        expect(Math.min(...sizes)).toBeGreaterThanOrEqual(story.min)
        expect(Math.max(...sizes)).toBeLessThanOrEqual(story.max)
        if (changes.some(({ from, to }) => to > from)) grew += 1
        // It has found its size within a minute; from then on it changes seldom, and ever more seldom back.
        const later = changes.filter(({ at }) => at > minute)
        const turns = later.filter((change, index) => {
          const before = later[index - 1]
          return before !== undefined && change.to > change.from !== before.to > before.from
        })
        // What shrinks in vain waits twice as long the next time: of 30, 60 and 120 s two fit into the three minutes that
        // are left, with a growth before, between and after.
        expect(turns.length).toBeLessThanOrEqual(4)
      }),
      { numRuns: 60 }
    )
    expect(grew).toBeGreaterThan(15)
  })

  it("is enough: what comes is worked off as long as the most there may be suffices", () => {
    fc.assert(
      fc.property(stories, (story) => {
        const { left, arrived } = playPool(story)
        expect(left).toBeLessThan(Math.max(40, arrived * 0.1))
      }),
      { numRuns: 40 }
    )
  })
})
