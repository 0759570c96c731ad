import { Piscina } from "piscina"
import { assign, type ScoreBatch, type ScoreRunner, specimenBatch } from "../placement/index.ts"

export interface ScorePoolOptions {
  /** Threads at most. A batch is one run on one thread: more threads serve batches at once. Default 1. */
  readonly threads?: number
  /** After how many milliseconds without a batch a thread ends. Default 30 s. */
  readonly idleTimeout?: number
  /** Where batches are scored: by their size (the default), or always in one of both. */
  readonly where?: "by-size" | "inline" | "pool"
  /** Cells (tasks × workers) from which a batch goes to the pool, instead of what `calibrate` measures. */
  readonly breakEven?: number
}

/** Until measured: about a millisecond of scoring. */
const assumedBreakEven = 65_536
/** Below this a measurement that says otherwise is noise. */
const leastBreakEven = 4_096

const entry = new URL(`./score-pool.worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url)

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

const cellsOf = ({ size }: ScoreBatch): number => size.tasks * size.workers

/**
 * Scores batches inline while they are small, and on a thread once they would hold up the event loop for longer
 * than the way to the thread and back takes. The kernel and so the answer are the same. No thread is started
 * before the first batch that needs one.
 */
export class ScorePool implements ScoreRunner {
  readonly #options: ScorePoolOptions
  #breakEven: number
  #pool: Piscina | undefined
  #closed = false

  constructor(options: ScorePoolOptions = {}) {
    this.#options = options
    this.#breakEven = options.breakEven ?? assumedBreakEven
  }

  /** Cells (tasks × workers) from which a batch goes to the pool. */
  get breakEven(): number {
    return this.#breakEven
  }

  /** The worker of each task, by index, −1 where none fits: at once, or later where it goes to a thread. */
  assign(batch: ScoreBatch): Int32Array | Promise<Int32Array> {
    const { where = "by-size" } = this.#options
    const inline = where === "inline" || (where === "by-size" && cellsOf(batch) < this.#breakEven)
    return inline || this.#closed ? assign(batch) : this.#assignInPool(batch)
  }

  /** Measures how long a cell takes here and how long the way to a thread is, and sets the break-even. */
  async calibrate(): Promise<number> {
    const inline = specimenBatch({ tasks: 128, workers: 128 })
    const lone = specimenBatch({ tasks: 1, workers: 1 })
    const perCell: Array<number> = []
    const trips: Array<number> = []
    // The first rounds compile the kernel and start the thread; the median passes over them.
    for (let round = 0; round < 9; round++) {
      const started = performance.now()
      assign(inline)
      perCell.push((performance.now() - started) / cellsOf(inline))
      const sent = performance.now()
      await this.#assignInPool(lone)
      trips.push(performance.now() - sent)
    }
    const measured = Math.round(median(trips) / median(perCell))
    if (this.#options.breakEven === undefined && Number.isFinite(measured)) {
      this.#breakEven = Math.max(leastBreakEven, measured)
    }
    return this.#breakEven
  }

  /** Ends the threads once the batches under way are scored. Later batches are scored inline. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#pool?.close()
    this.#pool = undefined
  }

  async #assignInPool(batch: ScoreBatch): Promise<Int32Array> {
    const { threads = 1, idleTimeout = 30_000 } = this.#options
    this.#pool ??= new Piscina({
      filename: entry.href,
      minThreads: 0,
      maxThreads: threads,
      idleTimeout,
      execArgv: []
    })
    const shared = batch.shared()
    try {
      await this.#pool.run({ size: shared.size, buffer: shared.buffer })
      return shared.chosen.slice()
    } catch {
      // The thread is gone; the kernel is the same here.
      return assign(batch)
    }
  }
}
