import { describe, expect, it } from "vitest"
import { type BallastOptions, optionProblems, toSettings } from "../../src/config/index.ts"

const problems = (given: object) => {
  const options: BallastOptions = { handlers: "./handlers.ts" }
  Object.assign(options, given)
  return optionProblems(options)
}

describe("what is said of energy", () => {
  it("has defaults", () => {
    expect(toSettings({}).adaptation.energy).toEqual({
      consolidation: { target: 0.9, margin: 0.1, restAfter: 120_000, minAwake: 1, pace: 0.75 },
      temperature: { warm: 70, critical: 90, modelled: false }
    })
    const { features } = toSettings({}).adaptation
    expect([features.hardwareSpecific, features.resourceEfficiency]).toEqual([true, true])
  })

  it("is taken as it is said, the rest as usual", () => {
    const energy = { consolidation: { target: 0.5, restAfter: "1 minute" as const }, temperature: { warm: 80 } }
    expect(toSettings({ adaptation: { energy } }).adaptation.energy).toEqual({
      consolidation: { target: 0.5, margin: 0.1, restAfter: 60_000, minAwake: 1, pace: 0.75 },
      temperature: { warm: 80, critical: 100, modelled: false }
    })
    const cool = toSettings({ adaptation: { energy: { temperature: { critical: 60 }, consolidation: true } } })
    expect(cool.adaptation.energy.temperature).toEqual({ warm: 40, critical: 60, modelled: false })
    expect(toSettings({ adaptation: { energy: { consolidation: false } } }).adaptation.energy.consolidation).toBe(false)
  })

  it.each([
    ["consolidation", { consolidation: "much" }],
    ["consolidation.target", { consolidation: { target: 0 } }],
    ["consolidation.minAwake", { consolidation: { minAwake: 0 } }],
    ["consolidation.restAfter", { consolidation: { restAfter: "soon" } }],
    ["temperature.warm", { temperature: { warm: -1 } }],
    ["temperature", { temperature: { warm: 90, critical: 80 } }]
  ])("adaptation.energy.%s is refused with its path and a hint where it makes no sense: %j", (path, energy) => {
    const found = problems({ adaptation: { energy } })
    expect(found.map((problem) => problem.path).join()).toContain(`adaptation.energy.${path.split(".")[0]}`)
    expect(found.every(({ hint }) => hint.length > 0)).toBe(true)
  })

  it("a curve of watts is figures or an exponent, and nothing else", () => {
    expect(problems({ hardware: { x: { idleWatts: 1, peakWatts: 5, curve: 1.4, sleepWatts: 0.5 } } })).toEqual([])
    expect(problems({ hardware: { x: { curve: [1, 2, 3] } } })).toEqual([])
    expect(problems({ hardware: { x: { curve: -1 } } }).length).toBeGreaterThan(0)
    expect(problems({ hardware: { x: { curve: [1] } } }).length).toBeGreaterThan(0)
    expect(problems({ hardware: { x: { sleepWatts: -1 } } }).length).toBeGreaterThan(0)
  })
})
