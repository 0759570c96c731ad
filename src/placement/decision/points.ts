import type { Parts } from "../strategy.ts"

/** No parts are no score: what looks like an object without any may be a promise. */
const sumOf = (parts: Parts): number => {
  const points = Object.values(parts)
  return points.length === 0 ? Number.NaN : points.reduce((sum, part) => sum + part, 0)
}

/** What a score or its parts come to; NaN, or no number at all, where it is neither. */
export const pointsOf = (answer: number | Parts): number =>
  typeof answer === "object" && answer !== null ? sumOf(answer) : answer

/** A score with the multiplier of its worker: more is always better, below zero, too. */
export const multiplied = (points: number, multiplier: number): number =>
  points < 0 ? points / multiplier : points * multiplier

/** The score as it was before the multiplier. */
export const withoutMultiplier = (score: number, multiplier = 1): number =>
  score < 0 ? score * multiplier : score / multiplier
