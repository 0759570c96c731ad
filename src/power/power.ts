import type { PowerModel } from "../model/index.ts"

/** A model from watts measured at equally spaced utilisations from 0 to 1, both included; at least two. */
export const measuredPower = (curve: ReadonlyArray<number>): PowerModel => ({
  idleWatts: curve[0] ?? 0,
  peakWatts: curve.at(-1) ?? 0,
  curve
})

/** A straight line: what is assumed where only the ends are known. */
export const linearPower = (idleWatts: number, peakWatts: number): PowerModel => ({
  idleWatts,
  peakWatts,
  curve: [idleWatts, peakWatts]
})

/** Points of a curve that is given as a formula: between them a straight line is off by less than 0.1 % of the span. */
const points = 33

/** P_idle + (P_peak − P_idle) · u^exponent: above 1 the last of the load costs most, below 1 the first. */
export const curvedPower = (idleWatts: number, peakWatts: number, exponent: number): PowerModel => ({
  idleWatts,
  peakWatts,
  curve: Array.from(
    { length: points },
    (_, index) => idleWatts + (peakWatts - idleWatts) * (index / (points - 1)) ** exponent
  )
})

/** The watts of so many of these. */
export const scaledPower = ({ idleWatts, peakWatts, curve, sleepWatts }: PowerModel, factor: number): PowerModel => ({
  idleWatts: idleWatts * factor,
  peakWatts: peakWatts * factor,
  curve: curve.map((watts) => watts * factor),
  ...(sleepWatts !== undefined && { sleepWatts: sleepWatts * factor })
})

/** Whether figures can be drawn from the model at all. */
export const isUsablePower = ({ idleWatts, peakWatts, curve }: PowerModel): boolean =>
  idleWatts >= 0 &&
  idleWatts < Number.POSITIVE_INFINITY &&
  peakWatts > 0 &&
  peakWatts < Number.POSITIVE_INFINITY &&
  curve.length >= 2 &&
  curve.every(Number.isFinite)

/** Watts at a utilisation, 0–1: between the points of the curve in straight lines; beyond its ends as at them. O(1). */
export const wattsAt = ({ curve, idleWatts }: PowerModel, utilisation: number): number => {
  const last = curve.length - 1
  const at = Math.min(1, Math.max(0, utilisation)) * last
  const below = Math.min(Math.floor(at), Math.max(0, last - 1))
  const from = curve[below] ?? idleWatts
  const to = curve[below + 1] ?? from
  return from + (to - from) * (at - below)
}
