import { Actor } from "../../../src/actor/index.ts"
import { ConcurrencyLimit, type ConcurrencyRules } from "../../../src/adaptation/index.ts"
import { type LedgerReader, takesWork, type WorkerRecord } from "../../../src/ledger/index.ts"
import type { Millis, WorkerId } from "../../../src/model/index.ts"
import type { BallastEvent, BallastEventTag } from "../../events.ts"
import type { Learner } from "../../run-record.ts"
import type { SlotLimits } from "../slot-limits.ts"

export const concurrencyProtocol = {
  /** Look how many runs each worker should have beside each other. */
  Check: Actor.message<Record<never, never>>()
}

/** Milliseconds between two looks. */
const interval: Millis = 250
/** Shorter runs are sent ahead, many at a time, which a worker that may not take all its slots is denied. */
const short: Millis = 20
/** What one run counts for in the mean. */
const gain = 0.05

interface Seen {
  readonly limit: ConcurrencyLimit
  meanMs: Millis
}

/** What runs show of workers with several slots. It outlives the limiter. */
export class ConcurrencyRecord {
  /** The kinds of events it is about. */
  static readonly heeds: ReadonlyArray<BallastEventTag> = ["WorkerRemoved", "WorkerExited"]
  readonly #ledger: LedgerReader
  readonly #rules: ConcurrencyRules
  readonly #seen = new Map<WorkerId, Seen>()

  constructor(ledger: LedgerReader, rules: ConcurrencyRules) {
    this.#ledger = ledger
    this.#rules = rules
  }

  /** For `RunRecord.teach`. */
  readonly learn: Learner = ({ spec, assignment }, workerId, { ms, ok }) => {
    const worker = this.#ledger.worker(workerId)
    if (!ok || worker === undefined || worker.spec.limits.slots === 1 || worker.alone) return
    let seen = this.#seen.get(workerId)
    if (seen === undefined) {
      seen = { limit: new ConcurrencyLimit(worker.spec.limits.slots, this.#rules), meanMs: ms }
      this.#seen.set(workerId, seen)
    }
    seen.meanMs += (ms - seen.meanMs) * gain
    const last = worker.running.size - worker.ahead.length
    seen.limit.record(spec.type, ((assignment?.company ?? last) + last) / 2, ms)
  }

  /** How many runs the worker should have beside each other; `undefined`: as many as it likes. */
  decide({ spec, slots, limit }: WorkerRecord, now: Millis): number | undefined {
    const seen = this.#seen.get(spec.id)
    if (seen === undefined || seen.meanMs < short) return undefined
    const wanted = seen.limit.decide(slots >= limit && this.#ledger.queued > 0, now)
    return wanted < spec.limits.slots ? wanted : undefined
  }

  readonly onEvent = (event: BallastEvent): void => {
    // A new thread may be another machine.
    if (event._tag === "WorkerRemoved" || event._tag === "WorkerExited") this.#seen.delete(event.workerId)
  }
}

export interface ConcurrencyLimiterOptions {
  readonly ledger: LedgerReader
  readonly record: ConcurrencyRecord
  readonly slotLimits: SlotLimits
}

/** Has workers with several slots take as many runs at once as pays, and no more. */
export const concurrencyLimiter = ({ ledger, record, slotLimits }: ConcurrencyLimiterOptions) =>
  Actor.make("ConcurrencyLimiter", {
    protocol: concurrencyProtocol,
    initial: (context) => {
      context.timers.every("check", interval, "Check")
      return {}
    },
    handlers: {
      Check: (state, _, context) => {
        const now = context.now()
        for (const worker of ledger.workers.values()) {
          if (worker.spec.limits.slots === 1 || !takesWork(worker.phase)) continue
          slotLimits.wish("concurrency", worker.spec.id, record.decide(worker, now))
        }
        return state
      }
    }
  })
