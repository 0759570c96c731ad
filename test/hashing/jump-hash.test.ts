import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { jumpHash } from "../../src/hashing/index.ts"

const anyKey = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })

describe("jump hash", () => {
  it("moves a key only to the bucket that is new", () => {
    fc.assert(
      fc.property(anyKey, fc.integer({ min: 1, max: 500 }), (key, buckets) => {
        const before = jumpHash(key, buckets)
        const after = jumpHash(key, buckets + 1)
        expect(before).toBeLessThan(buckets)
        expect([before, buckets]).toContain(after)
      })
    )
  })

  it("spreads keys evenly", () => {
    const counts = new Array<number>(10).fill(0)
    for (let number = 0; number < 20_000; number += 1) {
      const bucket = jumpHash(BigInt(number) * 0x9e3779b97f4a7c15n, 10)
      counts[bucket] = (counts[bucket] ?? 0) + 1
    }
    for (const count of counts) expect(Math.abs(count / 2_000 - 1)).toBeLessThan(0.1)
  })

  it("takes fewer than one bucket as one", () => {
    expect([jumpHash(7n, 0), jumpHash(7n, -3)]).toEqual([0, 0])
  })
})
