/** Summaries of repeated measurements. */
import { bootstrap, median } from "../src/statistics/index.ts"

export { median }

/** The value that this share (0–1) of the values, sorted from the smallest, do not exceed: one that occurs. */
export const quantile = (sorted: ReadonlyArray<number>, share: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN

/** A small generator of the same numbers from the same seed (mulberry32): 0 ≤ x < 1. */
export const seeded = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The 95 % bootstrap interval of the median. */
export const medianInterval = (values: ReadonlyArray<number>, seed = 1): readonly [number, number] => {
  const { low, high } = bootstrap(values, median, seeded(seed))
  return [low, high]
}
