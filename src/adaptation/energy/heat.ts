import type { Millis } from "../../model/index.ts"

export interface HeatSettings {
  /** Degrees Celsius up to which all of a worker may be used. */
  readonly warm: number
  /** From here on nothing more is given to it. */
  readonly critical: number
  /** By so many degrees it must have cooled before what it was denied is given back. */
  readonly back: number
  /** The share of a worker that may be used just below critical. */
  readonly least: number
  /** Shares are told apart by as much, so that not every tenth of a degree changes something. */
  readonly step: number
}

export const heatDefaults: Omit<HeatSettings, "warm" | "critical"> = { back: 5, least: 0.25, step: 0.125 }

/** How hot a worker is, and what may be used of it for that. */
export interface Heat {
  readonly celsius: number
  /** The share of it that may be used, 0–1; 0 only while it is critical. */
  readonly headroom: number
  readonly isCritical: boolean
}

/** 1 up to `warm`, then down in a straight line to `least` just below `critical`, in steps. */
export const headroomAt = (celsius: number, { warm, critical, least, step }: HeatSettings): number => {
  if (celsius >= critical) return 0
  if (celsius <= warm) return 1
  const exact = 1 - ((celsius - warm) / (critical - warm)) * (1 - least)
  return Math.max(least, Math.min(1, Math.ceil(exact / step) * step))
}

/**
 * What may be used of a worker at this temperature (G10): the less, the hotter. What was taken from it is given back only
 * once it is `back` degrees cooler than where it was taken, so that it does not go to and fro; critical it stays until then,
 * too. A reading that is no number changes nothing.
 */
export const judgeHeat = (before: Heat | undefined, celsius: number, settings: HeatSettings): Heat | undefined => {
  if (!Number.isFinite(celsius)) return before
  const isCritical =
    celsius >= settings.critical || (before?.isCritical === true && celsius > settings.critical - settings.back)
  if (isCritical) return { celsius, headroom: 0, isCritical }
  const now = headroomAt(celsius, settings)
  const cooler = headroomAt(celsius + settings.back, settings)
  const was = before?.isCritical === true ? settings.least : (before?.headroom ?? 1)
  // Between what it may have on its way up and what on its way down, it keeps what it has.
  const headroom = Math.min(now, Math.max(was, Math.max(settings.least, cooler)))
  return { celsius, headroom, isCritical }
}

/** A body that takes up power and gives heat away to what is around it. */
export interface ThermalBody {
  /** Degrees Celsius around it. */
  readonly ambient: number
  /** Degrees above that at which it ends up for each watt. */
  readonly perWatt: number
  /** Time in which it comes as near to that as 1/e. */
  readonly timeConstant: Millis
}

/**
 * Its temperature after having drawn so many watts for so long: a first-order model with one resistance and one capacity.
 *
 *     T → T_∞ + (T − T_∞) · e^(−t/RC),  T_∞ = ambient + perWatt · watts
 */
export const warmed = (
  celsius: number,
  watts: number,
  ms: Millis,
  { ambient, perWatt, timeConstant }: ThermalBody
): number => {
  const end = ambient + perWatt * Math.max(0, watts)
  return end + (celsius - end) * Math.exp(-Math.max(0, ms) / timeConstant)
}

/** Around it, and above that at its peak where nothing is led away: assumed, where nobody measures. */
const assumed = { ambient: 30, rise: 90, timeConstant: 120_000 }

/** Hardware of which only its thermal efficiency and its peak are known: the more efficient, the less it heats up. */
export const bodyOf = (thermalEfficiency: number, peakWatts: number): ThermalBody => ({
  ambient: assumed.ambient,
  perWatt: peakWatts > 0 ? (assumed.rise * (1 - Math.min(1, Math.max(0, thermalEfficiency)))) / peakWatts : 0,
  timeConstant: assumed.timeConstant
})
