/**
 * What is left of each task that runs on a worker, in seconds at speed 1. Unchangeable: what a move makes of it is
 * another one.
 */
export class WorkLeft {
  static readonly none = new WorkLeft([])
  /** Ascending. */
  readonly #each: ReadonlyArray<number>
  /** Of the first, the first two, … */
  readonly #sums: ReadonlyArray<number>

  /** What is not finite or below zero is left out. */
  constructor(each: ReadonlyArray<number>) {
    this.#each = each.filter((seconds) => seconds >= 0 && seconds < Number.POSITIVE_INFINITY).sort((a, b) => a - b)
    let sum = 0
    this.#sums = this.#each.map((seconds) => {
      sum += seconds
      return sum
    })
  }

  get count(): number {
    return this.#each.length
  }

  get seconds(): number {
    return this.#sums.at(-1) ?? 0
  }

  /**
   * What all of these get of a thread that they share in equal parts until one beside them that needs so many seconds of
   * it is done: no more of each than it needs itself. O(log tasks).
   */
  beside(seconds: number): number {
    const shorter = this.#below(seconds)
    return (this.#sums[shorter - 1] ?? 0) + (this.#each.length - shorter) * seconds
  }

  with(seconds: number): WorkLeft {
    return new WorkLeft([...this.#each, seconds])
  }

  /** Without the one that is nearest to that. */
  without(seconds: number): WorkLeft {
    const at = this.#below(seconds)
    const [below = Number.NEGATIVE_INFINITY, above = Number.POSITIVE_INFINITY] = [this.#each[at - 1], this.#each[at]]
    const nearest = above - seconds <= seconds - below ? at : at - 1
    return new WorkLeft(this.#each.filter((_, index) => index !== nearest))
  }

  /** How many need less than that. */
  #below(seconds: number): number {
    let [from, until] = [0, this.#each.length]
    while (from < until) {
      const middle = (from + until) >>> 1
      if ((this.#each[middle] ?? Number.POSITIVE_INFINITY) < seconds) from = middle + 1
      else until = middle
    }
    return from
  }
}
