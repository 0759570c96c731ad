import * as Data from "effect/Data"
import { Piscina } from "piscina"
import { assign, type ScoreBatch, type ScoreRunner, specimenBatch } from "../placement/index.ts"

const entry = new URL(`./score-pool.worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url)

/** Milliseconds after which a thread that has not answered is taken to be gone. */
const patience = 10_000

/**
 * Batches that the pool takes before the event loop has noticed the answer to one of them. While the caller is held the
 * loop does not turn: to the pool, what has long been scored is still under way, and a batch beyond these would wait in
 * its queue for as long as the caller waits for the batch.
 */
const mostUnderWay = 4_096

/** A batch was given to a pool that is closed. */
export class ScorePoolClosed extends Data.TaggedError("ScorePoolClosed") {
  readonly code = "BALLAST_SCORE_POOL_CLOSED"
  readonly hint = "end the simulation that scores on it before it is closed"
  override get message(): string {
    return `the pool that batches are scored on is closed (${this.hint})`
  }
}

/**
 * Scores every batch on another thread, and holds the caller until it is scored: for simulated worlds, in which scoring
 * takes no time. What follows is then the same as with scores worked out inline, to the byte. Inline it is done where the
 * pool has as many batches under way as it takes, and from the first batch on that its thread leaves unanswered.
 */
export class BlockingScorePool implements ScoreRunner {
  readonly #pool = new Piscina({
    filename: entry.href,
    minThreads: 1,
    maxThreads: 1,
    concurrentTasksPerWorker: mostUnderWay,
    idleTimeout: Number.POSITIVE_INFINITY,
    execArgv: []
  })
  #scored = 0
  #scoredInline = 0
  #underWay = 0
  #isThreadGone = false
  #isClosed = false

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

  /** Batches that were scored on the caller's thread instead. */
  get scoredInline(): number {
    return this.#scoredInline
  }

  /** Batches that were given to the thread, and whose end the event loop is yet to notice. */
  get underWay(): number {
    return this.#underWay
  }

  /** The worker of each task, by index, −1 where none fits. Throws `ScorePoolClosed` once it is closed. */
  assign(batch: ScoreBatch): Int32Array {
    if (this.#isClosed) throw new ScorePoolClosed()
    if (this.#isThreadGone || this.#underWay === mostUnderWay) return this.#assignInline(batch)
    const { size, buffer, chosen } = batch.shared()
    const done = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
    const notice = (): void => {
      this.#underWay -= 1
    }
    this.#underWay += 1
    // What becomes of the batch is told through memory; a thread that ends says so here, too late to matter.
    void this.#pool.run({ size, buffer, done }).then(notice, notice)
    if (Atomics.wait(done, 0, 0, patience) === "timed-out") {
      this.#isThreadGone = true
      return this.#assignInline(batch)
    }
    this.#scored += 1
    return chosen.slice()
  }

  /** Ends the thread once the event loop has noticed what is under way. From now on no batch is taken. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#pool.close()
  }

  #assignInline(batch: ScoreBatch): Int32Array {
    this.#scoredInline += 1
    return assign(batch)
  }
}
