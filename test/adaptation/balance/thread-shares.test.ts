import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { slowdown, ThreadShares } from "../../../src/adaptation/index.ts"

/** What a thread is seen to do while so many run that each ask for that share of it, all the time. */
const closed = (running: number, share: number) => ({ running, busy: Math.min(1, running * share) })
const seenOf = (looks: ReadonlyArray<{ readonly running: number; readonly busy: number }>): number => {
  const shares = new ThreadShares()
  for (const look of looks) shares.see("w", look)
  return shares.of("w")
}
const times = <A>(count: number, each: (index: number) => A) => Array.from({ length: count }, (_, index) => each(index))

describe("which share of a thread a task asks for", () => {
  it("is all of it until it was seen otherwise, however full the thread is", () => {
    expect(new ThreadShares().of("nobody")).toBe(1)
    expect(seenOf(times(50, () => ({ running: 20, busy: 1 })))).toBe(1)
  })

  it("is a part where several leave it idle: they do not slow each other down", () => {
    for (const share of [1 / 8, 1 / 32]) {
      const seen = seenOf(times(60, (n) => closed(2 + (n % 5), share)))
      expect(seen).toBeGreaterThan(share / 1.5)
      expect(seen).toBeLessThan(share * 1.5)
      expect(slowdown(0.8 / share, seen)).toBeLessThan(1.25)
    }
  })

  it("is all of it where short tasks compute all the time and come one now, two then", () => {
    // One server that is busy for half of the time: in the mean there is one task, and half of a thread in use.
    const seen = seenOf(times(200, (n) => ({ running: [0, 0, 0, 0, 1, 1, 2, 2, 3, 1][(7 * n) % 10] ?? 0, busy: 0.5 })))
    expect(seen).toBeGreaterThan(0.85)
  })

  it("is not forgotten when the thread becomes full, which says only that each asks for its part at least", () => {
    const light = times(60, (n) => closed(2 + (n % 4), 1 / 8))
    expect(seenOf([...light, ...times(60, () => ({ running: 64, busy: 1 }))])).toBeLessThan(0.2)
    expect(seenOf([...light, ...times(60, () => ({ running: 2, busy: 1 }))])).toBeGreaterThan(0.45)
  })

  it("stays between nothing and all, whatever is seen", () => {
    const look = fc.record({ running: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.double()), busy: fc.double() })
    fc.assert(
      fc.property(fc.array(look, { maxLength: 30 }), (looks) => {
        const share = seenOf(looks)
        expect(share).toBeGreaterThan(0)
        expect(share).toBeLessThanOrEqual(1)
      })
    )
  })
})
