import { Actor, type ActorRef } from "../../../src/actor/index.ts"
import { chooseLeavers, type Forecast, readDemand, type SizingRules, sizePool } from "../../../src/adaptation/index.ts"
import type { Millis, WorkerId, WorkerSpec } from "../../../src/model/index.ts"
import type { EventBus } from "../../event-bus.ts"
import { hasLeft, missingKinds, type PoolQueue, type PoolSources, queueOf, readingOf, viewPool } from "./pool-view.ts"

export const autoscalerProtocol = {
  /** Look how many there should be. */
  Check: Actor.message<Record<never, never>>(),
  /** The pool has other bounds, or has bounds for the first time. */
  Rebound: Actor.message<Record<never, never>>()
}

export type AutoscalerRef = ActorRef<typeof autoscalerProtocol>

export interface AutoscalerOptions {
  readonly sources: PoolSources
  readonly rules: SizingRules
  readonly interval: Millis
  readonly bus: EventBus
  /** Starts a worker; `settled` once it is registered, or will never be. */
  readonly spawn: (spec: WorkerSpec, settled: (isThere: boolean) => void) => void
  /** Drains a worker and takes it away; `settled` once it is gone, or that has failed. */
  readonly retire: (workerId: WorkerId, settled: () => void) => void
}

const arrivals = "arrivals"

/**
 * By what arrivals will have grown when a worker that is started now is there; 1 where the forecast has not beaten "no
 * change" so far, and where by its interval they may as well not grow at all.
 */
const growthOf = (forecast: Forecast | undefined): number => {
  if (forecast === undefined || !forecast.beatsNoChange) return 1
  const { low, current, value } = forecast
  return current > 0 && low > current ? value / current : 1
}

/**
 * Has the pool follow the load (B6): looks at an interval how many workers there should be, starts what is missing and
 * takes away what is too many. What it decides by is read from the ledger each time, or kept in the `WorkerPool`.
 */
export const autoscaler = ({ sources, rules, interval, bus, spawn, retire }: AutoscalerOptions) => {
  const { pool } = sources

  /** Starts so many, first of the kinds that are missing, as far as they may be started now. Gives how many it has. */
  const grow = (count: number, missing: ReadonlyArray<number>, { forKind }: PoolQueue, now: Millis): number => {
    const able = forKind.map((tasks, kind) => (pool.mayStart(kind, now) ? tasks : -1))
    const most = Math.max(...able)
    // Where no task says of which kind: of the first.
    const wanted = most > 0 ? able.indexOf(most) : able[0] === 0 ? 0 : undefined
    const wanting = missing.filter((kind) => pool.mayStart(kind, now))
    for (let started = 0; started < count; started += 1) {
      const kind = wanting[started] ?? wanted
      const spec = kind === undefined ? undefined : pool.kinds[kind]?.make()
      if (kind === undefined || spec === undefined) return started
      pool.joins(spec.id, kind, now)
      spawn(spec, (isThere) => {
        if (!isThere) pool.leaves(spec.id)
      })
    }
    return count
  }

  const remove = (workerId: WorkerId): void => {
    if (pool.retiring.has(workerId)) return
    pool.retiring.add(workerId)
    retire(workerId, () => pool.retiring.delete(workerId))
  }

  const check = (now: Millis): void => {
    const { bounds } = pool
    if (bounds === undefined) return
    pool.demand = readDemand(pool.demand, readingOf(sources), now)
    pool.arrivals.observe(arrivals, pool.demand.arrivals, now)
    const queue = queueOf(sources, now)
    const missing = missingKinds(sources)
    const { members, asked, away, leaving, lost, slotsEach, otherSlots } = viewPool(sources, queue.needed)
    for (const workerId of lost) remove(workerId)
    // Whoever was to take them away has failed.
    for (const worker of leaving) if (hasLeft(worker)) remove(worker.spec.id)
    const staying = members.filter(({ workerId }) => !pool.retiring.has(workerId))
    const coming = asked + staying.filter(({ state }) => state === "coming").length
    const size = asked + staying.length
    const sizing = sizePool(
      pool.sizing,
      {
        ...bounds,
        size,
        coming,
        slotsEach,
        otherSlots,
        demand: pool.demand,
        growth: growthOf(pool.arrivals.forecast(arrivals, now)),
        waiting: queue.waiting,
        oldestWait: queue.oldestWait,
        boot: pool.boot,
        missing: missing.length
      },
      rules,
      now
    )
    if (sizing.size > size) {
      // Whoever drains still has its thread.
      const room = bounds.max - size - away - leaving.length
      const started = grow(Math.min(sizing.size - size, Math.max(0, room)), missing, queue, now)
      if (started === 0) {
        // It has not grown after all.
        pool.sizing = { ...sizing.state, grownAt: pool.sizing.grownAt }
        return
      }
      tell(size, size + started, sizing.reason, now)
    } else if (sizing.size < size) {
      const leavers = chooseLeavers(staying, size - sizing.size)
      for (const workerId of leavers) remove(workerId)
      if (leavers.length > 0) tell(size, size - leavers.length, sizing.reason, now)
    } else if (missing.length > 0 && size >= bounds.max) {
      const [idle] = chooseLeavers(
        staying.filter(({ running }) => running === 0),
        1
      )
      if (idle === undefined) return
      remove(idle)
      tell(size, size - 1, "room is made for a kind that waiting tasks need", now)
    }
    pool.sizing = sizing.state
  }

  const tell = (from: number, to: number, reason: string, at: Millis): void =>
    bus.publish({ _tag: "PoolScaled", at, from, to, reason })

  return Actor.make("Autoscaler", {
    protocol: autoscalerProtocol,
    initial: (context) => {
      // A pool without bounds costs nothing.
      if (pool.bounds !== undefined) context.timers.every("check", interval, "Check")
      return {}
    },
    handlers: {
      Check: (state, _, context) => {
        check(context.now())
        return state
      },
      Rebound: (state, _, context) => {
        context.timers.every("check", interval, "Check")
        check(context.now())
        return state
      }
    }
  })
}
