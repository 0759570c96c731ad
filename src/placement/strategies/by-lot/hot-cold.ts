import type { WorkerRecord } from "../../../ledger/index.ts"
import type { Millis, TaskId, WorkerId } from "../../../model/index.ts"
import { workerIn } from "../../pipeline/homing.ts"
import type { SeekStrategy } from "../../strategy.ts"
import { UsualTime } from "../by-speed/usual-time.ts"
import { forgetOthers } from "../forget-others.ts"
import { FittingDraws } from "./fitting-draws.ts"
import { LatencyByLoad } from "./latency-by-load.ts"

export interface HotColdOptions {
  /** Q: the quantile of load above which a worker is hot. 0: by load alone; 1: by latency alone. */
  readonly quantile: number
  /** Latencies within this ratio of the least count as equal, at least 1: what differs by chance alone should decide nothing. */
  readonly alike: number
  /** Workers looked at, drawn by lot where more fit. */
  readonly sample: number
  /** By how much a failed run counts as slower than what is usual. At least 1. */
  readonly failurePenalty: number
  /** Time without the end of a run there after which an idle worker is taken to be unknown. Not reached: what is known stands. */
  readonly forgetAfter: Millis
  /** The same seed makes the same draws. */
  readonly seed: number
}

/**
 * Prequal's quantile, 2^(−1/4), and the size of its pool of probes; speeds within 1.25 count as equal elsewhere, too. One
 * task a minute is what it may cost to find out that a slow worker still is.
 */
export const hotColdDefaults: HotColdOptions = {
  quantile: 2 ** -0.25,
  alike: 1.25,
  sample: 16,
  failurePenalty: 2,
  forgetAfter: 60_000,
  seed: 0
}

/** What is known of one worker. */
interface Known {
  /** Whose: another may have joined under the same id. */
  readonly number: WorkerRecord["number"]
  readonly byLoad: LatencyByLoad
  heardAt: Millis
}

/** Runs under way of which it is kept how many ran beside them. */
const maxRuns = 100_000

const loadOf = ({ slots, limit }: WorkerRecord): number => slots / limit

/**
 * Hot-cold lexicographic: of the workers that are not loaded more than others the quickest; where all are, the least
 * loaded.
 *
 * Formula: θ = the Q-quantile of slots in use ÷ slots among those looked at; a worker is cold at or below θ. Of the cold ones
 * the least latency: the median of the latest runs there that began beside about as many others; of latencies within a ratio
 * of 1.25 the least loaded. (By the bare rule the luckiest of equal workers would get most of the work: Prequal draws its
 * probes by lot from many servers, whose latencies grow with their load.) A worker of which nothing
 * is known gets one task at once, and counts as the slowest of the cold until that has ended; so does one that is idle and
 * has ended no run for `forgetAfter`, since one bad run would otherwise keep it out for ever. A failed run counts as
 * `failurePenalty` × the longest of its own time, the median there and what runs usually take.
 * Source: Prequal (Wydrowski and others, 2024). Its probes are for balancers that cannot see the servers' load; here the
 * ledger owns it, so it is exact and never stale.
 * Ties: the less loaded, then by lot. Cost: O(sample), and O(1) for each worker drawn that does not fit; O(n) where hardly
 * any of a large pool fits.
 * Not for tasks that differ much in size: their own latency then says little of the worker. Use `predictive` there.
 */
export const hotCold = (options: Partial<HotColdOptions> = {}) => {
  const { quantile, alike, sample, failurePenalty, forgetAfter, seed } = { ...hotColdDefaults, ...options }
  const draws = new FittingDraws(seed)
  const latencies = new Map<WorkerId, Known>()
  /** How many ran beside each run as it began. */
  const beside = new Map<TaskId, number>()
  const usual = new UsualTime()
  /** Used again and again: numbers in a buffer are sorted several times faster than in a list. */
  let loads = new Float64Array(16)
  let turn = 0
  /** The last answer, and what ran there then: by the time it is committed the task itself is among it. */
  let last: { readonly taskId: TaskId; readonly beside: number } | undefined

  const knownOf = ({ spec, number }: WorkerRecord): Known | undefined => {
    const known = latencies.get(spec.id)
    return known?.number === number ? known : undefined
  }

  /** Nothing known, or nothing new for long: at once where nothing runs there, otherwise last. */
  const latencyOf = (worker: WorkerRecord, now: Millis): Millis => {
    const { slots } = worker
    const known = knownOf(worker)
    if (slots === 0 && (known === undefined || now - known.heardAt >= forgetAfter)) return -1
    return known?.byLoad.at(slots) ?? Number.POSITIVE_INFINITY
  }

  const thresholdOf = (workers: ReadonlyArray<WorkerRecord>): number => {
    if (loads.length < workers.length) loads = new Float64Array(workers.length)
    let count = 0
    for (const worker of workers) {
      loads[count] = loadOf(worker)
      count += 1
    }
    const sorted = loads.subarray(0, count).sort()
    return sorted[Math.min(count - 1, Math.max(0, Math.ceil(quantile * count) - 1))] ?? 0
  }

  const longestAlike = (least: Millis): Millis => (least > 0 ? least * Math.max(1, alike) : least)

  return {
    id: "hot_cold",
    tieRule: "the less loaded, then by lot",
    seek: (task, view, filter, now) => {
      const drawn = draws.draw(view, Math.max(1, Math.floor(sample)), filter, turn)
      const threshold = thresholdOf(drawn)
      // Whoever stands at the quantile is cold, so somebody always is.
      let least = Number.POSITIVE_INFINITY
      for (const worker of drawn) if (loadOf(worker) <= threshold) least = Math.min(least, latencyOf(worker, now))
      const longest = longestAlike(least)
      let best: WorkerRecord | undefined
      for (const worker of drawn) {
        const load = loadOf(worker)
        if (load > threshold || latencyOf(worker, now) > longest) continue
        if (best === undefined || load < loadOf(best)) best = worker
      }
      last = best && { taskId: task.id, beside: best.slots }
      return best
    },
    proposed: (task, worker) => {
      turn += 1
      // The least recent ones are those whose end nobody tells of: moved, or cut short.
      if (beside.size >= maxRuns) for (const id of [...beside.keys()].slice(0, maxRuns / 2)) beside.delete(id)
      beside.delete(task.id)
      beside.set(task.id, last?.taskId === task.id ? last.beside : worker.slots)
      last = undefined
    },
    ended: ({ task, workerId, ms, ok }, view, now) => {
      const others = beside.get(task.id) ?? 0
      beside.delete(task.id)
      const worker = workerIn(view, workerId)
      if (worker !== undefined && ms >= 0 && ms < Number.POSITIVE_INFINITY) {
        const known = knownOf(worker) ?? { number: worker.number, byLoad: new LatencyByLoad(), heardAt: now }
        const { byLoad } = known
        latencies.set(workerId, known)
        byLoad.add(ok ? ms : usual.failed(ms, byLoad.at(others) ?? 0, Math.max(1, failurePenalty)), others)
        known.heardAt = now
      }
      usual.learn({ ms, ok })
      forgetOthers(latencies, view.workers)
    },
    prefer: (_task, candidates, _view, now, into) => {
      const threshold = thresholdOf(candidates)
      const cold = candidates.filter((worker) => loadOf(worker) <= threshold).map((worker) => latencyOf(worker, now))
      const longest = longestAlike(Math.min(...cold))
      const slowest = Math.max(1, ...cold.filter((latency) => latency < Number.POSITIVE_INFINITY))
      candidates.forEach((worker, index) => {
        const load = loadOf(worker)
        const latency = latencyOf(worker, now)
        // From 0 to −1 those about as quick as the quickest, by load; to −2 the other cold ones, by latency; below the hot.
        if (load > threshold) into[index] = -2 - load
        else into[index] = latency <= longest ? -load : -1 - Math.min(1, latency / slowest)
      })
    }
  } satisfies SeekStrategy
}
