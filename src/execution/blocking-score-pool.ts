import { Piscina } from "piscina"
import { assign, type ScoreBatch, type ScoreRunner, specimenBatch } from "../placement/index.ts"

const entry = new URL(`./score-pool.worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url)

/** Milliseconds after which a thread that has not answered is taken to be gone. */
const patience = 10_000

/** Batches that may be on their way at once: a batch must not wait here for the answer to one before it to be noticed. */
const underWay = 4_096

/**
 * Scores every batch on another thread, and holds the caller until it is scored: for simulated worlds, in which scoring
 * takes no time. What follows is then the same as with scores worked out inline, to the byte.
 */
export class BlockingScorePool implements ScoreRunner {
  readonly #pool = new Piscina({
    filename: entry.href,
    minThreads: 1,
    maxThreads: 1,
    concurrentTasksPerWorker: underWay,
    idleTimeout: Number.POSITIVE_INFINITY,
    execArgv: []
  })
  #scored = 0

  private constructor() {}

  /** A pool whose thread waits for work: without, the first batch could not be waited for. */
  static async open(): Promise<BlockingScorePool> {
    const opened = new BlockingScorePool()
    const { size, buffer } = specimenBatch({ tasks: 1, workers: 1 }).shared()
    await opened.#pool.run({ size, buffer })
    return opened
  }

  /** Batches that the thread has scored. */
  get scored(): number {
    return this.#scored
  }

  assign(batch: ScoreBatch): Int32Array {
    const { size, buffer, chosen } = batch.shared()
    const done = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
    // What becomes of the batch is told through memory; a thread that ends says so here, too late to matter.
    void this.#pool.run({ size, buffer, done }).catch(() => undefined)
    if (Atomics.wait(done, 0, 0, patience) === "timed-out") return assign(batch)
    this.#scored += 1
    return chosen.slice()
  }

  async close(): Promise<void> {
    await this.#pool.close()
  }
}
