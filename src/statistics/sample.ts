import { quantileOfSorted } from "./summary.ts"

const smallest = 16

/**
 * A sample that grows to millions: 8 bytes a value, sorted in place when a quantile is asked for. Its mean, quantiles
 * and shares are NaN of none, its mean and quantiles also where a value is NaN.
 */
export class Sample {
  #values = new Float64Array(smallest)
  #count = 0
  #sum = 0
  #inOrder = true

  get count(): number {
    return this.#count
  }

  get sum(): number {
    return this.#sum
  }

  get mean(): number {
    return this.#sum / this.#count
  }

  get min(): number {
    return this.quantile(0)
  }

  get max(): number {
    return this.quantile(1)
  }

  push(value: number): void {
    if (this.#count === this.#values.length) {
      const larger = new Float64Array(2 * this.#count)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.#count] = value
    this.#count += 1
    this.#inOrder = false
    this.#sum += value
  }

  /** Interpolated between the two nearest values (type 7). `share`: 0 (the smallest) to 1 (the largest). */
  quantile(share: number): number {
    return quantileOfSorted(this.sorted(), share)
  }

  /** The share (0–1) of values that are at most `limit`. */
  shareWithin(limit: number): number {
    const sorted = this.sorted()
    let low = 0
    let high = sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((sorted[middle] ?? Number.POSITIVE_INFINITY) <= limit) low = middle + 1
      else high = middle
    }
    return low / this.#count
  }

  /** The values, the smallest first; a view that holds until the next is pushed. */
  sorted(): Float64Array {
    const values = this.#values.subarray(0, this.#count)
    if (!this.#inOrder) values.sort()
    this.#inOrder = true
    return values
  }
}
