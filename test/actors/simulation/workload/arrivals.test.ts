import { describe, expect, it } from "vitest"
import { type Arrivals, isClosed, taskCount } from "../../../../actors/simulation/workload/index.ts"
import { coefficientOfVariation, mean, quantile, standardError } from "../../../../src/statistics/index.ts"
import { allOf, firstOf, kindOf, timesOf, workloadOf } from "./given.ts"

const timesIn = (arrivals: Arrivals, seed?: string): ReadonlyArray<number> => timesOf(allOf(workloadOf(arrivals), seed))

const gapsOf = (times: ReadonlyArray<number>): ReadonlyArray<number> => times.map((at, i) => at - (times[i - 1] ?? 0))

const between = (times: ReadonlyArray<number>, from: number, until: number): number =>
  times.filter((at) => from <= at && at < until).length

/** Within four standard deviations of a Poisson number. */
const expectAbout = (found: number, expected: number): void => {
  expect(Math.abs(found - expected)).toBeLessThanOrEqual(4 * Math.sqrt(expected))
}

describe("arrivals", () => {
  it("of a batch are all at 0, and so are those that follow the ends of others", () => {
    expect(timesIn({ type: "batch", tasks: 3 })).toEqual([0, 0, 0])
    expect(timesIn({ type: "closed", clients: 2, tasks: 3 })).toEqual([0, 0, 0])
    expect(isClosed({ type: "batch", tasks: 3 })).toBe(false)
    expect(isClosed({ type: "closed", clients: 2, tasks: 3 })).toBe(true)
  })

  it("that are regular are evenly spaced from 0 on", () => {
    expect(timesIn({ type: "regular", perSecond: 8, tasks: 4 })).toEqual([0, 125, 250, 375])
  })

  it("of a Poisson process have exponential gaps of the mean asked for", () => {
    const gaps = gapsOf(timesIn({ type: "poisson", perSecond: 200, tasks: 50_000 }))
    expect(Math.abs(mean(gaps) - 5)).toBeLessThan(4 * standardError(gaps))
    expect(coefficientOfVariation(gaps)).toBeCloseTo(1, 1)
    expect(quantile(gaps, 0.5)).toBeCloseTo(5 * Math.LN2, 1)
  })

  it("of a Poisson process come in half the time at twice the rate", () => {
    const slow = timesIn({ type: "poisson", perSecond: 10, tasks: 50 })
    const fast = timesIn({ type: "poisson", perSecond: 20, tasks: 50 })
    for (const [i, at] of slow.entries()) expect(fast[i]).toBeCloseTo(at / 2, 9)
  })

  it("in bursts are as many in the bursts and between them as their rates say", () => {
    const bursts = { type: "bursts", perSecond: 100, factor: 5, every: 10_000, lasting: 2_000, tasks: 40_000 } as const
    const times = timesIn(bursts)
    const periods = Math.floor((times.at(-1) ?? 0) / bursts.every)
    expect(periods).toBeGreaterThan(15)
    expectAbout(between(times, 0, 10_000), 1_000)
    const inBursts = Array.from({ length: periods - 1 }, (_, n) =>
      between(times, (n + 1) * 10_000, (n + 1) * 10_000 + 2_000)
    )
    const quiet = Array.from({ length: periods - 1 }, (_, n) =>
      between(times, (n + 1) * 10_000 + 2_000, (n + 2) * 10_000)
    )
    for (const found of inBursts) expectAbout(found, 1_000)
    for (const found of quiet) expectAbout(found, 800)
  })

  it("in bursts that are none are those of the plain process", () => {
    const plain = timesIn({ type: "poisson", perSecond: 100, tasks: 1_000 })
    for (const bursts of [
      { factor: 1, every: 300, lasting: 100 },
      { factor: 9, every: 1e9, lasting: 10 }
    ]) {
      const times = timesIn({ type: "bursts", perSecond: 100, tasks: 1_000, ...bursts })
      for (const [i, at] of plain.entries()) expect(times[i]).toBeCloseTo(at, 6)
    }
  })

  it("in bursts that never pause come at the higher rate from the first on", () => {
    const times = timesIn({ type: "bursts", perSecond: 10, factor: 10, every: 1_000, lasting: 1_000, tasks: 5_000 })
    expectAbout(between(times, 1_000, 41_000), 4_000)
  })

  it("on a ramp rise with the rate, and end with it", () => {
    const ramp = { type: "ramp", from: 20, to: 180, over: 100_000 } as const
    const times = timesIn(ramp)
    expectAbout(times.length, taskCount(ramp))
    expect(taskCount(ramp)).toBe(10_000)
    expect(times.at(-1)).toBeLessThanOrEqual(100_000)
    // The rate in the middle of each tenth: 28, 44, … 172 a second, for 10 seconds.
    for (let tenth = 0; tenth < 10; tenth += 1) {
      expectAbout(between(times, tenth * 10_000, (tenth + 1) * 10_000), 280 + tenth * 160)
    }
  })

  it("on a ramp may fall, begin or end at none, or stay level", () => {
    const halves = (from: number, to: number) => {
      const times = timesIn({ type: "ramp", from, to, over: 100_000 })
      return [between(times, 0, 50_000), between(times, 50_000, 100_000)] as const
    }
    for (const [from, to, first, second] of [
      [100, 0, 3_750, 1_250],
      [0, 100, 1_250, 3_750],
      [50, 50, 2_500, 2_500]
    ] as const) {
      const [early, late] = halves(from, to)
      expectAbout(early, first)
      expectAbout(late, second)
    }
  })

  it("are never before one another, whatever the arrivals", () => {
    const all: ReadonlyArray<Arrivals> = [
      { type: "regular", perSecond: 3, tasks: 1_000 },
      { type: "poisson", perSecond: 1e6, tasks: 10_000 },
      { type: "bursts", perSecond: 900, factor: 0.01, every: 7, lasting: 3, tasks: 20_000 },
      { type: "bursts", perSecond: 1, factor: 1e6, every: 0.3, lasting: 0.1, tasks: 20_000 },
      { type: "ramp", from: 0, to: 1_000, over: 20_000 },
      { type: "ramp", from: 1_000, to: 0, over: 20_000 }
    ]
    for (const arrivals of all) {
      const times = timesIn(arrivals)
      expect(times.length).toBeGreaterThan(900)
      expect(gapsOf(times).every((gap) => gap >= 0)).toBe(true)
    }
  })

  it("number as many as are asked for", () => {
    const counted: ReadonlyArray<Arrivals> = [
      { type: "batch", tasks: 0 },
      { type: "closed", clients: 4, tasks: 9 },
      { type: "regular", perSecond: 5, tasks: 7 },
      { type: "poisson", perSecond: 5, tasks: 8 },
      { type: "bursts", perSecond: 5, factor: 2, every: 10, lasting: 1, tasks: 6 },
      { type: "replay", tasks: [{ at: 3, work: 1 }] }
    ]
    for (const arrivals of counted) expect(timesIn(arrivals)).toHaveLength(taskCount(arrivals))
    expect(counted.map(taskCount)).toEqual([0, 9, 7, 8, 6, 1])
  })

  it("of a thousand million tasks are not all made to see the first ten", () => {
    const many = 1_000_000_000
    const kinds = [kindOf({ declared: { error: 0.1 } })]
    for (const arrivals of [
      { type: "batch", tasks: many },
      { type: "closed", clients: many, tasks: many },
      { type: "regular", perSecond: 1, tasks: many },
      { type: "poisson", perSecond: 1, tasks: many },
      { type: "bursts", perSecond: 1, factor: 2, every: 10, lasting: 1, tasks: many },
      { type: "ramp", from: 1_000, to: 2_000, over: many }
    ] satisfies ReadonlyArray<Arrivals>) {
      expect(firstOf(workloadOf(arrivals, kinds), 10)).toHaveLength(10)
    }
  })
})
