import * as Effect from "effect/Effect"
import type { DynamicSupervisor, SupervisorChild } from "../src/actor/index.ts"
import type { PoolBounds, Settings } from "../src/config/index.ts"
import type { WorkerDriver } from "../src/execution/index.ts"
import type { LedgerReader, Refusal } from "../src/ledger/index.ts"
import { HandlersNotLoaded, type Millis, type WorkerId, type WorkerPhase, type WorkerSpec } from "../src/model/index.ts"
import type { WorkerKind, WorkerPool } from "./adaptation/index.ts"
import type { CoordinatorRef } from "./coordinator.ts"
import type { EventBus } from "./event-bus.ts"
import type { Node } from "./run-traffic.ts"
import { countsAgainstWorker, type NodeListener, workerNode } from "./worker-node.ts"

export interface WorkforceOptions {
  readonly settings: Settings
  readonly driver: WorkerDriver
  readonly ledger: LedgerReader
  readonly bus: EventBus
  /** Those that come and go with the load. */
  readonly pool: WorkerPool
  readonly coordinator: () => CoordinatorRef
  readonly nodes: () => ReadonlyMap<WorkerId, Node>
  readonly now: () => Millis
  /** The pool has other bounds. */
  readonly rebound: () => void
}

/** The workers of a runtime: how they come, rest from work, are started anew and go. */
export class Workforce {
  readonly #options: WorkforceOptions
  #workers: DynamicSupervisor | undefined
  #listener: NodeListener | undefined

  constructor(options: WorkforceOptions) {
    this.#options = options
  }

  /** The tree has been started. */
  started(workers: DynamicSupervisor | undefined, listener: NodeListener): void {
    this.#workers = workers
    this.#listener = listener
  }

  /** Registers a worker and starts its thread; it takes work as soon as that is ready. `false`: the id is taken. */
  spawn(spec: WorkerSpec): Effect.Effect<boolean> {
    return Effect.gen({ self: this }, function* () {
      const workers = this.#workers
      const listener = this.#listener
      if (workers === undefined || listener === undefined) return false
      const added = yield* Effect.orDie(this.#options.coordinator().ask("AddWorker", { spec }))
      if (!added) return false
      yield* Effect.orDie(workers.startChild(this.#childOf(spec, listener)))
      return true
    })
  }

  #childOf(spec: WorkerSpec, listener: NodeListener): SupervisorChild {
    const { driver, settings } = this.#options
    const { type, maxRestarts, window, backoff } = spec.restart
    // A thread never ends in order by itself: one that is not to be restarted is given up on at its first end.
    const once = type === "temporary"
    return {
      id: spec.id,
      restart: "temporary",
      supervisor: {
        strategy: "one-for-one",
        maxRestarts: once ? 0 : maxRestarts,
        window,
        children: [
          {
            id: "node",
            actor: workerNode({ spec, driver, listener, grace: graceOf(spec, settings) }),
            mailbox: { kind: "unbounded" },
            restart: "permanent",
            backoff,
            // Where its tasks are to blame, the worker need not be spared.
            backoffFor: (cause) => (countsAgainstWorker(cause) ? undefined : atOnce),
            counts: once ? () => true : countsAgainstWorker
          }
        ]
      }
    }
  }

  /** Succeeds once the worker takes work; fails where its handlers cannot be loaded, or it is gone before. */
  awaitUp(workerId: WorkerId): Effect.Effect<void, HandlersNotLoaded> {
    return Effect.callback((resume) => {
      const isUp = (): boolean => {
        const phase = this.#options.ledger.worker(workerId)?.phase
        return phase !== undefined && !absent.has(phase)
      }
      if (isUp()) return resume(Effect.void)
      const fail = (hint: string, cause: unknown): void => {
        unsubscribe()
        resume(Effect.fail(new HandlersNotLoaded({ module: "", hint, cause })))
      }
      const unsubscribe = this.#options.bus.subscribe((event) => {
        const ready = event._tag === "WorkerReady" && event.workerId === workerId
        if (isUp() || ready) {
          unsubscribe()
          resume(Effect.void)
        } else if (event._tag === "RuntimeEnded") {
          fail("the runtime has ended meanwhile", undefined)
        } else if (event._tag === "WorkerExited" && event.workerId === workerId && event.reason === "load-failed") {
          const { error } = event
          const cause = error && Object.assign(new Error(error.message), { name: error.name })
          fail("mend the module, then start again", cause)
        } else if (event._tag === "WorkerGivenUp" && event.workerId === workerId) {
          fail("its thread ends before it is ready: see its resourceLimits", new Error(event.cause))
        } else if (event._tag === "WorkerRemoved" && event.workerId === workerId) {
          fail("the worker was retired before it was ready", undefined)
        }
      })
      return Effect.sync(unsubscribe)
    })
  }

  /** Succeeds once the worker has nothing left to do; it takes no more work. */
  drain(workerId: WorkerId): Effect.Effect<void> {
    const ask = this.#options.coordinator().ask("DrainWorker", { workerId }, { timeout: Number.MAX_SAFE_INTEGER })
    // A coordinator that is restarted has forgotten who asked.
    return Effect.orDie(Effect.retry(ask, { times: 3 }))
  }

  /** Takes the worker out of placement, or back into it; what it has goes on. Gives why that means nothing now. */
  changeMaintenance(workerId: WorkerId, event: "pause" | "resume" | "return"): Effect.Effect<Refusal | undefined> {
    const ask = this.#options.coordinator().ask("ChangePhase", { workerId, event })
    return Effect.map(Effect.orDie(Effect.retry(ask, { times: 3 })), (answer) =>
      answer.ok ? undefined : answer.refusal
    )
  }

  /** The kinds of workers that come and go with the load, and which of those that are there are of which kind. */
  formPool(kinds: ReadonlyArray<WorkerKind>, members: ReadonlyMap<WorkerId, number>): void {
    this.#options.pool.kinds = kinds
    for (const [workerId, kind] of members) this.#options.pool.joins(workerId, kind, this.#options.now())
  }

  /** From now on so many workers come and go with the load. */
  scale(bounds: PoolBounds): void {
    this.#options.pool.bounds = bounds
    this.#options.rebound()
  }

  /** Drains the worker, ends its thread and forgets it. */
  retire(workerId: WorkerId): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      yield* this.drain(workerId)
      const workers = this.#workers
      // A worker that was given up on has no supervisor any more.
      if (workers !== undefined) yield* Effect.ignore(workers.terminateChild(workerId))
      yield* Effect.orDie(this.#options.coordinator().ask("RemoveWorker", { workerId }))
    })
  }

  /** Ends the worker at once and forgets it; what it had goes on elsewhere. */
  dismiss(workerId: WorkerId): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      if (this.#workers !== undefined) yield* Effect.ignore(this.#workers.terminateChild(workerId))
      yield* Effect.orDie(this.#options.coordinator().ask("DismissWorker", { workerId }))
    })
  }

  /** Ends the worker's thread at once and starts it anew: its tasks fail over, and none is blamed. */
  restart(workerId: WorkerId): boolean {
    return this.#options.nodes().get(workerId)?.node.tell("Restart") ?? false
  }

  /** Starts a worker again that was given up on, under a restart policy that has forgotten. */
  revive(workerId: WorkerId): Effect.Effect<void, HandlersNotLoaded> {
    return Effect.gen({ self: this }, function* () {
      const worker = this.#options.ledger.worker(workerId)
      if (worker === undefined || this.#workers === undefined || this.#listener === undefined) return
      yield* Effect.orDie(this.#options.coordinator().ask("ReviveWorker", { workerId }))
      yield* Effect.orDie(this.#workers.startChild(this.#childOf(worker.spec, this.#listener)))
      yield* this.awaitUp(workerId)
    })
  }
}

/** Without a thread, or to go. */
const absent: ReadonlySet<WorkerPhase> = new Set(["starting", "draining", "failed"])

/** What runs outside cannot be ended: its driver waits for it as long as it means to. */
const graceOf = ({ isolation }: WorkerSpec, { grace }: Settings): number =>
  isolation === "remote" ? Number.POSITIVE_INFINITY : grace

const atOnce = { base: 0, max: 0, jitter: 0 } as const
