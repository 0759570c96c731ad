import { type BootstrapOptions, bootstrap, type Estimate } from "./bootstrap.ts"
import { median } from "./summary.ts"

/** How one contender does against another on the same seeds. */
export interface PairedComparison {
  readonly pairs: number
  /** The median, or what `statistic` says, of a − b, pair by pair; 0 where both are the same, infinite ones too. */
  readonly difference: Estimate
  /** The same of a ÷ b; 1 where both are the same, zeros too. It says which is more only where all are above 0. */
  readonly ratio: Estimate
  /** Pairs in which a is the better one. */
  readonly wins: number
  readonly ties: number
  readonly losses: number
}

export interface ComparisonOptions extends BootstrapOptions {
  /** Which figure is the better one. Default less: times, costs. */
  readonly better?: "less" | "more"
  /** What the pairs come to. Default: their median. */
  readonly statistic?: (values: ReadonlyArray<number>) => number
}

/**
 * Compares pair by pair, so that what makes a seed easy or hard for both falls out. The estimates of no pairs are NaN.
 *
 * @param a `a[i]` and `b[i]` are of the same seed
 * @param chance 0 ≤ x < 1, for the intervals
 * @throws RangeError where there are more of the one than of the other
 */
export const comparePaired = (
  a: ReadonlyArray<number>,
  b: ReadonlyArray<number>,
  chance: () => number,
  { better = "less", statistic = median, ...options }: ComparisonOptions = {}
): PairedComparison => {
  if (a.length !== b.length) throw new RangeError(`${a.length} figures cannot be paired with ${b.length}`)
  const pairs = a.map((ours, i) => ({ ours, theirs: b[i] ?? Number.NaN }))
  const less = pairs.filter(({ ours, theirs }) => ours < theirs).length
  const more = pairs.filter(({ ours, theirs }) => ours > theirs).length
  const of = (figure: (ours: number, theirs: number) => number): Estimate =>
    bootstrap(
      pairs.map(({ ours, theirs }) => figure(ours, theirs)),
      statistic,
      chance,
      options
    )
  return {
    pairs: pairs.length,
    difference: of((ours, theirs) => (ours === theirs ? 0 : ours - theirs)),
    ratio: of((ours, theirs) => (ours === theirs ? 1 : ours / theirs)),
    wins: better === "less" ? less : more,
    ties: pairs.filter(({ ours, theirs }) => ours === theirs).length,
    losses: better === "less" ? more : less
  }
}
