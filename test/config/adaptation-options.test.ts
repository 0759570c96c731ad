import { describe, expect, it } from "vitest"
import { type BallastOptions, optionProblems, toSettings } from "../../src/config/index.ts"

const settings = (adaptation: BallastOptions["adaptation"]) => toSettings({ adaptation }).adaptation

describe("the thresholds' options", () => {
  it("have the sources' names and defaults (K2, G1)", () => {
    expect(settings({}).thresholds).toEqual({ rule: "set-point", initial: { high: 0.85, low: 0.2 }, rate: 0.05 })
    const given = { utilizationThresholdHigh: 0.8, utilizationThresholdLow: 0.3, thresholdAdjustmentRate: 0.1 }
    const { thresholds } = settings({ ...given, thresholds: "incremental" })
    expect(thresholds).toEqual({ rule: "incremental", initial: { high: 0.8, low: 0.3 }, rate: 0.1 })
  })
})

describe("thresholds that make no sense", () => {
  it.each([
    ["utilizationThresholdHigh", { utilizationThresholdHigh: 1.5 }],
    ["utilizationThresholdLow", { utilizationThresholdLow: Number.NaN }],
    ["thresholdAdjustmentRate", { thresholdAdjustmentRate: -0.1 }],
    ["thresholds", { thresholds: "now and then" }],
    ["", { utilizationThresholdHigh: 0.2 }],
    ["", { utilizationThresholdLow: 0.9 }]
  ])("are refused with their path and a hint: adaptation.%s %j", (name, given) => {
    const options: BallastOptions = { handlers: "./handlers.ts" }
    Object.assign(options, { adaptation: given })
    const [problem] = optionProblems(options)
    expect(problem?.path).toBe(name === "" ? "adaptation" : `adaptation.${name}`)
    expect(problem?.hint).not.toBe("")
  })
})

describe("the interval between two looks", () => {
  it("is never so short that the runtime did nothing else", () => {
    expect(settings({ checkInterval: 0 }).checkInterval).toBe(10)
    expect(settings({ checkInterval: "1 second" }).checkInterval).toBe(1_000)
  })
})

describe("the windows of prediction and of histories", () => {
  it("are in minutes where they are bare numbers, as in the sources", () => {
    const { predictionWindow, performanceWindow } = settings({ predictionWindow: 2, performanceWindow: 7 })
    expect([predictionWindow, performanceWindow]).toEqual([120_000, 420_000])
    expect(settings({ performanceWindow: "90 seconds" }).performanceWindow).toBe(90_000)
  })
})
