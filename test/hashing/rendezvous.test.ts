import { describe, expect, it } from "vitest"
import { hash32, identityOf, rendezvousDraw, rendezvousScore } from "../../src/hashing/index.ts"
import { manyKeys } from "./given.ts"

const drawOf = (name: string, hash: number): number => {
  const { first, second } = identityOf(name)
  return rendezvousDraw(first, second, hash)
}

const homeAmong = (weights: Readonly<Record<string, number>>) => (key: string) => {
  const scores = Object.entries(weights).map(
    ([name, weight]) => [name, rendezvousScore(drawOf(name, hash32(key)), weight)] as const
  )
  return scores.reduce((best, each) => (each[1] > best[1] ? each : best))[0]
}

describe("a rendezvous score", () => {
  it("makes shares follow the weights within a tenth", () => {
    const weights = { a: 1, b: 2, c: 0.5, d: 4 }
    const counts: Record<string, number> = {}
    for (const home of manyKeys(60_000).map(homeAmong(weights))) counts[home] = (counts[home] ?? 0) + 1
    for (const [name, weight] of Object.entries(weights)) {
      expect(Math.abs((counts[name] ?? 0) / ((60_000 * weight) / 7.5) - 1)).toBeLessThan(0.1)
    }
  })

  it("moves keys only to a member that gains weight", () => {
    const lighter = homeAmong({ a: 1, b: 2, c: 1 })
    const heavier = homeAmong({ a: 1, b: 2, c: 1.5 })
    for (const key of manyKeys(5_000)) if (lighter(key) !== heavier(key)) expect(heavier(key)).toBe("c")
  })

  it("gives what a member leaves behind to all others alike", () => {
    const weights = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`worker-${index}`, 1]))
    const { "worker-3": _gone, ...rest } = weights
    const heirs = manyKeys(100_000)
      .filter((key) => homeAmong(weights)(key) === "worker-3")
      .map(homeAmong(rest))
    const ideal = heirs.length / 19
    for (const name of Object.keys(rest)) {
      const count = heirs.filter((heir) => heir === name).length
      // Five standard deviations of chance.
      expect(Math.abs(count - ideal)).toBeLessThan(5 * Math.sqrt(ideal))
    }
  })

  it("is above 0 and finite for every hash", () => {
    for (const hash of [0, 1, 2 ** 31, 2 ** 32 - 1]) {
      expect(rendezvousScore(hash, 1)).toBeGreaterThan(0)
      expect(rendezvousScore(hash, 1)).toBeLessThan(Number.POSITIVE_INFINITY)
    }
  })
})
