import type { WorkerRecord } from "../../../ledger/index.ts"
import type { Millis, WorkerId } from "../../../model/index.ts"
import { workerIn } from "../../pipeline/homing.ts"
import type { RankStrategy } from "../../strategy.ts"
import { forgetOthers } from "../forget-others.ts"
import { UsualTime } from "./usual-time.ts"

export interface PeakEwmaOptions {
  /** τ: the time after which a latency of the past counts for 1/e. */
  readonly decay: Millis
  /** By how much a failed run counts as slower than what is usual. At least 1. */
  readonly failurePenalty: number
}

export const peakEwmaDefaults: PeakEwmaOptions = { decay: 10_000, failurePenalty: 2 }

/** What a worker with runs under way and none ended counts for: it gets one task to show itself by, no second. */
const penalty = 2 ** 47
/** Costs stay between these: their logarithms are taken. */
const shortest: Millis = 1e-6
const longest: Millis = 2 ** 46

/** The latency of one worker. */
interface Latency {
  /** Whose: another may have joined under the same id. */
  readonly number: WorkerRecord["number"]
  /** Before the runs that ended last, and when that was noted. */
  before: Millis
  beforeAt: Millis
  /** With them; runs that end at the same time count as the slowest of them. */
  cost: Millis
  at: Millis
  slowest: Millis
}

/** One that is slower than the average is believed at once; a faster one slowly. */
const afterRun = (cost: Millis, elapsed: Millis, ms: Millis, decay: Millis): Millis => {
  if (ms >= cost) return ms
  const weight = Math.exp(-Math.max(0, elapsed) / decay)
  return ms * (1 - weight) + cost * weight
}

const within = (ms: Millis): Millis => Math.min(longest, Math.max(shortest, ms))

/** Peak EWMA, with what it holds of a worker's latency. */
export type PeakEwma = RankStrategy & {
  /** In ms; `undefined`: no run there has ended yet. */
  costOf(workerId: WorkerId, now: Millis): Millis | undefined
}

/**
 * Peak EWMA: the worker with the least latency × tasks in flight, where latency jumps up to a slower run at once and comes
 * down slowly.
 *
 * Formula: after a run of x ms, t ms after the one before: cost = x where x ≥ cost, otherwise x·(1 − w) + cost·w with
 * w = e^(−t/τ); as time passes cost·e^(−t/τ); the least cost × (in flight + 1). Since all costs decay alike,
 * ln cost + t₀/τ + ln(in flight + 1) orders the workers the same at any time, so ranks can be kept. A worker that has ended
 * no run yet gets one at once, and no second until that has ended. A failed run counts as `failurePenalty` × the longest
 * of its own time, the cost there and what runs usually take, so failing fast is never taken for speed.
 * Source: Finagle `PeakEwma`. Ties: the next in turn. Cost: O(log n) with `view.pool`, otherwise O(n).
 * Not where tasks differ in size by nature: a long task makes its worker look bad. Use `predictive` there.
 */
export const peakEwma = (options: Partial<PeakEwmaOptions> = {}): PeakEwma => {
  const { decay, failurePenalty } = { ...peakEwmaDefaults, ...options }
  const latencies = new Map<WorkerId, Latency>()
  const usual = new UsualTime()

  const costOf = (workerId: WorkerId, now: Millis): Millis | undefined => {
    const latency = latencies.get(workerId)
    return latency && latency.cost * Math.exp(-Math.max(0, now - latency.at) / decay)
  }

  const latencyOf = ({ spec, number }: WorkerRecord): Latency | undefined => {
    const latency = latencies.get(spec.id)
    return latency?.number === number ? latency : undefined
  }

  /** Many that fail at once are one failure. */
  const costBefore = (worker: WorkerRecord, now: Millis): Millis => {
    const latency = latencyOf(worker)
    if (latency === undefined) return 0
    const { cost, at, before, beforeAt } = latency
    return now > at ? cost * Math.exp(-(now - at) / decay) : before * Math.exp(-Math.max(0, at - beforeAt) / decay)
  }

  const learn = (worker: WorkerRecord, ms: Millis, now: Millis): void => {
    const latency = latencyOf(worker)
    if (latency === undefined) {
      const cost = within(ms)
      latencies.set(worker.spec.id, { number: worker.number, before: 0, beforeAt: now, cost, at: now, slowest: ms })
      return
    }
    if (now > latency.at) {
      latency.before = latency.cost
      latency.beforeAt = latency.at
      latency.slowest = ms
      latency.at = now
    } else {
      latency.slowest = Math.max(latency.slowest, ms)
    }
    latency.cost = within(afterRun(latency.before, latency.at - latency.beforeAt, latency.slowest, decay))
  }

  return {
    id: "peak_ewma",
    tieRule: "the next in turn",
    ties: "turn",
    multiplied: false,
    costOf,
    rank: (_task, worker) => {
      const { slots } = worker
      const latency = latencyOf(worker)
      if (latency === undefined) return slots === 0 ? penalty : -penalty - slots
      return -(Math.log(latency.cost) + latency.at / decay + Math.log(slots + 1))
    },
    ended: ({ workerId, ms, ok }, view, now) => {
      const { workers } = view
      const worker = workerIn(view, workerId)
      if (worker !== undefined && Number.isFinite(ms)) {
        learn(worker, ok ? ms : usual.failed(ms, costBefore(worker, now), Math.max(1, failurePenalty)), now)
      }
      usual.learn({ ms, ok })
      forgetOthers(latencies, workers)
    }
  }
}
