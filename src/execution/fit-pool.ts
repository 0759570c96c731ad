import { Piscina } from "piscina"
import type { FitBatch, FitRunner, FitWork } from "../adaptation/index.ts"

export interface FitPoolOptions {
  /** After how many milliseconds without a batch the thread ends. Default 60 s: batches come at intervals. */
  readonly idleTimeout?: number
  /** Where series take in their values: by how long that would take (the default), or always in one of both. */
  readonly where?: "by-time" | "inline" | "pool"
  /** For how many milliseconds a batch may hold up the event loop. Default 2. */
  readonly patience?: number
}

/** Milliseconds a value takes, until measured. */
const assumedPerValue = 0.02
/** Smaller batches say more of the clock than of themselves. */
const leastMeasured = 8
/** Weight of a new measurement. */
const gain = 0.3

const entry = new URL(`./fit-pool.worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url)

/**
 * Fits many series: inline while they are few, and on a thread of a Piscina pool once they would hold up the event loop
 * for longer than it may be. How long they take is measured with every batch. The memories are shared and the model is
 * the same, so the forecasts are the same either way. No thread is started before the first batch that needs one.
 */
export class FitPool implements FitRunner {
  readonly #options: FitPoolOptions
  #perValue = assumedPerValue
  #pool: Piscina<FitWork, number> | undefined
  #closed = false

  constructor(options: FitPoolOptions = {}) {
    this.#options = options
  }

  /** Values from which a batch goes to the pool. */
  get breakEven(): number {
    const { where = "by-time", patience = 2 } = this.#options
    if (where === "inline") return Number.POSITIVE_INFINITY
    return where === "pool" ? 0 : Math.ceil(patience / this.#perValue)
  }

  fit(batch: FitBatch): void | Promise<void> {
    if (!this.#closed && batch.size >= this.breakEven) return this.#fitInPool(batch)
    const started = performance.now()
    batch.run()
    this.#measured(batch.size, performance.now() - started)
  }

  /** Ends the thread once the batches under way are done. Later batches go inline. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#pool?.close()
    this.#pool = undefined
  }

  #measured(values: number, ms: number): void {
    if (values < leastMeasured) return
    this.#perValue = Math.max(1e-6, this.#perValue + gain * (ms / values - this.#perValue))
  }

  async #fitInPool(batch: FitBatch): Promise<void> {
    const { idleTimeout = 60_000 } = this.#options
    this.#pool ??= new Piscina<FitWork, number>({
      filename: entry.href,
      minThreads: 0,
      maxThreads: 1,
      idleTimeout,
      execArgv: []
    })
    try {
      this.#measured(batch.size, await this.#pool.run(batch.work()))
    } catch {
      // The thread is gone: what it has not taken in is taken in here.
      batch.run()
    }
  }
}
