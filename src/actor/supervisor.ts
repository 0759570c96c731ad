import * as Effect from "effect/Effect"
import type { Behaviour } from "./behaviour.ts"
import { Cell, type SpawnOptions } from "./cell.ts"
import {
  ChildRefused,
  type ExitReason,
  failed,
  NameTaken,
  RestartIntensityExceeded,
  StartFailed,
  shutdown
} from "./errors.ts"
import type { Protocol } from "./protocol.ts"
import type { ActorRef, AnyRef } from "./ref.ts"
import type { Parent, Supervised } from "./supervised.ts"
import {
  type Backoff,
  type ChildPolicy,
  type ChildStatus,
  type Closing,
  decide,
  type Policy,
  type RestartType,
  type Supervision,
  type SupervisionCommand,
  type SupervisionEvent,
  supervision
} from "./supervision.ts"
import type { ActorSystem } from "./system.ts"

interface ChildBase {
  /** Unique among its siblings. */
  readonly id: string
  /** Default permanent. */
  readonly restart?: RestartType
  readonly backoff?: Backoff
  /** Whether a failure counts toward the intensity. Default: each does. */
  readonly counts?: (cause: unknown) => boolean
}

/** A child that is an actor. */
export interface ActorChild<P extends Protocol = Protocol> extends ChildBase {
  readonly actor: Behaviour<P>
  readonly mailbox?: SpawnOptions["mailbox"]
  /** Milliseconds; default 5,000. */
  readonly shutdownTimeout?: number
}

/** A child that is a supervisor itself; it has no limit for its shutdown. */
export interface SupervisorChild extends ChildBase {
  readonly supervisor: Omit<SupervisorSpec, "name">
}

export type ChildSpec = ActorChild | SupervisorChild

/** A supervisor and its children, in start order. */
export interface SupervisorSpec {
  readonly name: string
  readonly strategy: Policy["strategy"]
  /** Default 3. */
  readonly maxRestarts?: number
  /** Milliseconds; default 5,000. */
  readonly window?: number
  readonly children: ReadonlyArray<ChildSpec>
}

/** What a shutdown came to. */
export interface ShutdownReport {
  /** Children that took longer than their shutdown timeout and were interrupted. */
  readonly overran: ReadonlyArray<string>
  /** Children that ended otherwise than asked. */
  readonly odd: ReadonlyArray<{ readonly child: string; readonly reason: ExitReason }>
}

interface Entry {
  readonly spec: ChildSpec
  readonly child: Supervised
}

/**
 * Carries out what `decide` says about its children. It is a child itself, of the system or of another supervisor;
 * giving up is a failure to that one.
 */
export class Supervisor implements Supervised, Parent {
  readonly path: string
  readonly #system: ActorSystem
  readonly #spec: Omit<SupervisorSpec, "name">
  readonly #parent: Parent
  readonly #entries = new Map<string, Entry>()
  readonly #events: Array<SupervisionEvent> = []
  readonly #restartCounts = new Map<string, number>()
  readonly #settled: Array<() => void> = []
  #state: Supervision
  #deciding = false
  #overran: Array<string> = []
  #odd: Array<ShutdownReport["odd"][number]> = []
  #stopReason: ExitReason = shutdown

  constructor(system: ActorSystem, path: string, spec: Omit<SupervisorSpec, "name">, parent: Parent) {
    this.path = path
    this.#system = system
    this.#spec = spec
    this.#parent = parent
    this.#state = supervision({ strategy: spec.strategy, maxRestarts: 0, window: 0 }, [])
  }

  // As a child

  start(): void {
    const { strategy, maxRestarts = 3, window = 5_000, children } = this.#spec
    this.#entries.clear()
    for (const spec of children) this.#enter(spec)
    this.#overran = []
    this.#odd = []
    this.#stopReason = shutdown
    this.#state = supervision({ strategy, maxRestarts, window }, children.map(policyOf))
    this.#on({ _tag: "Begin" })
  }

  stop(reason: ExitReason): void {
    this.#stopReason = reason
    if (this.#state.phase === "closed") this.#parent.stopped(this, reason, false)
    else this.#on({ _tag: "Stop" })
  }

  // As a parent

  started(child: Supervised): void {
    this.#about(child, (id) => ({ _tag: "Started", id }))
  }

  startFailed(child: Supervised, cause: unknown): void {
    this.#about(child, (id) => ({ _tag: "StartFailed", id, cause }))
  }

  failed(child: Supervised, cause: unknown): void {
    this.#about(child, (id, { counts }) => ({ _tag: "Failed", id, cause, counts: counts?.(cause) ?? true }))
  }

  stopped(child: Supervised, reason: ExitReason, overran: boolean): void {
    this.#about(child, (id) => {
      if (overran) this.#overran.push(`${this.path}/${id}`)
      const closing = this.#state.closing !== undefined
      if (closing && reason._tag === "Failed") this.#odd.push({ child: `${this.path}/${id}`, reason })
      return { _tag: "Ended", id, cause: reason._tag === "Failed" ? reason.cause : "it stopped by itself" }
    })
  }

  // What its users ask

  /** The ref of an actor among the children; it stays the same through restarts. */
  child(id: string): AnyRef | undefined {
    const child = this.#entries.get(id)?.child
    return child instanceof Cell ? child.ref : undefined
  }

  /** The ref of an actor among the children, typed by its behaviour; `undefined` where that is another's. */
  ref<P extends Protocol>(id: string, behaviour: Behaviour<P>): ActorRef<P> | undefined {
    const entry = this.#entries.get(id)
    const same = entry !== undefined && "actor" in entry.spec && entry.spec.actor === behaviour
    return same && entry.child instanceof Cell ? entry.child.ref : undefined
  }

  /** A supervisor among the children. */
  supervisor(id: string): Supervisor | undefined {
    const child = this.#entries.get(id)?.child
    return child instanceof Supervisor ? child : undefined
  }

  /** The children in start order. A child between two runs reads as `restarting`. */
  children(): ReadonlyArray<{ id: string; status: ChildStatus | "restarting"; restarts: number }> {
    return this.#state.children.map(({ policy: { id }, status, goal, waits }) => ({
      id,
      status: waits || goal === "restart" || (status === "failed" && goal === "up") ? "restarting" : status,
      restarts: this.#restartCounts.get(id) ?? 0
    }))
  }

  /** Everything below, for `inspect`. */
  get entries(): ReadonlyMap<string, Entry> {
    return this.#entries
  }

  /** Adds a child and starts it; succeeds once it has started. */
  startChild(spec: ChildSpec): Effect.Effect<void, StartFailed | NameTaken | ChildRefused> {
    return Effect.callback((resume) => {
      const { id } = spec
      if (this.#state.closing !== undefined || this.#state.phase === "closed") {
        return resume(Effect.fail(new ChildRefused({ child: id, why: "the supervisor is closing" })))
      }
      if (this.#entries.has(id)) return resume(Effect.fail(new NameTaken({ name: id })))
      this.#enter(spec)
      let cause: unknown
      const settle = (): boolean => {
        const child = this.#childState(id)
        if (child === undefined) resume(Effect.fail(new StartFailed({ child: id, cause })))
        else if (child.status === "running") resume(Effect.void)
        else return false
        return true
      }
      this.#failures.set(id, (reason) => {
        cause = reason
      })
      this.#on({ _tag: "Add", child: policyOf(spec) })
      this.#when(settle)
    })
  }

  /** Stops a child and keeps its spec (unless it is temporary). Idempotent; counts as no restart. */
  terminateChild(id: string): Effect.Effect<void, ChildRefused> {
    return Effect.callback((resume) => {
      if (this.#childState(id) === undefined)
        return resume(Effect.fail(new ChildRefused({ child: id, why: "no such child" })))
      this.#on({ _tag: "Terminate", id })
      this.#when(() => {
        const status = this.#childState(id)?.status ?? "down"
        if (status === "down") resume(Effect.void)
        return status === "down"
      })
    })
  }

  /** Starts a child that was terminated or has ended. */
  restartChild(id: string): Effect.Effect<void, ChildRefused> {
    return this.#whenDown(id, "Restart", () => this.#childState(id)?.status === "running")
  }

  /** Forgets a child that was terminated or has ended. */
  deleteChild(id: string): Effect.Effect<void, ChildRefused> {
    return this.#whenDown(id, "Delete", () => this.#childState(id) === undefined)
  }

  get report(): ShutdownReport {
    return { overran: [...this.#overran], odd: [...this.#odd] }
  }

  // Within

  readonly #failures = new Map<string, (cause: unknown) => void>()

  #childState(id: string): Supervision["children"][number] | undefined {
    return this.#state.children.find(({ policy }) => policy.id === id)
  }

  #whenDown(id: string, tag: "Restart" | "Delete", isDone: () => boolean): Effect.Effect<void, ChildRefused> {
    return Effect.callback((resume) => {
      const child = this.#childState(id)
      if (child === undefined) return resume(Effect.fail(new ChildRefused({ child: id, why: "no such child" })))
      if (child.status !== "down")
        return resume(Effect.fail(new ChildRefused({ child: id, why: `it is ${child.status}` })))
      this.#on({ _tag: tag, id })
      this.#when(() => {
        if (isDone()) resume(Effect.void)
        return isDone()
      })
    })
  }

  /** Looks again after each decision until `settle` says that it is done. */
  #when(settle: () => boolean): void {
    if (settle()) return
    this.#settled.push(() => {
      if (!settle()) this.#when(settle)
    })
  }

  #enter(spec: ChildSpec): void {
    const path = `${this.path}/${spec.id}`
    if ("supervisor" in spec) {
      this.#entries.set(spec.id, { spec, child: new Supervisor(this.#system, path, spec.supervisor, this) })
      return
    }
    const { mailbox, shutdownTimeout } = spec
    const options = {
      ...(mailbox !== undefined && { mailbox }),
      ...(shutdownTimeout !== undefined && { shutdownTimeout })
    }
    this.#entries.set(spec.id, { spec, child: new Cell(this.#system, spec.actor, path, this, options) })
  }

  #about(child: Supervised, event: (id: string, spec: ChildSpec) => SupervisionEvent): void {
    for (const [id, entry] of this.#entries) {
      if (entry.child !== child) continue
      const happened = event(id, entry.spec)
      if ("cause" in happened) this.#failures.get(id)?.(happened.cause)
      return this.#on(happened)
    }
  }

  /** Events that arise while commands are carried out wait for their turn. */
  #on(event: SupervisionEvent): void {
    this.#events.push(event)
    if (this.#deciding) return
    this.#deciding = true
    for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
      const [state, commands] = decide(this.#state, next, this.#system.now(), this.#system.random())
      this.#state = state
      for (const command of commands) this.#carryOut(command)
    }
    this.#deciding = false
    for (const look of this.#settled.splice(0)) look()
  }

  #carryOut(command: SupervisionCommand): void {
    switch (command._tag) {
      case "Start":
        this.#entries.get(command.id)?.child.start()
        return
      case "Stop":
        this.#entries.get(command.id)?.child.stop(shutdown)
        return
      case "Forget":
        this.#entries.delete(command.id)
        this.#failures.delete(command.id)
        return
      case "Wait":
        this.#system.timers.after(command.ms, () => this.#on({ _tag: "BackoffElapsed", id: command.id }))
        return
      case "Restarting": {
        const { id, cause, attempt, delay } = command
        this.#restartCounts.set(id, (this.#restartCounts.get(id) ?? 0) + 1)
        return this.#system.restarted({ actor: `${this.path}/${id}`, cause, attempt, delay })
      }
      case "Ready":
        return this.#parent.started(this)
      case "Closed":
        return this.#closed(command.why)
    }
  }

  #closed(why: Closing): void {
    switch (why._tag) {
      case "Asked":
        return this.#parent.stopped(this, this.#stopReason, false)
      case "StartFailed":
        return this.#parent.startFailed(this, new StartFailed({ child: `${this.path}/${why.child}`, cause: why.cause }))
      case "GaveUp": {
        const { maxRestarts = 3, window = 5_000 } = this.#spec
        const cause = new RestartIntensityExceeded({
          supervisor: this.path,
          child: why.child,
          maxRestarts,
          window,
          cause: why.cause
        })
        this.#stopReason = failed(cause)
        this.#system.gaveUp({ supervisor: this.path, cause })
        return this.#parent.failed(this, cause)
      }
    }
  }
}

const policyOf = ({ id, restart = "permanent", backoff }: ChildSpec): ChildPolicy => ({ id, restart, backoff })
