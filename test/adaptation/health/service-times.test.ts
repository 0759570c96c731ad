import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { ServiceTimes } from "../../../src/adaptation/index.ts"

const chance = (seed: number) => {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return (state + 0.5) / 2 ** 32
  }
}
const exponential = (random: () => number, mean: number) => -mean * Math.log(random())

/** So many runs, one each 100 ms. */
const ran = (times: ServiceTimes, runs: number, msOf: (run: number) => number, from = 0, workerId = "a"): number => {
  for (let run = 0; run < runs; run += 1)
    times.record(workerId, { epoch: 0, type: "t", ms: msOf(run) }, from + run * 100)
  return from + runs * 100
}

describe("service times against a worker's own history", () => {
  it("says nothing before the type is known", () => {
    const times = new ServiceTimes()
    const now = ran(times, 8, () => 100)
    expect(times.of("a", [], now)).toBeUndefined()
    expect(times.of("nobody", [], now)).toBeUndefined()
  })

  it("shows a worker that has become ten times as slow after a few runs, with what is certain of it", () => {
    const times = new ServiceTimes()
    let now = ran(times, 100, (run) => 100 + (run % 5))
    expect(times.of("a", [], now)?.factor).toBeCloseTo(1, 1)
    now = ran(times, 8, () => 1_000, now)
    const slow = times.of("a", [], now)
    expect(slow?.factor).toBeGreaterThan(3)
    expect(slow?.least).toBeGreaterThan(2)
    expect(slow?.least).toBeLessThan(slow?.factor ?? 0)
  })

  it("counts what still runs, once it takes far longer than usual: nobody waits for the end of a slow run", () => {
    const times = new ServiceTimes()
    const now = ran(times, 300, (run) => 100 + (run % 5)) + 120_000
    const running = (ms: number, count: number, type = "t") =>
      Array.from({ length: count }, (_, epoch) => ({ epoch: epoch + 1_000, type, ms }))
    expect(times.of("a", running(90, 3), now)).toBeUndefined()
    expect(times.of("a", running(90_000, 3, "unknown"), now)).toBeUndefined()
    // One may be a large task, however often it is looked at.
    for (let look = 0; look < 20; look += 1) expect(times.of("a", running(1_200 + look, 1), now)?.least).toBe(1)
    const slow = times.of("a", running(1_300, 3), now)
    expect(slow?.least).toBeGreaterThan(6)
    expect(slow?.factor).toBeGreaterThan(11)
    // What a run takes in the end counts in the place of what it had taken then.
    for (const epoch of [1_000, 1_001, 1_002]) times.record("a", { epoch, type: "t", ms: 2_600 }, now)
    expect(times.of("a", [], now)?.factor).toBeGreaterThan(20)
  })

  it("takes out what tasks declare, so that large tasks are not taken for slow ones", () => {
    const times = new ServiceTimes()
    let now = 0
    for (let run = 0; run < 200; run += 1) {
      const ms = run < 100 ? 100 : 1_000
      now += 100
      times.record("a", { epoch: 0, type: "t", ms, expectedMs: ms / 2 }, now)
    }
    expect(times.of("a", [], now)?.factor).toBeCloseTo(1, 1)
  })

  it("does not condemn heavy-tailed runs: of steady workers none becomes slow, whatever their times are like", () => {
    const draws = {
      exponential: (random: () => number) => exponential(random, 100),
      "a few large among small ones": (random: () => number) => (random() < 0.05 ? 5_000 : 50),
      "one huge in two hundred": (random: () => number) => (random() < 0.005 ? 60_000 : 50),
      pareto: (random: () => number) => 10 * random() ** (-1 / 1.1)
    }
    for (const [name, draw] of Object.entries(draws)) {
      let condemned = 0
      let far = 0
      for (let seed = 1; seed <= 25; seed += 1) {
        const random = chance(seed)
        const times = new ServiceTimes()
        let now = 0
        for (let run = 0; run < 2_000; run += 1) {
          now = ran(times, 1, () => draw(random), now, `w${run % 4}`)
          const seen = times.of(`w${run % 4}`, [], now)
          if ((seen?.least ?? 1) >= 3) condemned += 1
          if ((seen?.factor ?? 1) >= 3) far += 1
        }
      }
      expect([name, condemned]).toEqual([name, 0])
      // The mean of the latest runs alone would have told otherwise.
      expect([name, far > 20]).toEqual([name, true])
    }
  })

  it("one that was out for being slow is so again after one slow run, and is trusted again after a few ordinary ones", () => {
    const leastAfter = (wasSlow: boolean, runs: ReadonlyArray<number>) => {
      const times = new ServiceTimes()
      let now = ran(times, 300, (run) => 100 + (run % 5))
      times.renew("a", wasSlow)
      for (const ms of runs) now = ran(times, 1, () => ms, now)
      return times.of("a", [], now)?.least ?? 1
    }
    expect(leastAfter(true, [1_000])).toBeGreaterThan(5)
    expect(leastAfter(false, [1_000])).toBe(1)
    expect(leastAfter(true, [100, 100, 100, 100, 1_000])).toBe(1)
  })

  it("takes what stays slow for usual after some hundreds of runs, and forgets what was of late on request", () => {
    const times = new ServiceTimes()
    let now = ran(times, 100, (run) => 100 + (run % 5))
    now = ran(times, 20, () => 1_000, now)
    expect(times.of("a", [], now)?.factor).toBeGreaterThan(4)
    times.renew("a")
    expect(times.of("a", [], now)).toBeUndefined()
    now = ran(times, 600, () => 1_000, now)
    expect(times.of("a", [], now)?.factor).toBeLessThan(1.5)
  })

  it("is unmoved by figures that are missing, negative or no numbers (property 34)", () => {
    const nonsense = fc.constantFrom(Number.NaN, -1, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300)
    let heard = 0
    fc.assert(
      fc.property(fc.array(fc.tuple(nonsense, fc.option(nonsense, { nil: undefined }))), (runs) => {
        const times = new ServiceTimes()
        let now = ran(times, 50, (run) => 100 + (run % 3))
        for (const [ms, expectedMs] of runs) {
          heard += 1
          times.record("a", { epoch: 0, type: "t", ms, expectedMs }, now)
          const seen = times.of("a", [{ epoch: 0, type: "t", ms, expectedMs }], now)
          for (const figure of [seen?.factor, seen?.least, seen?.beside]) expect(figure ?? 1).toBeCloseTo(1, 0)
        }
        now = ran(times, 10, () => 101, now)
        expect(times.of("a", [], now)?.factor).toBeCloseTo(1, 1)
      }),
      { seed: 34 }
    )
    expect(heard).toBeGreaterThan(200)
  })
})
