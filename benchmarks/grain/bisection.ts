/** A bisection in steps, so that several can go on in turn: over the logarithm of what is looked for. */
export interface Bisection {
  /** What to try next; `undefined` once the bracket is narrow enough. */
  readonly next: () => number | undefined
  /** What came of that: whether it is large enough. */
  readonly tell: (value: number, enough: boolean) => void
  /** The middle of the bracket. Where the bounds themselves were too small or large enough, the bound. */
  readonly found: () => number
}

/** `ratio`: high ÷ low from which on the bracket is narrow enough. */
export const bisection = (lowest: number, highest: number, ratio: number): Bisection => {
  let low = lowest
  let high = highest
  return {
    next: () => (high / low <= ratio ? undefined : Math.sqrt(low * high)),
    tell: (value, enough) => {
      if (enough) high = value
      else low = value
    },
    found: () => (low === lowest ? low : high === highest ? high : Math.sqrt(low * high))
  }
}
