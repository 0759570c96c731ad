import { isBroken, type OpenSeries, type SeriesModel, type SeriesModelSettings, valuesTaken } from "./series-model.ts"

/** Values that series are still to take in, as it goes to another thread: their memories are shared, not copied. */
export interface FitWork {
  readonly settings: SeriesModelSettings
  readonly memories: ReadonlyArray<SharedArrayBuffer>
  /** For each: the values it had taken in before, how many are to come, and these one after another. */
  readonly taken: Float64Array
  readonly counts: Uint32Array
  readonly values: Float64Array
}

/** One series, and what it is to take in. */
export interface Pending {
  readonly series: OpenSeries
  readonly buffer: SharedArrayBuffer
  readonly values: ReadonlyArray<number>
}

/** What many series are still to take in, for one model. */
export class FitBatch {
  readonly model: SeriesModel
  readonly #pending: ReadonlyArray<Pending>
  readonly #taken: ReadonlyArray<number>
  /** Values to be taken in. */
  readonly size: number

  constructor(model: SeriesModel, pending: ReadonlyArray<Pending>) {
    this.model = model
    this.#pending = pending
    this.#taken = pending.map(({ series }) => valuesTaken(series.memory))
    this.size = pending.reduce((sum, { values }) => sum + values.length, 0)
  }

  /** Takes all in on this thread. What somebody else has taken in already is passed over. */
  run(): void {
    this.#pending.forEach(({ series, values }, index) => {
      goOn(this.model, series, this.#taken[index] ?? 0, values)
    })
  }

  /** The same for another thread. */
  work(): FitWork {
    return {
      settings: this.model.settings,
      memories: this.#pending.map(({ buffer }) => buffer),
      taken: Float64Array.from(this.#taken),
      counts: Uint32Array.from(this.#pending, ({ values }) => values.length),
      values: Float64Array.from(this.#pending.flatMap(({ values }) => values))
    }
  }
}

/** Where many series take in their values: at once, or later where that goes to another thread. */
export interface FitRunner {
  fit(batch: FitBatch): void | Promise<void>
}

export const inlineFitting: FitRunner = { fit: (batch) => batch.run() }

/** Takes in what a batch says. Gives nothing: the memories are shared. */
export const takeIn = (model: SeriesModel, { memories, taken, counts, values }: FitWork): void => {
  let start = 0
  memories.forEach((buffer, index) => {
    const end = start + (counts[index] ?? 0)
    goOn(model, model.open(new Float64Array(buffer)), taken[index] ?? 0, values.subarray(start, end))
    start = end
  })
}

/** A memory that two threads can see, for one more series. */
export const newSeries = (model: SeriesModel): { readonly opened: OpenSeries; readonly buffer: SharedArrayBuffer } => {
  const buffer = new SharedArrayBuffer(model.size * Float64Array.BYTES_PER_ELEMENT)
  return { opened: model.open(new Float64Array(buffer)), buffer }
}

/** A thread that ended in the middle leaves a memory that nobody can use: that series begins anew. */
const goOn = (model: SeriesModel, series: OpenSeries, taken: number, values: ArrayLike<number>): void => {
  const { memory } = series
  if (isBroken(memory)) memory.fill(0)
  for (let index = Math.max(0, valuesTaken(memory) - taken); index < values.length; index += 1) {
    model.push(series, values[index] ?? 0)
  }
}
