import type { PowerModel } from "../../model/index.ts"
import { linearPower } from "../../power/index.ts"

/** Readings from which on a line is drawn, and how much their loads must differ, as a standard deviation. */
const enough = { readings: 20, spread: 0.1 }
/** Readings after which an old one counts a third. */
const memory = 200

/**
 * The power of a worker as somebody measures it: watts against the share of it in use, as a straight line by least squares,
 * in which older readings fade. Nothing as long as its loads differ too little to tell, or where more load seems to draw less.
 */
export class PowerFit {
  #count = 0
  #weight = 0
  #use = 0
  #watts = 0
  #useSquares = 0
  #both = 0

  /** It drew so many watts with that share of it in use. What makes no sense is left out. */
  add(use: number, watts: number): void {
    if (!(use >= 0 && use <= 1 && watts >= 0 && watts < Number.POSITIVE_INFINITY)) return
    const keep = 1 - 1 / memory
    this.#count += 1
    this.#weight = this.#weight * keep + 1
    const gain = 1 / this.#weight
    const [offUse, offWatts] = [use - this.#use, watts - this.#watts]
    this.#use += offUse * gain
    this.#watts += offWatts * gain
    this.#useSquares = this.#useSquares * keep + offUse * (use - this.#use)
    this.#both = this.#both * keep + offUse * (watts - this.#watts)
  }

  get power(): PowerModel | undefined {
    if (this.#count < enough.readings || this.#useSquares < enough.spread ** 2 * this.#weight) return undefined
    const slope = this.#both / this.#useSquares
    const idle = this.#watts - slope * this.#use
    return slope >= 0 && idle + slope > 0 ? linearPower(Math.max(0, idle), idle + slope) : undefined
  }
}
