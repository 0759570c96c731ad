import { describe, expect, it } from "vitest"
import { chanceOf } from "../../../../actors/simulation/index.ts"
import { widened } from "../../../../actors/simulation/tuning/confidence.ts"
import { bootstrap, mean } from "../../../../src/statistics/index.ts"

describe("the interval of a gain", () => {
  it("asks for more of fewer stretches", () => {
    expect([widened(6), widened(12), widened(200)].map((each) => Number(each.toFixed(3)))).toEqual([
      0.995, 0.978, 0.952
    ])
    expect(widened(1)).toBe(1)
  })

  it("holds the true mean in 95 of 100 cases, also of six values", () => {
    const chance = chanceOf("coverage")
    const drawn = (): number => Math.sqrt(-2 * Math.log1p(-chance())) * Math.cos(2 * Math.PI * chance())
    for (const size of [6, 10]) {
      let held = 0
      for (let trial = 0; trial < 600; trial += 1) {
        const values = Array.from({ length: size }, drawn)
        const options = { confidence: widened(size), resamples: 1_000 }
        const { low, high } = bootstrap(values, mean, chance, options)
        if (low <= 0 && high >= 0) held += 1
      }
      expect(held / 600).toBeGreaterThan(0.92)
    }
  })
})
