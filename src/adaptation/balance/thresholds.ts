import { type Trend, trendOf } from "../prediction/trend.ts"

/** Utilisations, 0–1, above and below which a worker counts as much and as little used. */
export interface Thresholds {
  readonly high: number
  readonly low: number
}

/** `set-point` comes to rest under constant load; `incremental` is the literal rule G1, which never does. */
export type ThresholdRule = "set-point" | "incremental"

export interface ThresholdSettings {
  readonly rule: ThresholdRule
  readonly initial: Thresholds
  /** The adjustment of one cycle under a stable load: `thresholdAdjustmentRate`. */
  readonly rate: number
  /** `set-point` only: distance from the set-point that is left alone. */
  readonly hysteresis: number
}

export const thresholdDefaults: ThresholdSettings = {
  rule: "set-point",
  initial: { high: 0.85, low: 0.2 },
  rate: 0.05,
  hysteresis: 0.02
}

export interface ThresholdDecision extends Thresholds {
  /** Mean of the last five system loads; `undefined` where there was none, and nothing changed. */
  readonly load: number | undefined
  readonly trend: Trend
  readonly explanation: string
}

const bounds = { high: { min: 0.6, max: 0.95 }, low: { min: 0.1, max: 0.4 } }
/** The least distance between the two. */
const separation = 0.3
/** System loads whose mean the rule goes by. */
const recent = 5
/** Mean loads above which the system is much used, and below which it is little used. */
const busy = 0.75
const quiet = 0.3

const clamp = (value: number, { min, max }: { readonly min: number; readonly max: number }): number =>
  Math.min(max, Math.max(min, value))

/**
 * The thresholds for the next cycle from the system's loads, oldest first; values that are not finite are left out.
 * Each threshold moves by at most rate × 1.5 (rising load), × 0.5 (falling) or × 1 (stable), × up to 1.2.
 */
export const adjustThresholds = (
  current: Thresholds,
  loads: ReadonlyArray<number>,
  settings: ThresholdSettings
): ThresholdDecision => {
  const known = loads.filter(Number.isFinite)
  const trend = trendOf(known)
  const last = known.slice(-recent)
  if (last.length === 0) return { ...current, load: undefined, trend, explanation: "no system load is known yet" }
  const load = last.reduce((sum, value) => sum + value, 0) / last.length
  const pace = trend.direction === "increasing" ? 1.5 : trend.direction === "decreasing" ? 0.5 : 1
  const adjustment = settings.rate * pace
  const next =
    settings.rule === "incremental"
      ? increment(current, load, adjustment)
      : approach(current, load, adjustment, settings)
  const explanation =
    `${settings.rule}: mean load ${load.toFixed(3)}, ${trend.direction} (${trend.slope.toFixed(4)} a record), ` +
    `high ${current.high.toFixed(3)} → ${next.high.toFixed(3)}, low ${current.low.toFixed(3)} → ${next.low.toFixed(3)}`
  return { ...next, load, trend, explanation }
}

/** G1 to the letter. Under any constant load it ends in a corner (X1). */
const increment = (current: Thresholds, load: number, adjustment: number): Thresholds => {
  const high = load > busy ? -adjustment * 1.2 : load < quiet ? adjustment * 0.8 : load > 0.5 ? -adjustment : adjustment
  const low = load > busy ? adjustment * 0.8 : load < quiet ? -adjustment * 1.2 : load > 0.5 ? adjustment : -adjustment
  const next = { high: clamp(current.high + high, bounds.high), low: clamp(current.low + low, bounds.low) }
  if (next.high - next.low >= separation) return next
  return high < low ? { ...next, high: next.low + separation } : { ...next, low: next.high - separation }
}

/**
 * Where the thresholds belong at a load: the initial pair at 0.5, and between that and the two corners the literal rule
 * runs into: wide apart when quiet (0.95 / 0.10 at 0.30 and below), close when busy (0.70 / 0.40 at 0.75 and above).
 */
export const setPoint = (load: number, initial: Thresholds): Thresholds => {
  const between = (from: number, to: number, share: number) => from + (to - from) * Math.min(1, Math.max(0, share))
  const corner = load < 0.5 ? { high: 0.95, low: 0.1 } : { high: 0.7, low: 0.4 }
  const share = load < 0.5 ? (0.5 - load) / (0.5 - quiet) : (load - 0.5) / (busy - 0.5)
  return separate({
    high: clamp(between(initial.high, corner.high, share), bounds.high),
    low: clamp(between(initial.low, corner.low, share), bounds.low)
  })
}

const approach = (
  current: Thresholds,
  load: number,
  adjustment: number,
  { initial, hysteresis }: ThresholdSettings
): Thresholds => {
  const target = setPoint(load, initial)
  const step = (from: number, to: number): number =>
    Math.abs(to - from) <= hysteresis ? from : from + clamp(to - from, { min: -adjustment, max: adjustment })
  return separate({
    high: clamp(step(current.high, target.high), bounds.high),
    low: clamp(step(current.low, target.low), bounds.low)
  })
}

const separate = ({ high, low }: Thresholds): Thresholds => ({ high, low: Math.min(low, high - separation) })
