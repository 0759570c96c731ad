import type { Behaviour } from "../behaviour.ts"
import { Cell } from "../cell/cell.ts"
import { ChildRefused, type ExitReason, failed, NameTaken, normal, shutdown } from "../errors.ts"
import type { Protocol } from "../protocol.ts"
import type { ActorRef } from "../ref.ts"
import type { AnySpawnOptions, SpawnOptions } from "../spawn-options.ts"
import type { ActorSystem } from "../system/system.ts"
import { type Accounts, OwnAccounts } from "./accounts.ts"
import { reportBelow, ShutdownNotes, type ShutdownReport } from "./shutdown-report.ts"
import { flawOfOptions } from "./spec.ts"
import { byItself, type Parent, type Supervised } from "./supervised.ts"

/**
 * Children that come and go: those spawned by an actor, by the system, or under a dynamic supervisor. A child out of
 * trouble costs an entry of a map and nothing else; all are stopped at once.
 */
export class Children implements Parent {
  readonly #system: ActorSystem
  readonly #path: string
  readonly #accounts: Accounts
  readonly #all = new Map<string, Supervised>()
  /** What is known of those that have ended, until their account forgets them. */
  readonly #endings = new Map<Supervised, ShutdownReport>()
  readonly #listeners = new Map<Supervised, Array<ChildListener>>()
  #notes = new ShutdownNotes()
  #serial = 0
  #closed = false
  #whenEmpty: Array<(report: ShutdownReport) => void> = []

  /** `escalate`: takes the cause of a child whose failure is its parent's; the child itself is stopped. */
  constructor(system: ActorSystem, path: string, escalate?: (cause: unknown) => void, accounts?: Accounts) {
    this.#system = system
    this.#path = path
    const forget = (child: Supervised): void => this.forget(child.path)
    this.#accounts = accounts ?? new OwnAccounts(system, path === "" ? system.name : path, escalate, forget)
  }

  get size(): number {
    return this.#all.size
  }

  get all(): Iterable<Supervised> {
    return this.#all.values()
  }

  get cells(): ReadonlyArray<Cell> {
    return [...this.#all.values()].filter((child) => child instanceof Cell)
  }

  /** What the latest `stopAll` came to. */
  get report(): ShutdownReport {
    return this.#notes.report
  }

  /**
   * Throws `NameTaken` where a sibling of that name has not fully stopped, `ChildRefused` where the parent stops or an
   * option is out of its range.
   */
  spawn<P extends Protocol>(behaviour: Behaviour<P>, options: SpawnOptions<NoInfer<P>> = {}): ActorRef<P> {
    const { as } = options
    if (as !== undefined && this.#system.registry.find(as) !== undefined) throw new NameTaken({ name: as.name })
    this.#serial += 1
    const name = options.name ?? `${behaviour.name}-${this.#serial}`
    const kept = keptOf(options)
    const why = kept === nothing ? undefined : flawOfOptions(kept)
    if (why !== undefined) throw new ChildRefused({ child: this.#pathOf(name), why })
    const cell = this.enter(name, (path) => new Cell(this.#system, behaviour, path, this, kept))
    cell.start()
    return cell.ref
  }

  /** Takes in a child, which is to be started. Throws as `spawn` does. */
  enter<Child extends Supervised>(name: string, make: (path: string) => Child): Child {
    if (this.#closed) throw new ChildRefused({ child: name, why: "its parent is stopping or has stopped" })
    const path = this.#pathOf(name)
    if (this.#all.has(path)) throw new NameTaken({ name })
    const child = make(path)
    this.#all.set(path, child)
    return child
  }

  /** The actor of that name, until it has fully stopped. */
  find(name: string): Cell | undefined {
    const child = this.#all.get(this.#pathOf(name))
    return child instanceof Cell ? child : undefined
  }

  /** The actor or supervisor of that path. */
  at(path: string): Supervised | undefined {
    return this.#all.get(path)
  }

  /** Tells of the child's next start, or of its end. Returns what ends that. */
  listen(child: Supervised, listener: ChildListener): () => void {
    const listeners = this.#listeners.get(child) ?? []
    this.#listeners.set(child, [...listeners, listener])
    return () => {
      const left = (this.#listeners.get(child) ?? []).filter((one) => one !== listener)
      if (left.length > 0) this.#listeners.set(child, left)
      else this.#listeners.delete(child)
    }
  }

  /** Stops all of them, at once; `done` when the last has ended. None is spawned from here on, until `open`. */
  stopAll(done: (report: ShutdownReport) => void, reason: ExitReason = shutdown): void {
    if (!this.#closed) this.#notes = new ShutdownNotes()
    this.#closed = true
    if (this.#all.size === 0) return done(this.report)
    this.#whenEmpty.push(done)
    this.#accounts.close()
    for (const child of [...this.#all.values()]) child.stop(reason)
  }

  /** The parent starts anew. */
  open(): void {
    this.#closed = false
  }

  /** The child is gone, and its name is free. */
  forget(path: string): void {
    const child = this.#all.get(path)
    if (child === undefined) return
    this.#all.delete(path)
    const report = this.#endings.get(child)
    this.#endings.delete(child)
    const listeners = this.#listeners.get(child) ?? []
    this.#listeners.delete(child)
    for (const { ended } of listeners) ended?.(report ?? { overran: [], odd: [] })
    if (this.#all.size > 0) return
    for (const done of this.#whenEmpty.splice(0)) done(this.report)
  }

  // As a parent

  started(child: Supervised): void {
    this.#endings.delete(child)
    this.#accounts.find(child)?.on({ _tag: "Started", id: child.path })
    for (const { started } of this.#listeners.get(child) ?? []) started?.()
  }

  startFailed(child: Supervised, cause: unknown): void {
    const account = this.#accounts.find(child)
    if (account !== undefined) return account.startFailed(child, child.path, cause)
    for (const { failed } of this.#listeners.get(child) ?? []) failed?.(cause)
    this.#accounts.terminate(child, failed(cause))
  }

  failed(child: Supervised, cause: unknown): void {
    this.#accounts.open(child).failed(child, child.path, cause)
  }

  keeps(child: Supervised, reason: ExitReason = normal): boolean {
    return !this.#closed && child.options.restart === "permanent" && this.#accounts.keeps(reason)
  }

  suspended(child: Supervised): void {
    this.#accounts.open(child).on({ _tag: "Suspended", id: child.path, cause: byItself })
  }

  stopped(child: Supervised, reason: ExitReason, overran: boolean): void {
    const below = reportBelow(child)
    if (this.#closed) this.#notes.note(child.path, reason, overran, below)
    if (this.#listeners.has(child)) {
      const notes = new ShutdownNotes()
      notes.note(child.path, reason, overran, below)
      this.#endings.set(child, notes.report)
    }
    this.#accounts.ended(child, reason._tag === "Failed" ? reason.cause : byItself)
  }

  #pathOf(name: string): string {
    return this.#path === "" ? name : `${this.#path}/${name}`
  }
}

/** Who waits for what becomes of one child. */
export interface ChildListener {
  readonly started?: () => void
  /** Its first start failed; its end follows. */
  readonly failed?: (cause: unknown) => void
  /** It has ended and is forgotten. */
  readonly ended?: (report: ShutdownReport) => void
}

const nothing: AnySpawnOptions = {}

/** What is kept of the options as long as the actor lives: where it was only named, that is in its path already. */
const keptOf = (options: AnySpawnOptions): AnySpawnOptions => {
  for (const key in options) if (key !== "name") return options
  return nothing
}
