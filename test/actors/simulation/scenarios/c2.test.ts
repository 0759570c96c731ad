import { describe, expect, it } from "vitest"
import { c2, rampedWorld, unequal } from "../../../../actors/simulation/scenarios/c2.ts"
import { measureSeed } from "../../../../actors/simulation/scenarios/index.ts"
import { materialWorld } from "../../../../actors/simulation/scenarios/material-world.ts"
import { mean } from "../../../../src/statistics/index.ts"

const minute = 60_000

describe("C2", () => {
  it("rises from a fifth of what the workers can do to four fifths", () => {
    const tasks = Array.from({ length: 20 }, (_, seed) => materialWorld(rampedWorld(unequal), seed).tasks).flat()
    // 8 cores of five workers of speed 1 and five of speed 2, a minute of work each.
    const perMinute = 8 * 15
    const arrivingIn = (from: number) => tasks.filter(({ at }) => from <= at && at < from + minute).length / 20
    // Within four standard deviations of a Poisson number.
    for (const [from, share] of [
      [0, 0.23],
      [9 * minute, 0.77]
    ] as const) {
      const expected = share * perMinute
      expect(Math.abs(arrivingIn(from) - expected)).toBeLessThan(4 * Math.sqrt(expected / 20))
    }
    expect(mean(tasks.map(({ work }) => work)) / minute).toBeCloseTo(1, 1)
  })

  it("has its rows, of the runtime and the models in the same worlds", async () => {
    const figures = await measureSeed(c2, 1)
    const names = ["ballast", "fixed thresholds", "round robin", "least connections", "central queue"]
    expect(Object.keys(figures["stddev of utilisation"] ?? {})).toEqual(expect.arrayContaining(names))
    // A share of capacity deviates by half of it at most.
    for (const figure of Object.values(figures["stddev of utilisation"] ?? {})) {
      expect(figure).toBeGreaterThan(0)
      expect(figure).toBeLessThan(50)
    }
    // Equal workers do the same work whoever gets it, as long as nobody waits.
    const { ballast = 0, "central queue": central = 0 } = figures["throughput, equal"] ?? {}
    expect(ballast / central).toBeCloseTo(1, 2)
  })
})
