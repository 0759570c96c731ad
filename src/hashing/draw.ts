import { mix32 } from "./hash.ts"

const range = 2 ** 32

/**
 * Chance without a state: the same seed, turn and draw always give the same number, 0 ≤ x < 1. Whoever decides by it can
 * decide again, to explain itself, and comes to the same; only the turn moves on.
 */
export const drawAt = (seed: number, turn: number, draw: number): number =>
  mix32(mix32(seed, turn), draw + Math.floor(turn / range)) / range
