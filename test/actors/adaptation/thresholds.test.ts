import { describe, expect, it } from "vitest"
import { crowdedWorld } from "./given.ts"

describe("the thresholds of a runtime", () => {
  it("begin and move as its options say (G1)", async () => {
    const adaptation = {
      thresholds: "incremental",
      utilizationThresholdHigh: 0.8,
      utilizationThresholdLow: 0.3,
      thresholdAdjustmentRate: 0.05
    } as const
    const { simulation, of } = await crowdedWorld({ options: { adaptation } })
    await simulation.advance(1_500)
    const [first] = of("ThresholdsMoved")
    expect(first?.high).toBeCloseTo(0.8 + 0.8 * 0.05)
    expect(first?.low).toBeCloseTo(0.3 - 1.2 * 0.05)
  })

  it("stay where they began where they are not dynamic (G13)", async () => {
    const { simulation, of } = await crowdedWorld({
      options: { adaptation: { thresholds: "incremental", features: { dynamicThresholds: false } } }
    })
    await simulation.advance(60_000)
    expect(of("ThresholdsMoved")).toEqual([])
  })
})
