import type { WorkerRecord } from "../src/ledger/index.ts"
import type { Millis, PerformanceView, WorkerId } from "../src/model/index.ts"

/** Work that may wait at a worker for its turn there, in milliseconds of its slots' time. */
const worth = 1

/** Runs that may wait at one worker, however short they are. */
const most = 64

/** For each slot, runs that may wait at a worker where they are longer than that, so that it need not wait for them. */
const share = 0.1

/** Milliseconds from which on a run hides no round trip that matters beside it. */
const long = 20

/** Runs that were seen before their length is relied on. */
const knownFrom = 8

/** Milliseconds without the end of a run at a worker after which what waits there is taken back. */
const patience = 10

/** The same while another worker has nothing to do. */
const patienceBesideIdle = 1

const never = Number.POSITIVE_INFINITY

/**
 * How much is sent ahead to busy workers, so that they do not wait for a round trip between one run and the next; and
 * when it is taken back, so that nothing is stuck behind a long one. A millisecond's worth of runs may wait at each
 * worker, and of runs up to 20 ms a tenth of its slots, at least one, while there are plenty.
 */
export class Aheads {
  /** When a run has ended last on each worker with something ahead. */
  readonly #gotOnAt = new Map<WorkerId, Millis>()
  readonly #stuck = new Set<WorkerId>()
  #due = never

  /** Whether anything waits at a worker. */
  get any(): boolean {
    return this.#gotOnAt.size > 0
  }

  /** When to look for workers that are stuck; infinite while nothing is ahead. */
  get due(): Millis {
    return this.#due
  }

  /**
   * Runs of the type that may wait there. `plenty`: more wait than will be begun in the next moment, so that none of them
   * would be sooner elsewhere.
   */
  depth(type: string, { spec, limit }: WorkerRecord, performance: PerformanceView, plenty: boolean): number {
    // Its thread would begin them as soon as fewer run than it has slots.
    if (limit < spec.limits.slots) return 0
    if (spec.isolation !== "thread" || this.#stuck.has(spec.id)) return 0
    const known = performance.of(spec.id, type)
    if (known === undefined || known.runs < knownFrom || known.successRate < 0.5 || known.meanMs >= long) return 0
    const { slots } = spec.limits
    const short = Math.floor((slots * worth) / Math.max(known.meanMs, worth / most))
    return Math.min(most, Math.max(short, plenty ? Math.ceil(slots * share) : 0))
  }

  /** Something has been sent ahead there. */
  sent(workerId: WorkerId, now: Millis): void {
    if (!this.#gotOnAt.has(workerId)) this.#gotOnAt.set(workerId, now)
    if (this.#due === never) this.#due = now + patience
  }

  /** A run has ended there. What a run says on its way brings nobody behind it any further. */
  gotOn({ spec: { id }, ahead }: WorkerRecord, now: Millis): void {
    if (ahead.length > 0) this.sent(id, now)
    if (this.#gotOnAt.has(id)) {
      if (ahead.length > 0) this.#gotOnAt.set(id, now)
      else this.#gotOnAt.delete(id)
    }
    if (this.#stuck.size > 0) this.#stuck.delete(id)
  }

  /** Another worker has nothing to do. */
  hurry(now: Millis): void {
    this.#due = Math.min(this.#due, now + patienceBesideIdle)
  }

  /**
   * Workers that have not got on for too long, less long where another has nothing to do. They get nothing ahead until
   * a run ends there.
   */
  stuck(now: Millis, besideIdle: boolean): ReadonlyArray<WorkerId> {
    if (this.#due > now) return []
    const enough = besideIdle ? patienceBesideIdle : patience
    const stuck = [...this.#gotOnAt].filter(([, at]) => now - at >= enough).map(([workerId]) => workerId)
    for (const workerId of stuck) {
      this.#gotOnAt.delete(workerId)
      this.#stuck.add(workerId)
    }
    this.#due = this.#gotOnAt.size > 0 ? now + enough : never
    return stuck
  }
}
