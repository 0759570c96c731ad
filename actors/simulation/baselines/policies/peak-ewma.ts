import type { Chance } from "../../workload/index.ts"
import type { Chooser, Fleet, PinnedPolicy } from "../policy.ts"
import { fullScan, type Measure, type Ties, twoChoices } from "./picking.ts"

/** What a server with tasks in flight and no end seen yet counts for: it gets one task to show itself by, no second. */
const penalty = 2 ** 47

export interface PeakEwmaOptions {
  /** Default: two choices. */
  readonly picking?: "two choices" | "full scan"
  /** τ in ms, default 10,000. */
  readonly decay?: number
  /** Of a full scan; default: the lowest index. */
  readonly ties?: Ties
}

const chooserOf = (
  { inFlight, servers }: Fleet,
  chance: Chance,
  { picking = "two choices", decay = 10_000, ties = "lowest index" }: PeakEwmaOptions
): Chooser => {
  const costs = new Float64Array(servers.length)
  const stamps = new Float64Array(servers.length)
  // A full scan asks for the same span again and again.
  let lastElapsed = 0
  let lastWeight = 1
  const weightAfter = (elapsed: number): number => {
    if (elapsed !== lastElapsed) {
      lastElapsed = elapsed
      lastWeight = Math.exp(-elapsed / decay)
    }
    return lastWeight
  }

  const observe = (server: number, now: number, latency: number): number => {
    const cost = costs[server] ?? 0
    const weight = weightAfter(now - (stamps[server] ?? 0))
    const next = latency > cost ? latency : latency * (1 - weight) + cost * weight
    costs[server] = next
    stamps[server] = now
    return next
  }

  const load: Measure = (server, _taskClass, now) => {
    const cost = observe(server, now, 0)
    const count = inFlight[server] ?? 0
    return cost === 0 && count > 0 ? penalty + count : cost * (count + 1)
  }
  const pick = picking === "full scan" ? fullScan(load, ties, chance) : twoChoices(load, chance)
  return { choose: (taskClass, _work, now) => pick(taskClass, now), ended: observe }
}

/**
 * Peak EWMA: the server with the least latency × tasks in flight, where latency jumps up to a worse one at once and comes
 * down slowly.
 *
 * Formula: on an end after x ms, t ms after the last look: cost = x if x > cost, else x·(1 − w) + cost·w with
 * w = e^(−t/τ). A look counts as x = 0, then load = cost·(in flight + 1). Latency is the whole sojourn.
 * Source: Finagle `PeakEwma`. Cost: O(1) with two choices, O(servers) with a full scan.
 * Not where tasks differ in size by nature: a long task makes its server look bad.
 */
export const peakEwma = (options: PeakEwmaOptions = {}): PinnedPolicy => ({
  queue: "pinned",
  name: options.picking === "full scan" ? "peak ewma, full scan" : "peak ewma",
  chooser: (fleet, chance) => chooserOf(fleet, chance, options)
})
