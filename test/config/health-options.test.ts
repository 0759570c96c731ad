import { describe, expect, it } from "vitest"
import { optionProblems, toSettings } from "../../src/config/index.ts"

/** As a caller without types says it. */
const problems = (health: unknown) => {
  const options = { handlers: "x" }
  Reflect.set(options, "adaptation", { health })
  return optionProblems(options)
}

describe("options of health", () => {
  it("are right by themselves", () => {
    expect(toSettings({}).adaptation.health).toEqual({
      sweepInterval: 1_000,
      ejection: { base: 30_000, longest: 300_000, forgive: 10_000, maxShare: 0.1, panic: 0.5 },
      outliers: { consecutiveFailures: 5, deviations: 1.9, workers: 5, runs: 100, failureShare: false, slow: 3 },
      slowStart: { window: 5_000, runs: 20, least: 0.1, aggression: 1 }
    })
  })

  it("switch each off, and set each", () => {
    const { health } = toSettings({ adaptation: { health: { ejection: false, slowStart: false } } }).adaptation
    expect([health.ejection, health.slowStart]).toEqual([false, false])
    const set = toSettings({
      adaptation: {
        health: {
          sweepInterval: 1,
          ejection: { baseTime: "1 minute", maxTime: "2 minutes", maxShare: 0.5, panicThreshold: 0, slowFactor: false },
          slowStart: { window: 0, runs: 1, minShare: 1, aggression: 2 }
        }
      }
    }).adaptation.health
    expect(set).toMatchObject({
      sweepInterval: 100,
      ejection: { base: 60_000, longest: 120_000, maxShare: 0.5, panic: 0 },
      outliers: { slow: false, consecutiveFailures: 5 },
      slowStart: { window: 0, runs: 1, least: 1, aggression: 2 }
    })
  })

  it("of times of ejection the one that is left out gives way", () => {
    const timesOf = (ejection: { readonly baseTime?: "10 minutes"; readonly maxTime?: "10 seconds" }) =>
      toSettings({ adaptation: { health: { ejection } } }).adaptation.health.ejection
    expect(timesOf({ baseTime: "10 minutes" })).toMatchObject({ base: 600_000, longest: 600_000 })
    expect(timesOf({ maxTime: "10 seconds" })).toMatchObject({ base: 10_000, longest: 10_000 })
  })

  it.each([
    ["ejection.maxShare", { ejection: { maxShare: 0 } }],
    ["ejection.maxShare", { ejection: { maxShare: 1.5 } }],
    ["ejection.panicThreshold", { ejection: { panicThreshold: -1 } }],
    ["ejection.slowFactor", { ejection: { slowFactor: 1 } }],
    ["ejection.consecutiveFailures", { ejection: { consecutiveFailures: 0.5 } }],
    ["ejection.successDeviations", { ejection: { successDeviations: Number.NaN } }],
    ["ejection.failureShare", { ejection: { failureShare: true } }],
    ["ejection.baseTime", { ejection: { baseTime: "soon" } }],
    ["ejection.maxTime", { ejection: { baseTime: "2 minutes", maxTime: "1 minute" } }],
    ["slowStart.aggression", { slowStart: { aggression: 0 } }],
    ["slowStart.minShare", { slowStart: { minShare: -0.1 } }],
    ["slowStart.windows", { slowStart: { windows: 5 } }],
    ["sweepInterval", { sweepInterval: -1 }]
  ])("adaptation.health.%s is refused with its path and a hint where it makes no sense: %j", (path, health) => {
    const found = problems(health)
    expect(found.map((problem) => problem.path)).toContain(`adaptation.health.${path}`)
    for (const { hint } of found) expect(hint).not.toBe("")
  })
})
