import type { Scale } from "../strategy.ts"
import { clampPercent, fillUnknown, perSlot, rescale } from "../weighing/columns.ts"

/** `capacity`: figures are speeds of one slot, and points are for each free slot. */
export type FigureKind = Scale | "capacity"

/**
 * The figures of one factor, by place, and the points they come to. Most changes of one figure change the points of that
 * worker alone; where what the others are measured against changes, all points are worked out anew.
 */
export class FactorColumn {
  readonly #kind: FigureKind
  #figures = new Float64Array(0)
  /** What is compared with the best: the figure, or what the worker can do with all its slots. */
  #measures = new Float64Array(0)
  /** What one of unknown speed can do with all its slots hangs on the others. */
  #slots = new Float64Array(0)
  points = new Float64Array(0)
  /** 1 where a worker is. */
  #present = new Uint8Array(0)
  /** What the others are measured against: the figure of the best. */
  #best = Number.NaN
  #unknown = 0
  /** The known ones lie from here to there: unknown ones count for the middle. */
  #lowest = Number.NaN
  #highest = Number.NaN
  #isStale = true

  constructor(kind: FigureKind) {
    this.#kind = kind
  }

  resize(length: number): void {
    this.#figures = new Float64Array(length)
    this.#measures = new Float64Array(length)
    this.#slots = new Float64Array(length)
    this.points = new Float64Array(length)
    this.#present = new Uint8Array(length)
    this.#isStale = true
  }

  /** NaN: unknown. `slots`: those of the worker in all. */
  set(place: number, figure: number, slots: number): void {
    const before = this.#figures[place] ?? Number.NaN
    const measure = this.#kind === "capacity" ? figure * slots : figure
    const measured = this.#measures[place] ?? Number.NaN
    const wasThere = this.#present[place] === 1
    if (wasThere && Object.is(before, figure) && this.#slots[place] === slots) return
    this.#slots[place] = slots
    this.#figures[place] = figure
    this.#measures[place] = measure
    this.#present[place] = 1
    if (this.#isStale) return
    this.#isStale =
      !wasThere || measured === this.#best || this.#beats(measure) || !this.#isWithin(before) || !this.#isWithin(figure)
    if (this.#isStale) return
    const points = this.#pointsOf(figure)
    this.points[place] = points > 100 ? this.#above : points > 0 ? points : 0
  }

  /** Has all points be worked out anew. */
  renew(): void {
    this.#isStale = true
  }

  clear(place: number): void {
    if (this.#present[place] !== 1) return
    this.#present[place] = 0
    this.#figures[place] = Number.NaN
    this.#isStale = true
  }

  /** Works out all points where that is due. Gives whether it was. */
  settle(span: number, slotLimit: Float64Array): boolean {
    if (!this.#isStale) return false
    const points = this.points.subarray(0, span)
    points.set(this.#figures.subarray(0, span))
    for (let place = 0; place < span; place += 1) if (this.#present[place] !== 1) points[place] = Number.NaN
    if (this.#kind === "capacity") {
      this.#survey(points)
      this.#best = perSlot(points, slotLimit)
    } else {
      this.#best = rescale(points, this.#kind)
      this.#survey(points)
      fillUnknown(points, 100)
      clampPercent(points)
    }
    this.#isStale = false
    return true
  }

  #survey(values: Float64Array): void {
    this.#unknown = 0
    this.#lowest = Number.POSITIVE_INFINITY
    this.#highest = Number.NEGATIVE_INFINITY
    for (let place = 0; place < values.length; place += 1) {
      if (this.#present[place] !== 1) continue
      const value = values[place] ?? Number.NaN
      if (value < this.#lowest) this.#lowest = value
      if (value > this.#highest) this.#highest = value
      if (Number.isNaN(value)) this.#unknown += 1
    }
  }

  /** Whether a known figure has no say in what unknown ones count for. */
  #isWithin(figure: number): boolean {
    const value = this.#kind === "capacity" ? figure : this.#pointsOf(figure)
    return this.#unknown === 0 ? !Number.isNaN(value) : value > this.#lowest && value < this.#highest
  }

  /** What more than 100 points come to: a speed beyond all bounds is none. */
  get #above(): number {
    return this.#kind === "capacity" ? 0 : 100
  }

  #beats(measure: number): boolean {
    switch (this.#kind) {
      case "points":
        return false
      case "less":
        return !(measure >= this.#best)
      case "more":
      case "capacity":
        return !(measure <= this.#best)
    }
  }

  #pointsOf(figure: number): number {
    switch (this.#kind) {
      case "points":
        return figure
      case "less":
        return (100 * this.#best) / figure
      case "more":
      case "capacity":
        return (100 * figure) / this.#best
    }
  }
}
