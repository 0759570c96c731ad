import type { Millis } from "../../model/index.ts"

/** The values of a while that no later one exceeds: the first is the highest. */
export type RecentPeak = ReadonlyArray<{ readonly at: Millis; readonly value: number }>

/** The peak with one more value, and without what is longer ago than the window. */
export const addToPeak = (peak: RecentPeak, value: number, window: Millis, now: Millis): RecentPeak => [
  ...peak.filter((each) => each.at >= now - window && each.value > value),
  { at: now, value }
]

/** The highest value; 0 where there is none. */
export const highestOf = (peak: RecentPeak): number => peak[0]?.value ?? 0
