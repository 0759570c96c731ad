import * as Deferred from "effect/Deferred"
import * as Exit from "effect/Exit"
import {
  ChildRefused,
  type ExitReason,
  failed,
  type NameTaken,
  normal,
  RestartIntensityExceeded,
  StartFailed,
  shutdown
} from "../errors.ts"
import type { ActorSystem } from "../system/system.ts"
import { Driver, type Keeper } from "./driver.ts"
import { type ChildPolicy, flawOfIntensity, type Policy, type Strategy } from "./policy.ts"
import type { ShutdownReport } from "./shutdown-report.ts"
import { type ChildStatus, type Closing, supervision } from "./state.ts"
import type { ChildOptions, Parent, Supervised } from "./supervised.ts"

/** A child as `children()` lists it. One between two runs reads as `restarting`. */
export interface ChildEntry {
  readonly id: string
  readonly status: ChildStatus | "restarting"
  readonly restarts: number
}

/** What a supervisor is to its own parent: a child that starts, is halted and stopped, and fails by giving up. */
export abstract class SupervisorLife implements Supervised, Keeper {
  readonly path: string
  readonly options: ChildOptions
  protected readonly system: ActorSystem
  protected readonly driver: Driver
  protected readonly policy: Policy
  readonly #parent: Parent
  /** What its parent has asked of it since it started. */
  #asked: "halt" | ExitReason | undefined
  #failure: { readonly cause: unknown } | undefined
  /** From the decision on, while its children stop. */
  #givenUp: { readonly cause: RestartIntensityExceeded; readonly ended: Deferred.Deferred<void> } | undefined

  constructor(system: ActorSystem, path: string, policy: Policy, parent: Parent, options: ChildOptions) {
    this.path = path
    this.options = options
    this.system = system
    this.policy = policy
    this.#parent = parent
    this.driver = new Driver(system, this, { ...supervision(policy, []), phase: "closed" })
  }

  abstract readonly report: ShutdownReport
  abstract at(id: string): Supervised | undefined
  abstract forget(id: string): void
  abstract children(): ReadonlyArray<ChildEntry>
  abstract get entries(): ReadonlyMap<string, { readonly child: Supervised }>

  /** Makes its first children ready to be started, or says which it cannot have. */
  protected abstract prepare(): ReadonlyArray<ChildPolicy> | NameTaken | ChildRefused

  /** Whether it runs, as a child reads to its parent. */
  get status(): "starting" | "running" | "stopping" | "down" {
    const { phase, closing } = this.driver.state
    if (phase === "closed") return "down"
    return closing === undefined && phase !== "closing" ? phase : "stopping"
  }

  /** Who is restarted with a failed child; under a dynamic supervisor nobody is. */
  get strategy(): Strategy | "dynamic" {
    return this.policy.dynamic === true ? "dynamic" : this.policy.strategy
  }

  protected get refusal(): string | undefined {
    const { phase, closing } = this.driver.state
    return closing !== undefined || phase === "closed" ? "the supervisor is closing" : undefined
  }

  // As a child

  start(): void {
    this.#asked = undefined
    this.#failure = undefined
    this.#givenUp = undefined
    const prepared = this.#prepared()
    if (prepared instanceof Error) {
      this.driver.begin({ ...supervision(this.policy, []), phase: "closed" })
      return this.#startFailed(this.path, prepared)
    }
    this.driver.begin(supervision(this.policy, prepared))
  }

  #prepared(): ReadonlyArray<ChildPolicy> | NameTaken | ChildRefused {
    const flaw = flawOfIntensity(this.policy)
    return flaw === undefined ? this.prepare() : new ChildRefused({ child: this.path, why: flaw })
  }

  halt(): void {
    this.#close("halt")
  }

  stop(reason: ExitReason): void {
    this.#close(reason)
  }

  #close(asked: "halt" | ExitReason): void {
    // An end for good outweighs a halt.
    if (asked !== "halt" || this.#asked === undefined) this.#asked = asked
    if (this.driver.state.phase === "closed") this.#gone(this.#asked ?? shutdown)
    else this.driver.on({ _tag: "Stop" })
  }

  #gone(asked: "halt" | ExitReason): void {
    if (asked === "halt") return this.#parent.suspended(this, false)
    const reason = this.#failure === undefined || asked._tag === "Failed" ? asked : failed(this.#failure.cause)
    this.#parent.stopped(this, reason, false)
  }

  #startFailed(child: string, cause: unknown): void {
    this.#failure = { cause }
    this.#parent.startFailed(this, new StartFailed({ child, cause }))
  }

  // As the keeper of its children

  ready(): void {
    this.#parent.started(this)
  }

  gaveUp(child: string, cause: unknown): void {
    const { maxRestarts, window } = this.policy
    const about = { supervisor: this.path, child: this.idOf(child), maxRestarts, window, cause }
    const exceeded = new RestartIntensityExceeded(about)
    const ended = Deferred.makeUnsafe<void>()
    this.#givenUp = { cause: exceeded, ended }
    this.system.gaveUp({ supervisor: this.path, cause: exceeded, ended: Deferred.await(ended) })
  }

  closed(why: Closing): void {
    if (why._tag === "Escalated") this.#failure = { cause: why.cause }
    if (this.#givenUp !== undefined) {
      this.#failure = this.#givenUp
      Deferred.doneUnsafe(this.#givenUp.ended, Exit.void)
    }
    if (this.#asked !== undefined) return this.#gone(this.#asked)
    if (why._tag === "StartFailed") return this.#startFailed(`${this.path}/${this.idOf(why.child)}`, why.cause)
    if (this.#failure !== undefined) return this.#parent.failed(this, this.#failure.cause)
    if (this.#parent.keeps(this)) return this.#parent.suspended(this, false)
    this.#parent.stopped(this, normal, false)
  }

  /** The id by which its users know a child. */
  protected idOf(id: string): string {
    return id
  }
}
