import * as Schema from "effect/Schema"
import { Quantity } from "./validate.ts"

const Positive = Schema.Finite.check(Schema.isGreaterThan(0))
const Efficiency = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))

/** A kind of hardware, as a caller knows it. What is left out is as Ballast knows that kind, or else a plain CPU. */
export const HardwareProfileInput = Schema.Struct({
  /** Relative speed; 1 is a plain CPU. */
  performance: Schema.optional(Positive),
  energyEfficiency: Schema.optional(Efficiency),
  thermalEfficiency: Schema.optional(Efficiency),
  /** Of one core, for what runs on the cores of a CPU; otherwise of one device. */
  idleWatts: Schema.optional(Quantity),
  peakWatts: Schema.optional(Quantity),
  /**
   * Watts at equally spaced utilisations from 0 to 1; or an exponent such as 1.4, for idle + (peak − idle) · u^1.4. Left
   * out: a straight line.
   */
  curve: Schema.optional(Schema.Union([Schema.Array(Quantity).check(Schema.isMinLength(2)), Positive])),
  /** What it draws asleep. */
  sleepWatts: Schema.optional(Quantity)
})

export type HardwareProfileInput = typeof HardwareProfileInput.Type
