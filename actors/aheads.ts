import type { WorkerRecord } from "../src/ledger/index.ts"
import type { Millis, PerformanceView, WorkerId } from "../src/model/index.ts"

/** Work that may wait at a worker for its turn there, in milliseconds of its slots' time. */
const worth = 1

/** Runs that may wait at one worker, however short they are. */
const most = 64

/** Runs that were seen before their length is relied on. */
const knownFrom = 8

/** Milliseconds without a word from a worker after which what waits there is taken back. */
const patience = 10

const never = Number.POSITIVE_INFINITY

/**
 * How much is sent ahead to busy workers, so that they do not wait for a round trip between one short run and the next;
 * and when it is taken back, so that nothing is stuck behind a long one. Measured in time, not in tasks: a millisecond's
 * worth of runs waits at each worker, so runs of that length or more are not sent ahead at all.
 */
export class Aheads {
  /** When each worker with something ahead was heard of last. */
  readonly #heardAt = new Map<WorkerId, Millis>()
  readonly #stuck = new Set<WorkerId>()
  #due = never

  /** When to look for workers that are stuck; infinite while nothing is ahead. */
  get due(): Millis {
    return this.#due
  }

  /** Runs of the type that may wait there. */
  depth(type: string, { spec }: WorkerRecord, performance: PerformanceView): number {
    if (spec.isolation !== "thread" || this.#stuck.has(spec.id)) return 0
    const known = performance.of(spec.id, type)
    if (known === undefined || known.runs < knownFrom || known.successRate < 0.5) return 0
    return Math.min(most, Math.floor((spec.limits.slots * worth) / Math.max(known.meanMs, worth / most)))
  }

  /** Something has been sent ahead there. */
  sent(workerId: WorkerId, now: Millis): void {
    if (!this.#heardAt.has(workerId)) this.#heardAt.set(workerId, now)
    if (this.#due === never) this.#due = now + patience
  }

  /** The worker has reported something. */
  heard({ spec: { id }, ahead }: WorkerRecord, now: Millis): void {
    if (ahead.length > 0) this.#heardAt.set(id, now)
    else if (this.#heardAt.size > 0) this.#heardAt.delete(id)
    if (this.#stuck.size > 0) this.#stuck.delete(id)
  }

  /** Workers that have been silent for too long. They get nothing ahead until they are heard of. */
  stuck(now: Millis): ReadonlyArray<WorkerId> {
    if (this.#due > now) return []
    const silent = [...this.#heardAt].filter(([, at]) => now - at >= patience).map(([workerId]) => workerId)
    for (const workerId of silent) {
      this.#heardAt.delete(workerId)
      this.#stuck.add(workerId)
    }
    this.#due = this.#heardAt.size > 0 ? now + patience : never
    return silent
  }
}
