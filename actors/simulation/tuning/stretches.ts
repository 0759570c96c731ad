import type { Millis } from "../../../src/model/index.ts"

/** A part of a history, by the places of its runs: those from `from` to before `until` are judged, those before warm up. */
export interface Stretch {
  readonly warmFrom: number
  readonly from: number
  readonly until: number
}

export interface Cut {
  /** On these settings are searched for. */
  readonly search: ReadonlyArray<Stretch>
  /** On these, later ones that the search has not seen, what was found is judged. */
  readonly heldOut: ReadonlyArray<Stretch>
}

export interface CutSettings {
  /** Stretches of each kind, at the most. */
  readonly most: number
  /** Of each kind at the least: of fewer pairs no interval can be given. */
  readonly least: number
  /** Runs of a stretch that are judged, at least and at most. */
  readonly shortest: number
  readonly longest: number
  /** The share of the runs that is held out. */
  readonly share: number
  /** Runs that warm up, as a share of those that are judged. */
  readonly warmUp: number
}

export const cutDefaults: CutSettings = {
  most: 12,
  least: 6,
  shortest: 60,
  longest: 1_500,
  share: 0.5,
  warmUp: 0.5
}

/** Consecutive stretches from place to place. Where they would be longer than asked for, there are gaps between them. */
const stretchesOf = (start: number, end: number, settings: CutSettings): ReadonlyArray<Stretch> => {
  const { most, shortest, longest, warmUp } = settings
  const count = Math.min(most, Math.floor((end - start) / (shortest * (1 + warmUp))))
  return Array.from({ length: count }, (_, index) => {
    const begin = start + Math.floor(((end - start) * index) / count)
    const until = start + Math.floor(((end - start) * (index + 1)) / count)
    const judged = Math.min(longest, Math.floor((until - begin) / (1 + warmUp)))
    const from = until - judged
    return { warmFrom: Math.max(begin, from - Math.ceil(judged * warmUp)), from, until }
  })
}

/**
 * The first part of a history to search on and the last to judge by, each in stretches that share no run.
 * `undefined`: it is too short to tell anything.
 */
export const cut = (arrivals: ReadonlyArray<Millis>, settings: CutSettings = cutDefaults): Cut | undefined => {
  const border = Math.floor(arrivals.length * (1 - settings.share))
  const search = stretchesOf(0, border, settings)
  const heldOut = stretchesOf(border, arrivals.length, settings)
  return Math.min(search.length, heldOut.length) < settings.least ? undefined : { search, heldOut }
}
