import { describe, expect, it } from "vitest"
import { c13, seriesErrors } from "../../../../actors/simulation/scenarios/forecast/index.ts"
import { measureSeed } from "../../../../actors/simulation/scenarios/index.ts"
import type { LoadSeries } from "../../../../actors/simulation/traces/index.ts"
import { normalFrom, randomFrom } from "../../../adaptation/prediction/noise.ts"
import { needsTraces } from "../traces/given.ts"

const seriesOf = (values: ReadonlyArray<number>): LoadSeries => ({ name: "s", every: 60_000, values, warmUp: 12 })

describe("C13", () => {
  it("says what is missing where there are no loads, and has rows otherwise", () => {
    expect(c13.missing.length > 0).toBe(c13.parts.length < 5)
  })

  it("measures on a series that repeats what repeating is worth, and on noise that there is little to be had", () => {
    const normal = normalFrom(randomFrom(6))
    const repeating = seriesErrors(seriesOf(Array.from({ length: 600 }, (_, step) => [5, 50, 9, 1][step % 4] ?? 0)), 1)
    expect(repeating.ballast).toBeLessThan(0.3 * repeating.bestSimple)
    const noise = seriesErrors(seriesOf(Array.from({ length: 600 }, () => 100 + normal())), 5)
    expect(noise.ballast).toBeLessThan(1.03 * noise.bestSimple)
    expect(noise.covered / noise.counted).toBeGreaterThan(0.85)
    expect(noise.covered / noise.counted).toBeLessThan(0.95)
    expect(noise.linearRegression).toBeGreaterThan(1)
  })
})

describe.skipIf(c13.parts.length < 5)(`C13 on public loads (${needsTraces})`, () => {
  it("is below the best simple baseline, with intervals that hold nine in ten", async () => {
    const figures = await measureSeed(c13, 1)
    const ofUs = (row: string) => figures[row]?.ballast ?? Number.NaN
    for (const trace of ["nab-cloudwatch", "planetlab", "azure-functions-2019"]) {
      expect(ofUs(`${trace} series won %`)).toBeGreaterThanOrEqual(80)
    }
    for (const trace of [
      "nab-cloudwatch",
      "planetlab",
      "azure-functions-2019",
      "azure-llm-2023",
      "alibaba-genai-2026"
    ]) {
      expect(ofUs(`${trace} coverage`)).toBeGreaterThan(85)
      expect(ofUs(`${trace} coverage`)).toBeLessThan(95)
      expect(ofUs(`${trace} 1`)).toBeLessThan(figures[`${trace} 1`]?.["best simple"] ?? 0)
    }
  }, 120_000)
})
