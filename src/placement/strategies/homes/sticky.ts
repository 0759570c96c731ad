import { fitsNow, type WorkerRecord } from "../../../ledger/index.ts"
import type { Millis, TaskSpec } from "../../../model/index.ts"
import { decide } from "../../decision/decide.ts"
import { type Route, routeOf } from "../../pipeline/delegation.ts"
import { couldEver, type Homing, willFit, workerIn } from "../../pipeline/homing.ts"
import type { DelegatingStrategy, SeekStrategy, Strategy } from "../../strategy.ts"
import type { PlacementView } from "../../view.ts"
import { leastConnections } from "../by-load/least-connections.ts"
import { tellRoute } from "../choosing/tell-route.ts"
import { Bindings, type BindingsOptions } from "./bindings.ts"

export interface StickyOptions extends BindingsOptions {
  /** Who decides about tasks without a key, the first of a key, and where its worker will not do. Default least connections. */
  readonly inner: Strategy
  /** What of a task is to stay together; `undefined`: nothing. Default its sticky key. */
  readonly keyOf: (task: TaskSpec) => string | undefined
  /** A worker whose health is below this is left as if it had gone, 0–1. */
  readonly leastHealth: number
  /** How long a task may wait for its worker while others are free. */
  readonly waitMs: Millis
}

export const stickyDefaults: Omit<StickyOptions, "inner"> = {
  expiresAfter: 3_600_000,
  renewed: true,
  maxKeys: 100_000,
  keyOf: ({ stickyKey }) => stickyKey,
  leastHealth: 0.25,
  waitMs: 0
}

/**
 * Sticky: tasks of one key stay on the worker that has what the earlier ones left there: a session, a cache, a context.
 *
 * Formula: the worker of the key's last task, until the key has not been used for `expiresAfter` (an hour; with `renewed:
 * false` until it is that old), the worker has gone, takes no work, is as unhealthy as one that is ejected, or has no room
 * for the task. Then the inner strategy decides, and the key stays with whom it chooses: it moves once, and does not come
 * back of itself. A task that its worker could not even run when empty goes elsewhere and leaves the key where it is.
 * Tasks without a key are the inner strategy's.
 * Source: session affinity of proxies.
 * Ties: those of the inner strategy. Cost: O(1) for a bound key, otherwise the inner strategy's. Memory: at most `maxKeys`
 * keys, about 200 bytes each.
 * Not for keys so busy that one worker is not enough: take bounded_hash. It does not survive a restart: consistent_hash does.
 */
export const sticky = (options: Partial<StickyOptions> = {}) => {
  const { inner, keyOf, leastHealth, waitMs, ...limits } = {
    ...stickyDefaults,
    inner: options.inner ?? leastConnections(),
    ...options
  }
  const bindings = new Bindings(limits)
  /** The time of the decision at hand, which `proposed` is not told. No answer rests on it. */
  let at: Millis = 0

  /** Where the key is bound to: a worker that is there and not ejected. */
  const boundTo = (task: TaskSpec, view: PlacementView, now: Millis): WorkerRecord | undefined => {
    const key = keyOf(task)
    const binding = key === undefined ? undefined : bindings.of(key, now)
    const worker = binding && workerIn(view, binding.workerId)
    return worker !== undefined && view.health.of(worker.spec.id) >= leastHealth ? worker : undefined
  }

  const isOpen = (task: TaskSpec, worker: WorkerRecord): boolean =>
    fitsNow(task.requirements, worker) && (worker.heldFor === undefined || worker.heldFor === task.id)

  /** Who decided in place of the worker that was turned down, in the decision at hand. */
  let instead: Route | undefined

  /** Decides where a key is bound; where its worker is turned down in the course of the decision, as the inner one does. */
  const home: SeekStrategy = {
    id: "bound",
    tieRule: "the worker of the key's last task",
    seek: (task, view, filter, now) => {
      const worker = boundTo(task, view, now)
      instead = worker !== undefined && filter.fits(worker) ? undefined : routeOf(inner, task, view, now)
      return instead === undefined ? worker : decide(instead.by, task, view, filter, now, false).worker
    },
    proposed: (task, worker, view) => tellRoute(instead, task, worker, view)
  }

  return {
    id: "sticky",
    heeds: [...(keyOf === stickyDefaults.keyOf ? (["stickyKey"] as const) : []), ...(inner.heeds ?? [])],
    delegates: [home, inner],
    delegate: (task, view, now) => {
      at = now
      const worker = boundTo(task, view, now)
      return worker !== undefined && isOpen(task, worker) ? home : inner
    },
    because: (task, view, now) => {
      const key = keyOf(task)
      if (key === undefined) return "it has no sticky key"
      const worker = boundTo(task, view, now)
      if (worker === undefined) return `no worker is bound to ${key}`
      return isOpen(task, worker) ? `${key} is bound to ${worker.spec.id}` : `${worker.spec.id} has no room for ${key}`
    },
    proposed: (task, worker, view) => {
      const key = keyOf(task)
      if (key === undefined) return
      const bound = boundTo(task, view, at)
      if (bound !== undefined && bound !== worker && !couldEver(task, bound)) return
      bindings.bind(key, worker.spec.id, at)
    },
    waitFor: (task, view, now, since) => {
      const until = since + waitMs
      if (until <= now) return undefined
      const worker = boundTo(task, view, now)
      if (worker === undefined || isOpen(task, worker) || !willFit(task, worker)) return undefined
      return { workerId: worker.spec.id, until }
    },
    homeOf: (task, view, now) => {
      const worker = boundTo(task, view, now)
      return worker !== undefined && willFit(task, worker) ? worker.spec.id : undefined
    }
  } satisfies DelegatingStrategy & Homing
}
