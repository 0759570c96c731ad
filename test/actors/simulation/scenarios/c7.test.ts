import { describe, expect, it } from "vitest"
import { manyServersSojourn } from "../../../../actors/simulation/baselines/index.ts"
import { c7 } from "../../../../actors/simulation/scenarios/c7.ts"
import { type Figures, measureSeed, type Scenario } from "../../../../actors/simulation/scenarios/index.ts"
import { mean } from "../../../../src/statistics/index.ts"

const equal: Scenario = { ...c7, parts: c7.parts.slice(0, 1) }

describe("C7", () => {
  it("has its rows, of the runtime and of models that land where theory says", async () => {
    const figures: Array<Figures> = []
    for (const seed of [1, 2, 3, 4, 5]) figures.push(await measureSeed(equal, seed))
    const meanOf = (row: string, name: string): number => mean(figures.map((each) => each[row]?.[name] ?? Number.NaN))
    // M/M/10 at 0.7: within a few standard errors of five times 10,000 tasks.
    const expected = manyServersSojourn(10, 0.007, 1_000)
    expect(Math.abs(meanOf("mean sojourn", "central queue") / expected - 1)).toBeLessThan(0.04)
    expect(Math.abs(meanOf("mean sojourn", "ballast") / expected - 1)).toBeLessThan(0.04)
    // Among equals chance is fair, and the first of them always is not.
    const unfair = meanOf("coefficient of variation", "least connections, first joined")
    expect(unfair).toBeGreaterThan(5 * meanOf("coefficient of variation", "least connections"))
    // A thousand tasks each, dealt out in turn: 1 ÷ √1000.
    expect(Math.abs(meanOf("coefficient of variation", "round robin") - 3.0)).toBeLessThan(1)
    for (const name of ["ballast", "least connections", "p2c", "peak ewma"]) {
      // The Gini coefficient of ten values is at most √(1 − 1/10) ÷ √3 of their coefficient of variation.
      const ratio = meanOf("gini", name) / meanOf("coefficient of variation", name)
      expect(ratio).toBeGreaterThan(0.3)
      expect(ratio).toBeLessThan(0.58)
    }
  })
})
