import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { chanceOf } from "../../actors/simulation/workload/index.ts"
import { bootstrap, comparePaired, mean, median } from "../../src/statistics/index.ts"

const figures = fc.array(fc.double({ min: 0.1, max: 1e4, noNaN: true }), { minLength: 1, maxLength: 30 })

describe("the bootstrap interval", () => {
  it("of nothing is no number", () => {
    expect(bootstrap([], mean, chanceOf("none"))).toEqual({ estimate: Number.NaN, low: Number.NaN, high: Number.NaN })
  })

  it("is the value itself where all are the same", () => {
    expect(bootstrap([4, 4, 4], median, chanceOf("same"))).toEqual({ estimate: 4, low: 4, high: 4 })
  })

  it("is the same from the same chance", () => {
    const of = (name: string) => bootstrap([1.1, 5.3, 2.7, 8.9, 3.1], mean, chanceOf(name), { resamples: 25 })
    expect(of("a")).toEqual(of("a"))
    expect(of("a")).not.toEqual(of("b"))
  })

  it("lies within the values, and is no narrower where more confidence is asked for", () => {
    fc.assert(
      fc.property(figures, (values) => {
        const [narrow, wide] = [0.5, 0.99].map((confidence) =>
          bootstrap(values, median, chanceOf("within"), { resamples: 200, confidence })
        )
        if (narrow === undefined || wide === undefined) throw new Error("two were asked for")
        expect(wide.low).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9)
        expect(wide.high).toBeLessThanOrEqual(Math.max(...values) + 1e-9)
        expect(wide.low).toBeLessThanOrEqual(narrow.low + 1e-9)
        expect(wide.high).toBeGreaterThanOrEqual(narrow.high - 1e-9)
      }),
      { numRuns: 30 }
    )
  })

  it("holds the true mean about as often as it says", () => {
    const chance = chanceOf("coverage")
    const trials = 400
    let held = 0
    for (let trial = 0; trial < trials; trial += 1) {
      const values = Array.from({ length: 60 }, () => chance() * 10)
      const { low, high } = bootstrap(values, mean, chance, { resamples: 300, confidence: 0.9 })
      if (low <= 5 && 5 <= high) held += 1
    }
    // Four standard errors of a share of 0.9 are 0.06.
    expect(held / trials).toBeGreaterThan(0.83)
    expect(held / trials).toBeLessThan(0.96)
  })

  it("leaves the values as they are", () => {
    const values = [3, 1, 2]
    bootstrap(values, median, chanceOf("kept"), { resamples: 10 })
    expect(values).toEqual([3, 1, 2])
  })
})

describe("a comparison pair by pair", () => {
  it("counts who is better, and by how much in the median", () => {
    const { pairs, wins, ties, losses, difference, ratio } = comparePaired([1, 2, 3, 6], [2, 4, 3, 5], chanceOf("four"))
    expect({ pairs, wins, ties, losses }).toEqual({ pairs: 4, wins: 2, ties: 1, losses: 1 })
    expect(difference.estimate).toBe(-0.5)
    expect(ratio.estimate).toBe(0.75)
  })

  it("takes the other for the better one where more is better", () => {
    const { wins, losses } = comparePaired([1, 2, 9], [2, 4, 8], chanceOf("more"), { better: "more" })
    expect([wins, losses]).toEqual([1, 2])
  })

  it("sees what is the same for both fall out: only half the time, whatever the seed", () => {
    fc.assert(
      fc.property(figures, (theirs) => {
        const ours = theirs.map((figure) => figure / 2)
        const { ratio, wins } = comparePaired(ours, theirs, chanceOf("half"), { resamples: 50 })
        expect(ratio).toEqual({ estimate: 0.5, low: 0.5, high: 0.5 })
        expect(wins).toBe(theirs.length)
      }),
      { numRuns: 30 }
    )
  })

  it("with the sides swapped says the opposite", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { minLength: 1, maxLength: 20 }), (pairs) => {
        const a = pairs.map(([one]) => one)
        const b = pairs.map(([, other]) => other)
        const there = comparePaired(a, b, chanceOf("swap"), { resamples: 20 })
        const back = comparePaired(b, a, chanceOf("swap"), { resamples: 20 })
        expect([back.wins, back.ties, back.losses]).toEqual([there.losses, there.ties, there.wins])
        expect(back.difference.estimate).toBeCloseTo(-there.difference.estimate, 9)
        expect(there.wins + there.ties + there.losses).toBe(pairs.length)
      }),
      { numRuns: 50 }
    )
  })

  it("of two that both took no time is even", () => {
    const { ratio, ties } = comparePaired([0, 0], [0, 0], chanceOf("zero"))
    expect([ratio.estimate, ties]).toEqual([1, 2])
  })

  it("of no pairs has no estimates", () => {
    const { pairs, ratio, difference } = comparePaired([], [], chanceOf("empty"))
    expect(pairs).toBe(0)
    expect([ratio.estimate, difference.low]).toEqual([Number.NaN, Number.NaN])
  })

  it("is refused where a figure has no counterpart", () => {
    expect(() => comparePaired([1, 2], [1], chanceOf("odd"))).toThrow("2 figures cannot be paired with 1")
  })
})
