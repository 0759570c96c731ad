import * as Effect from "effect/Effect"
import type { Behaviour } from "../behaviour.ts"
import { Cell } from "../cell/cell.ts"
import { ChildRefused, type ExitReason, NameTaken, RestartIntensityExceeded, StartFailed, shutdown } from "../errors.ts"
import type { Protocol } from "../protocol.ts"
import type { ActorRef, AnyRef } from "../ref.ts"
import type { SpawnOptions } from "../spawn-options.ts"
import type { ActorSystem } from "../system/system.ts"
import type { Parent, Supervised } from "./supervised.ts"
import {
  type Backoff,
  type ChildPolicy,
  type ChildStatus,
  type Closing,
  decide,
  isAtRest,
  type Policy,
  type RestartType,
  type Supervision,
  type SupervisionCommand,
  type SupervisionEvent,
  statusOf,
  supervision
} from "./supervision.ts"

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
  /** Causes of failed starts that somebody waits for. */
  readonly #causes = new Map<string, unknown>()
  readonly #backoffs = new Map<string, () => void>()
  /** Each looks at the state after a decision; `true` once it has seen what it waits for. */
  readonly #observers = new Set<() => boolean>()
  #state: Supervision
  #deciding = false
  #halting = false
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
    const before = new Map(this.#entries)
    this.#entries.clear()
    for (const spec of children) this.#enter(spec, before.get(spec.id))
    this.#overran = []
    this.#odd = []
    this.#stopReason = shutdown
    this.#halting = false
    this.#state = supervision({ strategy, maxRestarts, window }, children.map(policyOf))
    this.#on({ _tag: "Begin" })
  }

  halt(): void {
    this.#halting = true
    this.#close()
  }

  stop(reason: ExitReason): void {
    this.#halting = false
    this.#stopReason = reason
    this.#close()
  }

  #close(): void {
    if (this.#state.phase === "closed") this.#gone()
    else this.#on({ _tag: "Stop" })
  }

  #gone(): void {
    if (this.#halting) this.#parent.suspended(this, false)
    else this.#parent.stopped(this, this.#stopReason, false)
  }

  // As a parent

  started(child: Supervised): void {
    this.#about(child, (id) => ({ _tag: "Started", id }))
  }

  startFailed(child: Supervised, cause: unknown): void {
    this.#about(child, (id) => ({ _tag: "StartFailed", id, cause }))
  }

  failed(child: Supervised, cause: unknown): void {
    this.#about(child, (id, spec) => ({ _tag: "Failed", id, cause, counts: this.#counts(spec, cause) }))
  }

  keeps(child: Supervised): boolean {
    const state = this.#state.children.find(({ policy }) => this.#entries.get(policy.id)?.child === child)
    const toBeUp = state?.goal === "up" || state?.goal === "restart"
    return toBeUp && state.policy.restart === "permanent" && this.#state.closing === undefined
  }

  suspended(child: Supervised, overran: boolean): void {
    this.#about(child, (id) => {
      if (overran) this.#overran.push(`${this.path}/${id}`)
      return { _tag: "Suspended", id, cause: byItself }
    })
  }

  stopped(child: Supervised, reason: ExitReason, overran: boolean): void {
    this.#about(child, (id) => {
      this.#note(id, child, reason, overran)
      return { _tag: "Ended", id, cause: reason._tag === "Failed" ? reason.cause : byItself }
    })
  }

  #note(id: string, child: Supervised, reason: ExitReason, overran: boolean): void {
    const path = `${this.path}/${id}`
    if (overran) this.#overran.push(path)
    if (this.#state.closing !== undefined && reason._tag === "Failed") this.#odd.push({ child: path, reason })
    if (!(child instanceof Supervisor)) return
    this.#overran.push(...child.report.overran)
    this.#odd.push(...child.report.odd)
  }

  #counts({ counts }: ChildSpec, cause: unknown): boolean {
    try {
      return counts?.(cause) ?? true
    } catch (thrown) {
      this.#system.listenerFailed(thrown)
      return true
    }
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
    return this.#state.children.map((child) => ({
      id: child.policy.id,
      status: statusOf(this.#state, child),
      restarts: this.#restartCounts.get(child.policy.id) ?? 0
    }))
  }

  /** Everything below, for `inspect`. */
  get entries(): ReadonlyMap<string, Entry> {
    return this.#entries
  }

  /** Adds a child and starts it; succeeds once it has started. One that does not start is forgotten. */
  startChild(spec: ChildSpec): Effect.Effect<void, StartFailed | NameTaken | ChildRefused> {
    return Effect.suspend((): Effect.Effect<void, StartFailed | NameTaken | ChildRefused> => {
      const { id } = spec
      if (this.#isClosing) return Effect.fail(new ChildRefused({ child: id, why: closingWhy }))
      if (this.#entries.has(id)) return Effect.fail(new NameTaken({ name: id }))
      this.#enter(spec)
      return this.#startAsked({ _tag: "Add", child: policyOf(spec) }, id)
    })
  }

  /** Stops a child and keeps its spec (unless it is temporary). Idempotent; counts as no restart. */
  terminateChild(id: string): Effect.Effect<void, ChildRefused> {
    return Effect.suspend(() => {
      if (this.#childState(id) === undefined) return Effect.fail(new ChildRefused({ child: id, why: "no such child" }))
      return this.#after({ _tag: "Terminate", id }, (): Settled<never> => {
        const child = this.#childState(id)
        return child === undefined || child.status === "down" ? Effect.void : undefined
      })
    })
  }

  /** Starts a child that was terminated or has ended; succeeds once it has started. */
  restartChild(id: string): Effect.Effect<void, ChildRefused | StartFailed> {
    return this.#atRest(id, () => this.#startAsked({ _tag: "Restart", id }, id))
  }

  /** Forgets a child that was terminated or has ended. */
  deleteChild(id: string): Effect.Effect<void, ChildRefused> {
    return this.#atRest(id, () =>
      this.#after({ _tag: "Delete", id }, (): Settled<never> => {
        return this.#childState(id) === undefined ? Effect.void : undefined
      })
    )
  }

  get report(): ShutdownReport {
    return { overran: [...this.#overran], odd: [...this.#odd] }
  }

  // Within

  get #isClosing(): boolean {
    return this.#state.closing !== undefined
  }

  #childState(id: string): Supervision["children"][number] | undefined {
    return this.#state.children.find(({ policy }) => policy.id === id)
  }

  #atRest<E>(id: string, then: () => Effect.Effect<void, E>): Effect.Effect<void, E | ChildRefused> {
    return Effect.suspend((): Effect.Effect<void, E | ChildRefused> => {
      const child = this.#childState(id)
      if (child === undefined) return Effect.fail(new ChildRefused({ child: id, why: "no such child" }))
      if (this.#isClosing) return Effect.fail(new ChildRefused({ child: id, why: closingWhy }))
      if (!isAtRest(child))
        return Effect.fail(new ChildRefused({ child: id, why: `it is ${statusOf(this.#state, child)}` }))
      return then()
    })
  }

  #startAsked(event: SupervisionEvent, id: string): Effect.Effect<void, ChildRefused | StartFailed> {
    this.#causes.delete(id)
    return this.#after(event, (): Settled<ChildRefused | StartFailed> => {
      const child = this.#childState(id)
      if (child?.status === "running") return Effect.void
      if (this.#isClosing) return Effect.fail(new ChildRefused({ child: id, why: closingWhy }))
      if (child !== undefined && !isAtRest(child)) return undefined
      if (!this.#causes.has(id)) return Effect.fail(new ChildRefused({ child: id, why: "it was stopped meanwhile" }))
      return Effect.fail(new StartFailed({ child: id, cause: this.#causes.get(id) }))
    })
  }

  /** Lets the event happen, then waits until `look` sees an outcome. */
  #after<E>(event: SupervisionEvent, look: () => Settled<E>): Effect.Effect<void, E> {
    return Effect.callback((resume) => {
      const observer = (): boolean => {
        const outcome = look()
        if (outcome !== undefined) resume(outcome)
        return outcome !== undefined
      }
      this.#observers.add(observer)
      this.#on(event)
      return Effect.sync(() => this.#observers.delete(observer))
    })
  }

  /** A child that was there before under the same spec keeps its ref. */
  #enter(spec: ChildSpec, before?: Entry): void {
    this.#restartCounts.delete(spec.id)
    if (before?.spec === spec) this.#entries.set(spec.id, before)
    else this.#entries.set(spec.id, { spec, child: this.#make(spec) })
  }

  #make(spec: ChildSpec): Supervised {
    const path = `${this.path}/${spec.id}`
    if ("supervisor" in spec) return new Supervisor(this.#system, path, spec.supervisor, this)
    const { mailbox, shutdownTimeout } = spec
    return new Cell(this.#system, spec.actor, path, this, {
      ...(mailbox !== undefined && { mailbox }),
      ...(shutdownTimeout !== undefined && { shutdownTimeout })
    })
  }

  #about(child: Supervised, event: (id: string, spec: ChildSpec) => SupervisionEvent): void {
    for (const [id, entry] of this.#entries) {
      if (entry.child === child) return this.#on(event(id, entry.spec))
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
      if (next._tag === "StartFailed") this.#causes.set(next.id, next.cause)
      if (next._tag === "Started") this.#causes.delete(next.id)
      for (const command of commands) this.#carryOut(command)
    }
    this.#deciding = false
    for (const observer of [...this.#observers]) if (observer()) this.#observers.delete(observer)
  }

  #carryOut(command: SupervisionCommand): void {
    switch (command._tag) {
      case "Start":
        return this.#entries.get(command.id)?.child.start()
      case "Halt":
        this.#callOff(command.id)
        return this.#entries.get(command.id)?.child.halt()
      case "Stop":
        this.#callOff(command.id)
        return this.#entries.get(command.id)?.child.stop(shutdown)
      case "Forget":
        this.#callOff(command.id)
        this.#entries.delete(command.id)
        this.#restartCounts.delete(command.id)
        return
      case "Wait": {
        const { id, ms } = command
        this.#callOff(id)
        const elapsed = (): void => this.#on({ _tag: "BackoffElapsed", id })
        this.#backoffs.set(id, this.#system.timers.after(ms, elapsed))
        return
      }
      case "Restarting": {
        const { id, cause, attempt, delay } = command
        this.#restartCounts.set(id, (this.#restartCounts.get(id) ?? 0) + 1)
        return this.#system.restarted({ actor: `${this.path}/${id}`, cause, attempt, delay })
      }
      case "Ready":
        return this.#parent.started(this)
      case "Closed":
        for (const id of [...this.#backoffs.keys()]) this.#callOff(id)
        return this.#closed(command.why)
    }
  }

  #callOff(id: string): void {
    this.#backoffs.get(id)?.()
    this.#backoffs.delete(id)
  }

  #closed(why: Closing): void {
    switch (why._tag) {
      case "Asked":
        return this.#gone()
      case "StartFailed":
        return this.#parent.startFailed(this, new StartFailed({ child: `${this.path}/${why.child}`, cause: why.cause }))
      case "GaveUp": {
        const { maxRestarts = 3, window = 5_000 } = this.#spec
        const { child, cause } = why
        const gaveUp = new RestartIntensityExceeded({ supervisor: this.path, child, maxRestarts, window, cause })
        this.#system.gaveUp({ supervisor: this.path, cause: gaveUp })
        return this.#parent.failed(this, gaveUp)
      }
    }
  }
}

/** What an operation came to; `undefined` while it is open. */
type Settled<E> = Effect.Effect<void, E> | undefined

const byItself = "it stopped by itself"
const closingWhy = "the supervisor is closing"

const policyOf = ({ id, restart = "permanent", backoff }: ChildSpec): ChildPolicy => ({ id, restart, backoff })
