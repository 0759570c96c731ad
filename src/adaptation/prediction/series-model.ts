import type { Method } from "./methods/index.ts"
import { candidates, type LoneMethodId, methodOf } from "./methods/index.ts"
import { Mixture } from "./mixture.ts"

export interface SeriesModelSettings {
  /** `auto` combines many by their record; otherwise one by itself. */
  readonly method: LoneMethodId | "auto"
  /** How many steps ahead it forecasts. */
  readonly steps: number
  /** Steps after which the series repeats. Left out: looked for. */
  readonly period?: number
}

/** No load is beyond this, and its square is still a number; what is nearer to 0 than that is 0. */
const [largest, smallest] = [1e100, 1e-100]

const sound = (value: number): number => (Math.abs(value) < smallest ? 0 : Math.max(-largest, Math.min(largest, value)))

// Where things stand in the memory.
const [taken, busy, latest, header] = [0, 1, 2, 3]

/**
 * How a series is forecast, step by step, at a fixed cost for each. All that it remembers of a series stands in one
 * stretch of numbers, all 0 at first, so that any number of series share a model and any thread can go on with one.
 *
 * With each value it first learns how good what was said for now has been, and then says what comes next: nothing that
 * it says knows more than the values before.
 */
export class SeriesModel {
  readonly settings: SeriesModelSettings
  /** Numbers that the memory of a series takes. */
  readonly size: number
  readonly #methods: ReadonlyArray<Method>
  readonly #names: ReadonlyArray<string>
  readonly #mixture: Mixture
  /** Where the memory of each method begins, and that of the record. */
  readonly #starts: ReadonlyArray<number>
  readonly #record: number
  readonly #said: number

  constructor(settings: SeriesModelSettings) {
    this.settings = settings
    const { method, steps, period } = settings
    const pool =
      method === "auto"
        ? candidates(steps, period)
        : [{ name: method, method: methodOf(method, steps, period), prior: 1 }]
    this.#methods = pool.map((candidate) => candidate.method)
    this.#names = pool.map(({ name }) => name)
    this.#mixture = new Mixture(pool.map(({ prior }) => prior))
    let end = header
    this.#starts = this.#methods.map(({ size }) => {
      const start = end
      end += size
      return start
    })
    this.#record = end
    this.#said = end + this.#mixture.size
    this.size = this.#said + steps * (this.#methods.length + 1)
  }

  /** A series whose memory this is; it may have begun elsewhere. */
  open(memory: Float64Array): OpenSeries {
    return {
      memory,
      parts: this.#methods.map(({ size }, index) => {
        const start = this.#starts[index] ?? 0
        return memory.subarray(start, start + size)
      }),
      record: memory.subarray(this.#record, this.#said),
      said: memory.subarray(this.#said, this.size)
    }
  }

  /** Takes in the next value, one step after the last. */
  push({ memory, parts, record, said }: OpenSeries, raw: number): void {
    memory[busy] = 1
    const value = Number.isNaN(raw) ? (memory[latest] ?? 0) : sound(raw)
    const count = memory[taken] ?? 0
    const { steps } = this.settings
    const width = this.#methods.length + 1
    const start = (count % steps) * width
    const combinedAt = start + width - 1
    if (count >= steps) this.#mixture.learn(record, said, start, said[combinedAt] ?? Number.NaN, value)
    for (let index = 0; index < this.#methods.length; index += 1) {
      const [method, part] = [this.#methods[index], parts[index]]
      if (method === undefined || part === undefined) continue
      method.push(part, value)
      said[start + index] = method.expected(part)
    }
    said[combinedAt] = this.#mixture.combine(record, said, start)
    memory[latest] = value
    memory[taken] = count + 1
    memory[busy] = 0
  }

  /** The methods that weigh most in what it says now, with their shares, the heaviest first. */
  leaders({ record, said, memory }: OpenSeries, most: number): ReadonlyArray<MethodShare> {
    const count = memory[taken] ?? 0
    if (count === 0) return []
    const start = ((count - 1) % this.settings.steps) * (this.#methods.length + 1)
    const shares = this.#mixture.shares(record, said, start)
    return this.#names
      .map((method, index) => ({ method, share: shares[index] ?? 0 }))
      .sort((a, b) => b.share - a.share)
      .slice(0, most)
  }

  /** What is expected `steps` after the latest value; NaN before there is anything to go by. */
  expected({ memory, said }: OpenSeries): number {
    const count = memory[taken] ?? 0
    if (count === 0) return Number.NaN
    const width = this.#methods.length + 1
    return said[((count - 1) % this.settings.steps) * width + width - 1] ?? Number.NaN
  }
}

/** A method, and how much of a forecast is its doing, 0–1. */
export interface MethodShare {
  readonly method: string
  readonly share: number
}

/** A series, its memory cut into the parts of what remembers something. */
export interface OpenSeries {
  readonly memory: Float64Array
  readonly parts: ReadonlyArray<Float64Array>
  readonly record: Float64Array
  readonly said: Float64Array
}

/** Values that a memory has taken in. */
export const valuesTaken = (memory: Float64Array): number => memory[taken] ?? 0

/** Whether who worked on it was stopped in the middle: nothing in it can be relied on. */
export const isBroken = (memory: Float64Array): boolean => memory[busy] === 1

/** The value that it took in last. */
export const latestTaken = (memory: Float64Array): number => memory[latest] ?? 0
