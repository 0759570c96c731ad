import * as Schema from "effect/Schema"
import { type ThresholdRule, type Thresholds, thresholdDefaults } from "../../adaptation/index.ts"

const UnitShare = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))

/** How much and how little used a worker counts as, under the sources' names. */
export const thresholdFields = {
  /** The rule that moves the thresholds. Default `set-point`. */
  thresholds: Schema.optional(Schema.Literals(["set-point", "incremental"])),
  /** Utilisation above which a worker counts as much used, at first. Above the low one. Default 0.85. */
  utilizationThresholdHigh: Schema.optional(UnitShare),
  /** Utilisation below which it counts as little used, at first. Default 0.2. */
  utilizationThresholdLow: Schema.optional(UnitShare),
  /** By how much the thresholds move at each look, where the load is stable. Default 0.05. */
  thresholdAdjustmentRate: Schema.optional(UnitShare)
}

interface ThresholdInput {
  readonly thresholds?: ThresholdRule | undefined
  readonly utilizationThresholdHigh?: number | undefined
  readonly utilizationThresholdLow?: number | undefined
  readonly thresholdAdjustmentRate?: number | undefined
}

const { initial, rate } = thresholdDefaults

/** Whether the one lies above the other, where either is given. */
export const thresholdOrder = Schema.makeFilter(
  ({ utilizationThresholdHigh: high = initial.high, utilizationThresholdLow: low = initial.low }: ThresholdInput) =>
    high > low || `Expected utilizationThresholdHigh above utilizationThresholdLow, got ${high} and ${low}`
)

export interface ThresholdOptionSettings {
  readonly rule: ThresholdRule
  readonly initial: Thresholds
  readonly rate: number
}

export const thresholdHints = {
  thresholds: '"set-point" or "incremental"',
  utilizationThresholdHigh: "a share, 0 to 1, such as 0.85",
  utilizationThresholdLow: "a share, 0 to 1, such as 0.2",
  thresholdAdjustmentRate: "a share, 0 to 1, such as 0.05"
}

export const toThresholdSettings = (input: ThresholdInput): ThresholdOptionSettings => ({
  rule: input.thresholds ?? thresholdDefaults.rule,
  initial: {
    high: input.utilizationThresholdHigh ?? initial.high,
    low: input.utilizationThresholdLow ?? initial.low
  },
  rate: input.thresholdAdjustmentRate ?? rate
})
