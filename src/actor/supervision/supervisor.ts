import * as Effect from "effect/Effect"
import type { Behaviour } from "../behaviour.ts"
import { Cell } from "../cell/cell.ts"
import { ChildRefused, type ExitReason, NameTaken, StartFailed } from "../errors.ts"
import type { Protocol } from "../protocol.ts"
import type { ActorRef, AnyRef } from "../ref.ts"
import type { ActorSystem } from "../system/system.ts"
import { DynamicSupervisor } from "./dynamic-supervisor.ts"
import { makeChild } from "./make-child.ts"
import type { ChildPolicy } from "./policy.ts"
import { reportBelow, ShutdownNotes, type ShutdownReport } from "./shutdown-report.ts"
import { type ChildSpec, flawOf, policyOf, policyOfChild, type SupervisorSpec } from "./spec.ts"
import { type ChildState, isAtRest, type SupervisionEvent, statusOf } from "./state.ts"
import { byItself, type ChildOptions, type Parent, type Supervised } from "./supervised.ts"
import { type ChildEntry, SupervisorLife } from "./supervisor-life.ts"

interface Entry {
  readonly spec: ChildSpec
  readonly child: Supervised
}

/** What an operation came to; `undefined` while it is open. */
type Settled<A, E> = Effect.Effect<A, E> | undefined

/**
 * Carries out what `decide` says about its children. It is a child itself, of the system or of another supervisor;
 * giving up is a failure to that one.
 */
export class Supervisor extends SupervisorLife implements Parent {
  readonly #spec: Omit<SupervisorSpec, "name">
  readonly #entries = new Map<string, Entry>()
  readonly #restartCounts = new Map<string, number>()
  /** Causes of failed starts that somebody waits for. */
  readonly #causes = new Map<string, unknown>()
  /** Each looks at the state after a decision; `true` once it has seen what it waits for. */
  readonly #observers = new Set<() => boolean>()
  /** Of children that are being terminated by hand. */
  readonly #terminations = new Map<string, ShutdownNotes>()
  #notes = new ShutdownNotes()

  constructor(
    system: ActorSystem,
    path: string,
    spec: Omit<SupervisorSpec, "name">,
    parent: Parent,
    options: ChildOptions = {}
  ) {
    super(system, path, policyOf(spec), parent, options)
    this.#spec = spec
  }

  get report(): ShutdownReport {
    return this.#notes.report
  }

  protected prepare(): ReadonlyArray<ChildPolicy> | NameTaken | ChildRefused {
    const { children } = this.#spec
    const before = new Map(this.#entries)
    this.#entries.clear()
    this.#restartCounts.clear()
    this.#notes = new ShutdownNotes()
    for (const spec of children) {
      const refused = this.#refusalOf(spec)
      if (refused !== undefined) return refused
      // One that was there before under the same spec keeps its ref.
      const entry = before.get(spec.id)
      this.#entries.set(spec.id, entry?.spec === spec ? entry : this.#made(spec))
    }
    return children.map(policyOfChild)
  }

  // As the keeper of its children

  at(id: string): Supervised | undefined {
    return this.#entries.get(id)?.child
  }

  restarting(id: string): void {
    this.#restartCounts.set(id, (this.#restartCounts.get(id) ?? 0) + 1)
  }

  forget(id: string): void {
    this.#entries.delete(id)
    this.#restartCounts.delete(id)
  }

  settled(): void {
    for (const observer of [...this.#observers]) if (observer()) this.#observers.delete(observer)
  }

  // As a parent

  started(child: Supervised): void {
    this.#about(child, (id) => {
      this.#causes.delete(id)
      this.driver.on({ _tag: "Started", id })
    })
  }

  startFailed(child: Supervised, cause: unknown): void {
    this.#about(child, (id) => {
      this.#causes.set(id, cause)
      this.driver.startFailed(child, id, cause)
    })
  }

  failed(child: Supervised, cause: unknown): void {
    this.#about(child, (id) => {
      if (this.#stateOf(id)?.status === "starting") this.#causes.set(id, cause)
      this.driver.failed(child, id, cause)
    })
  }

  keeps(child: Supervised): boolean {
    const state = this.#stateOf(this.#idOf(child))
    const toBeUp = state?.goal === "up" || state?.goal === "restart"
    return toBeUp && state.policy.restart === "permanent" && this.driver.state.closing === undefined
  }

  suspended(child: Supervised): void {
    this.#about(child, (id) => this.driver.on({ _tag: "Suspended", id, cause: byItself }))
  }

  stopped(child: Supervised, reason: ExitReason, overran: boolean): void {
    this.#about(child, (id) => {
      const below = reportBelow(child)
      if (this.driver.state.closing !== undefined) this.#notes.note(child.path, reason, overran, below)
      this.#terminations.get(id)?.note(child.path, reason, overran, below)
      this.driver.on({ _tag: "Ended", id, cause: reason._tag === "Failed" ? reason.cause : byItself })
    })
  }

  // What its users ask

  /** The ref of an actor among the children; it stays the same through restarts. */
  child(id: string): AnyRef | undefined {
    const child = this.at(id)
    return child instanceof Cell ? child.ref : undefined
  }

  /** The ref of an actor among the children, typed by its behaviour; it stays the same through restarts. */
  ref<P extends Protocol>(id: string, behaviour: Behaviour<P>): ActorRef<P> | undefined {
    const entry = this.#entries.get(id)
    const same = entry !== undefined && "actor" in entry.spec && entry.spec.actor === behaviour
    return same && entry.child instanceof Cell ? entry.child.ref : undefined
  }

  /** A supervisor among the children. */
  supervisor(id: string): Supervisor | undefined {
    const child = this.at(id)
    return child instanceof Supervisor ? child : undefined
  }

  /** A dynamic supervisor among the children. */
  dynamic(id: string): DynamicSupervisor | undefined {
    const child = this.at(id)
    return child instanceof DynamicSupervisor ? child : undefined
  }

  /** The children in start order. */
  children(): ReadonlyArray<ChildEntry> {
    const { state } = this.driver
    return state.children.map((child) => ({
      id: child.policy.id,
      status: statusOf(state, child),
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
      const refused = this.#closingRefusal(spec.id) ?? this.#refusalOf(spec)
      if (refused !== undefined) return Effect.fail(refused)
      this.#entries.set(spec.id, this.#made(spec))
      return this.#startAsked({ _tag: "Add", child: policyOfChild(spec) }, spec.id)
    })
  }

  /**
   * Stops a child and keeps its spec (unless it is temporary). Idempotent; counts as no restart. Succeeds with who took
   * too long, or ended otherwise than asked.
   */
  terminateChild(id: string): Effect.Effect<ShutdownReport, ChildRefused> {
    return Effect.suspend(() => {
      if (this.#stateOf(id) === undefined) return Effect.fail(new ChildRefused({ child: id, why: "no such child" }))
      const notes = this.#terminations.get(id) ?? new ShutdownNotes()
      this.#terminations.set(id, notes)
      return this.#after({ _tag: "Terminate", id }, (): Settled<ShutdownReport, never> => {
        const child = this.#stateOf(id)
        if (child !== undefined && child.status !== "down") return undefined
        this.#terminations.delete(id)
        return Effect.succeed(notes.report)
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
      this.#after({ _tag: "Delete", id }, (): Settled<void, never> => {
        return this.#stateOf(id) === undefined ? Effect.void : undefined
      })
    )
  }

  // Within

  #stateOf(id: string): ChildState | undefined {
    return this.driver.state.children.find(({ policy }) => policy.id === id)
  }

  #closingRefusal(child: string): ChildRefused | undefined {
    return this.refusal === undefined ? undefined : new ChildRefused({ child, why: this.refusal })
  }

  #refusalOf(spec: ChildSpec): NameTaken | ChildRefused | undefined {
    if (this.#entries.has(spec.id)) return new NameTaken({ name: spec.id })
    const why = flawOf(this.policy, spec)
    return why === undefined ? undefined : new ChildRefused({ child: spec.id, why })
  }

  #atRest<E>(id: string, then: () => Effect.Effect<void, E>): Effect.Effect<void, E | ChildRefused> {
    return Effect.suspend((): Effect.Effect<void, E | ChildRefused> => {
      const child = this.#stateOf(id)
      if (child === undefined) return Effect.fail(new ChildRefused({ child: id, why: "no such child" }))
      const refused = this.#closingRefusal(id)
      if (refused !== undefined) return Effect.fail(refused)
      if (!isAtRest(child)) {
        return Effect.fail(new ChildRefused({ child: id, why: `it is ${statusOf(this.driver.state, child)}` }))
      }
      return then()
    })
  }

  #startAsked(event: SupervisionEvent, id: string): Effect.Effect<void, ChildRefused | StartFailed> {
    this.#causes.delete(id)
    return this.#after(event, (): Settled<void, ChildRefused | StartFailed> => {
      const child = this.#stateOf(id)
      if (child?.status === "running") return Effect.void
      const refused = this.#closingRefusal(id)
      if (refused !== undefined) return Effect.fail(refused)
      if (child !== undefined && !isAtRest(child)) return undefined
      if (!this.#causes.has(id)) return Effect.fail(new ChildRefused({ child: id, why: "it was stopped meanwhile" }))
      return Effect.fail(new StartFailed({ child: id, cause: this.#causes.get(id) }))
    })
  }

  /** Lets the event happen, then waits until `look` sees an outcome. */
  #after<A, E>(event: SupervisionEvent, look: () => Settled<A, E>): Effect.Effect<A, E> {
    return Effect.callback((resume) => {
      const observer = (): boolean => {
        const outcome = look()
        if (outcome !== undefined) resume(outcome)
        return outcome !== undefined
      }
      this.#observers.add(observer)
      this.driver.on(event)
      return Effect.sync(() => this.#observers.delete(observer))
    })
  }

  #made(spec: ChildSpec): Entry {
    return { spec, child: makeChild(this.system, `${this.path}/${spec.id}`, spec, this) }
  }

  #idOf(child: Supervised): string {
    return child.path.slice(this.path.length + 1)
  }

  #about(child: Supervised, tell: (id: string) => void): void {
    const id = this.#idOf(child)
    // A child of that id that was forgotten meanwhile has nothing to say any more.
    if (this.at(id) === child) tell(id)
  }
}
