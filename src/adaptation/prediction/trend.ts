import { fitLine } from "./regression.ts"

export type Direction = "increasing" | "decreasing" | "stable"

export interface Trend {
  readonly direction: Direction
  /** Change of the value from one record to the next. */
  readonly slope: number
}

/** The slope beyond which a series rises or falls (F2). */
export const trendSlope = 0.01

/**
 * F2: the least-squares slope over the records, in order and counted 0, 1, 2 …; above 0.01 increasing, below −0.01
 * decreasing, else stable. Records that are not finite are left out; fewer than two are stable.
 */
export const trendOf = (records: ReadonlyArray<number>): Trend => {
  const values = records.filter(Number.isFinite)
  const slope =
    fitLine(
      values.map((_, index) => index),
      values
    )?.slope ?? 0
  return { direction: slope > trendSlope ? "increasing" : slope < -trendSlope ? "decreasing" : "stable", slope }
}
