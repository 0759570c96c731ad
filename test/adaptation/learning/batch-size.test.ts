import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { BatchSizes } from "../../../src/adaptation/index.ts"

const endless = Number.POSITIVE_INFINITY
const kind = "embed"

/** Batches one after the other, of which each takes a fixed cost and a time for each item. */
const settled = (overheadMs: number, itemMs: number, rounds = 40, noise: () => number = () => 1) => {
  const sizes = new BatchSizes()
  for (let round = 0; round < rounds; round += 1) {
    const size = sizes.next(kind, endless, 4)
    sizes.observe(kind, size, (overheadMs + itemMs * size) * noise())
  }
  return sizes
}

describe("the size of a batch", () => {
  it("begins with one item, and grows at most twofold at a time", () => {
    const sizes = new BatchSizes()
    const seen: Array<number> = []
    for (let round = 0; round < 5; round += 1) {
      const size = sizes.next(kind, endless, 4)
      seen.push(size)
      sizes.observe(kind, size, 10 + 0.001 * size)
    }
    expect(seen).toEqual([1, 2, 4, 8, 16])
  })

  it("costs and item times are told apart once batches of different sizes have ended", () => {
    const costs = settled(5, 0.02).costs(kind)
    expect(costs?.itemMs).toBeCloseTo(0.02, 3)
    expect(costs?.overheadMs).toBeCloseTo(5.1, 1)
  })

  it("is such that what it costs beside its items is a twentieth, or that it ends in the target time", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 20, noNaN: true }),
        fc.double({ min: 0.01, max: 50, noNaN: true }),
        (o, d) => {
          const size = settled(o, d).next(kind, endless, 4)
          const ideal = Math.min(Math.ceil((o + 0.1) / (0.05 * d)), Math.ceil(100 / d), 4_096)
          expect(size).toBeGreaterThanOrEqual(Math.floor(0.8 * ideal))
          expect(size).toBeLessThanOrEqual(Math.ceil(1.25 * ideal) + 1)
        }
      )
    )
  })

  it("is one where an item takes longer than the target", () => {
    expect(settled(1, 500).next(kind, endless, 4)).toBe(1)
  })

  it("leaves half of what lies ahead to the others", () => {
    const sizes = settled(5, 0.02)
    expect(sizes.next(kind, 80, 4)).toBe(10)
    expect(sizes.next(kind, 3, 4)).toBe(1)
  })

  it("follows when items get slower", () => {
    const sizes = settled(1, 0.1)
    const before = sizes.next(kind, endless, 4)
    for (let round = 0; round < 60; round += 1) {
      const size = sizes.next(kind, endless, 4)
      sizes.observe(kind, size, 1 + 10 * size)
    }
    expect(before).toBeGreaterThan(100)
    expect(sizes.next(kind, endless, 4)).toBeLessThanOrEqual(10)
  })

  it("is at least one and at most what is allowed, whatever was measured", () => {
    const anyMs = fc.oneof(fc.double(), fc.constantFrom(0, -1, Number.NaN, endless))
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: -1, max: 5_000 }), anyMs), { maxLength: 30 }), (seen) => {
        const sizes = new BatchSizes()
        for (const [items, ms] of seen) sizes.observe(kind, items, ms)
        const size = sizes.next(kind, endless, 4, { most: 64 })
        expect(Number.isInteger(size)).toBe(true)
        expect(size).toBeGreaterThanOrEqual(1)
        expect(size).toBeLessThanOrEqual(64)
      })
    )
  })

  it("is learned for each kind by itself", () => {
    const sizes = settled(5, 0.02)
    expect(sizes.next("another", endless, 4)).toBe(1)
  })
})
