import { Actor } from "../../../src/actor/index.ts"
import type { LearnedWeights, PerformanceBook, ShownPace } from "../../../src/adaptation/index.ts"
import type { LedgerReader, WorkerRecord } from "../../../src/ledger/index.ts"
import type { Millis, WorkerId } from "../../../src/model/index.ts"
import type { EventBus } from "../../event-bus.ts"

export const weightProtocol = {
  Adjust: Actor.message<Record<never, never>>()
}

export interface WeightKeeperOptions {
  readonly ledger: LedgerReader
  readonly performance: PerformanceBook
  /** Outlives the actor. */
  readonly weights: LearnedWeights
  readonly bus: EventBus
  readonly interval: Millis
  /** Told whose weight is another now. */
  readonly onAdjusted: (workers: ReadonlyArray<WorkerId>) => void
}

/** Runs below which a worker's share of successes says little. */
const leastRuns = 20

/** What the worker has shown, each slot by itself: a large one is not faster for being large. */
export const shownPace = (performance: PerformanceBook, { spec }: WorkerRecord): ShownPace => {
  const { times } = performance
  const { id } = spec
  const seen = performance.worker(id)
  const speed = times.speedOf(id)
  const doubt = times.speedAtMost(id) / speed
  const known = seen !== undefined && seen.runs >= leastRuns && Number.isFinite(doubt)
  return { workerId: id, declared: spec.weight, pace: known ? speed * seen.successRate : undefined, doubt }
}

/** Moves each worker's weight towards what it shows, a step at a time (G9). What it decides by is all read anew. */
export const weightKeeper = ({ ledger, performance, weights, bus, interval, onAdjusted }: WeightKeeperOptions) =>
  Actor.make("WeightKeeper", {
    protocol: weightProtocol,
    initial: (context) => {
      context.timers.every("adjust", interval, "Adjust")
      return {}
    },
    handlers: {
      Adjust: (state, _, context) => {
        const shown = [...ledger.workers.values()].map((worker) => shownPace(performance, worker))
        const changes = weights.adjust(shown)
        onAdjusted(changes.map(({ workerId }) => workerId))
        const at = context.now()
        for (const change of changes) bus.publish({ _tag: "WeightAdjusted", at, ...change })
        return state
      }
    }
  })
