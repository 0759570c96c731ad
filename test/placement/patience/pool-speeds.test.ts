import { describe, expect, it } from "vitest"
import { RunTimes } from "../../../src/adaptation/index.ts"
import { isSlow, poolSpeeds } from "../../../src/placement/patience/pool-speeds.ts"
import { ledgerOf, workerSpec } from "../pool.ts"
import { chanceFrom } from "./uneven-world.ts"

const exponential = (chance: () => number): number => -Math.log(1 - chance())

/** So many workers that take turns with tasks of exponential length, and how many of all looks found a slow one. */
const looksAt = (speeds: ReadonlyArray<number>, runs: number, seed: number) => {
  const chance = chanceFrom(seed)
  const ids = speeds.map((_, index) => `w${index}`)
  const workers = [...ledgerOf(ids.map((id) => workerSpec(id, { slots: 1 }))).workers.values()]
  const times = new RunTimes()
  let found = 0
  let looks = 0
  let slow: ReadonlyArray<string> = []
  for (let run = 0; run < runs; run += 1) {
    const place = Math.floor(chance() * ids.length)
    times.record(ids[place] ?? "", "work", { ms: (1_000 * exponential(chance)) / (speeds[place] ?? 1) }, run)
    if (run % ids.length !== 0) continue
    const known = poolSpeeds(times, "work", workers)
    slow = known.differ ? ids.filter((id) => isSlow(id, known)) : []
    looks += 1
    if (slow.length > 0) found += 1
  }
  return { share: found / looks, slow }
}

const seeds = Array.from({ length: 10 }, (_, index) => 101 * (index + 1))
const mean = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0) / values.length

describe("the speeds of a pool", () => {
  for (const count of [2, 4, 5, 10, 40]) {
    it(`of ${count} equal workers hardly ever look unequal, whatever chance makes of their runs`, () => {
      const equal = Array.from({ length: count }, () => 1)
      expect(mean(seeds.map((seed) => looksAt(equal, 200 * count, seed).share))).toBeLessThan(0.02)
    })

    it(`show which of ${count} workers is four times slower`, () => {
      const uneven = Array.from({ length: count }, (_, index) => (index === 0 ? 0.25 : 1))
      for (const seed of seeds) expect(looksAt(uneven, 150 * count, seed).slow).toContain("w0")
    })
  }
})
