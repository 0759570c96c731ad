import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Generations } from "../../src/collections/index.ts"

describe("generations", () => {
  it("keep a key until half the limit of others have been used since, and never more than the limit", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { maxLength: 300 }), fc.integer({ min: 2, max: 20 }), (keys, limit) => {
        const kept = new Generations<number, number>(limit)
        keys.forEach((key, index) => {
          kept.set(key, index)
          expect(kept.size).toBeLessThanOrEqual(limit)
          for (const other of new Set(keys.slice(0, index + 1))) {
            const last = keys.lastIndexOf(other, index)
            const since = new Set(keys.slice(last + 1, index + 1))
            if (since.size < Math.floor(limit / 2)) expect(kept.get(other)).toBe(last)
            else expect([last, undefined]).toContain(kept.get(other))
          }
        })
      })
    )
  })

  it("know nothing of what was never set", () => {
    expect(new Generations<string, number>(10).get("a")).toBeUndefined()
  })
})
