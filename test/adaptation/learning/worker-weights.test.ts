import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  adjustWeights,
  type LearnedWeight,
  LearnedWeights,
  type ShownPace,
  weightDefaults
} from "../../../src/adaptation/index.ts"

const { least, most, step } = weightDefaults

const shown = (paces: ReadonlyArray<number | undefined>, doubt = 1.02): ReadonlyArray<ShownPace> =>
  paces.map((pace, index) => ({ workerId: `w${index}`, declared: 1, pace, doubt }))

const settled = (all: ReadonlyArray<ShownPace>, cycles = 100): LearnedWeights => {
  const weights = new LearnedWeights()
  for (let cycle = 0; cycle < cycles; cycle += 1) weights.adjust(all)
  return weights
}

/** Ratios that fit between the bounds. */
const paces = fc.array(fc.double({ min: 0.2, max: 8, noNaN: true }), { minLength: 2, maxLength: 8 })

describe("weights that are learned", () => {
  it("are learned of two hundred thousand workers as of two (property 34)", () => {
    const many = shown(Array.from({ length: 200_000 }, (_, index) => (index === 0 ? 2 : 1)))
    const { changes } = adjustWeights(new Map(), many)
    expect(changes).toMatchObject([{ workerId: "w0", from: 1, to: 1.1 }])
  })

  it("come to rest at the true ratio of what workers do, within the tolerance", () => {
    let unequal = 0
    fc.assert(
      fc.property(paces, (all) => {
        const seen = shown(all)
        const weights = settled(seen)
        expect(weights.adjust(seen)).toEqual([])
        const each = all.map((pace, index) => (weights.of(`w${index}`) ?? 1) / pace)
        if (Math.max(...all) / Math.min(...all) > 4) unequal += 1
        // Each may be off by the tolerance to its own side, and by the rounding.
        expect(Math.max(...each) / Math.min(...each)).toBeLessThanOrEqual(weightDefaults.tolerance ** 2 * 1.02)
      })
    )
    expect(unequal).toBeGreaterThan(20)
  })

  it("move by one step a cycle at the most and never leave their bounds, whatever is shown", () => {
    const pace = fc.oneof(
      fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
      fc.constantFrom(undefined, 0, Number.NaN, Number.POSITIVE_INFINITY, -1)
    )
    const cycle = fc.array(pace, { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(
        fc.array(cycle, { minLength: 1, maxLength: 30 }),
        fc.double({ min: 1, max: 3, noNaN: true }),
        (cycles, doubt) => {
          let before: ReadonlyMap<string, LearnedWeight> = new Map()
          for (const each of cycles) {
            const { weights, changes } = adjustWeights(before, shown(each, doubt))
            for (const { from, to } of changes) expect(Math.abs(to - from)).toBeLessThanOrEqual(step + 1e-9)
            for (const [id, { weight }] of weights) {
              expect(weight).toBeGreaterThanOrEqual(least)
              expect(weight).toBeLessThanOrEqual(most)
              const had = before.get(id)?.weight ?? 1
              expect(Math.abs(weight - had)).toBeLessThanOrEqual(step + 1e-9)
            }
            before = weights
          }
        }
      )
    )
  })

  it("rest where what is shown differs by no more than it is in doubt", () => {
    expect(settled(shown([1, 1.3], 1.4)).entries.size).toBe(0)
    expect(settled(shown([1, 1.09])).entries.size).toBe(0)
    expect(settled(shown([1, 1.6], 1.2)).entries.size).toBe(2)
  })

  it("do not follow noise once they have come to rest", () => {
    const weights = settled(shown([1, 4]))
    let moves = 0
    for (let cycle = 0; cycle < 200; cycle += 1) {
      moves += weights.adjust(shown([1 + 0.05 * Math.sin(cycle), 4 + 0.2 * Math.cos(7 * cycle)])).length
    }
    expect(moves).toBe(0)
  })

  it("keep their sum as declared", () => {
    const all: ReadonlyArray<ShownPace> = [
      { workerId: "a", declared: 3, pace: 1, doubt: 1 },
      { workerId: "b", declared: 1, pace: 3, doubt: 1 }
    ]
    const weights = settled(all)
    expect(weights.of("a")).toBe(1)
    expect(weights.of("b")).toBe(3)
  })

  it("are judged against others: a worker that alone is known keeps what it declares", () => {
    expect(settled(shown([5])).of("w0")).toBeUndefined()
    expect(settled(shown([5, undefined])).of("w0")).toBeUndefined()
  })

  it("share the bounds out where the ratio is larger than they hold", () => {
    const weights = settled(shown([1, 1000]))
    expect([weights.of("w0"), weights.of("w1")]).toEqual([least, most])
    expect(settled(shown([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 30])).of("w11")).toBe(most)
  })

  it("begin anew for a worker that declares something else than before", () => {
    const weights = settled(shown([1, 4]))
    const { version } = weights
    weights.joined("w0", 1)
    expect(weights.version).toBe(version)
    weights.joined("w1", 3)
    expect([weights.of("w0"), weights.of("w1")]).toEqual([0.4, undefined])
    const { changes } = adjustWeights(settled(shown([1, 4])).entries, [
      { workerId: "w0", declared: 1, pace: 1, doubt: 1 },
      { workerId: "w1", declared: 3, pace: 1, doubt: 1 }
    ])
    expect(changes).toMatchObject([
      { workerId: "w0", from: 0.4 },
      { workerId: "w1", from: 3, to: 2.9 }
    ])
  })

  it("tell whoever follows them of each change, and of nothing else", () => {
    const weights = new LearnedWeights()
    const { version } = weights
    weights.adjust(shown([1, 1]))
    expect(weights.version).toBe(version)
    weights.adjust(shown([1, 2]))
    expect(weights.version).not.toBe(version)
    const moved = weights.version
    weights.forget("w1")
    expect([weights.of("w1"), weights.version === moved]).toEqual([undefined, false])
  })
})
