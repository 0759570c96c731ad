/** delay = min(max, base · 2ⁿ), spread by ± jitter (a share) and then clamped. Milliseconds. */
export interface Backoff {
  readonly base: number
  readonly max: number
  readonly jitter: number
}

/** 2 to the power of more than this exceeds any `max` that a timer can wait for. */
const maxDoublings = 64

/** The delay before the n-th restart in a row (n from 1). `random`: 0 ≤ x < 1. */
export const backoffDelay = ({ base, max, jitter }: Backoff, attempt: number, random: number): number => {
  const delay = Math.min(max, base * 2 ** Math.min(attempt - 1, maxDoublings))
  return Math.min(max, Math.max(0, delay * (1 + jitter * (2 * random - 1))))
}
