import * as Effect from "effect/Effect"
import type { Behaviour } from "../behaviour.ts"
import { Cell } from "../cell/cell.ts"
import { ChildRefused, NameTaken, StartFailed } from "../errors.ts"
import type { Protocol } from "../protocol.ts"
import type { ActorRef, AnyRef } from "../ref.ts"
import type { SpawnOptions } from "../spawn-options.ts"
import type { ActorSystem } from "../system/system.ts"
import { SharedAccount } from "./accounts.ts"
import { Children } from "./children.ts"
import { makeChild } from "./make-child.ts"
import type { ChildPolicy } from "./policy.ts"
import type { ShutdownReport } from "./shutdown-report.ts"
import { type ChildSpec, type DynamicSpec, flawOf, flawOfDynamic, policyOf } from "./spec.ts"
import { statusOf } from "./state.ts"
import type { ChildOptions, Parent, Supervised } from "./supervised.ts"
import { type ChildEntry, SupervisorLife } from "./supervisor-life.ts"

/** How an actor is spawned under a dynamic supervisor, which has the intensity and the limit for stopping. */
export type DynamicSpawnOptions<P extends Protocol = Record<never, never>> = Omit<
  SpawnOptions<P>,
  "maxRestarts" | "window" | "shutdownTimeout"
>

/**
 * A supervisor whose children come and go at run time.
 *
 * - Each failed child is restarted alone, by its restart type; their restarts count together.
 * - A child that has ended for good is forgotten, whatever its restart type: there is no `restartChild`.
 * - All stop at once, under one limit; a supervisor among them has no limit.
 * - Its own restart begins without children. None is significant.
 *
 * An event costs as much as there are children in trouble: those that failed within the last `window`.
 */
export class DynamicSupervisor extends SupervisorLife {
  readonly #limits: DynamicSpec["dynamic"]
  readonly #account: SharedAccount
  readonly #children: Children

  constructor(
    system: ActorSystem,
    path: string,
    spec: Omit<DynamicSpec, "name">,
    parent: Parent,
    options: ChildOptions = {}
  ) {
    super(system, path, policyOf(spec), parent, options)
    this.#limits = spec.dynamic
    this.#account = new SharedAccount(this.driver)
    this.#children = new Children(system, path, undefined, this.#account)
  }

  get report(): ShutdownReport {
    return this.#children.report
  }

  protected prepare(): ReadonlyArray<ChildPolicy> | ChildRefused {
    const why = flawOfDynamic(this.#limits)
    if (why !== undefined) return new ChildRefused({ child: this.path, why })
    this.#children.open()
    return []
  }

  // As the keeper of its children

  at(path: string): Supervised | undefined {
    return this.#children.at(path)
  }

  forget(path: string): void {
    this.#children.forget(path)
  }

  stopAll(): void {
    this.#children.stopAll(() => this.driver.on({ _tag: "AllEnded" }))
  }

  protected override idOf(path: string): string {
    return path.slice(this.path.length + 1)
  }

  // What its users ask

  /** How many children there are, those on their way out included. */
  get size(): number {
    return this.#children.size
  }

  /**
   * An actor under this supervisor; restart type transient where nothing is said. Its start is under way when this
   * returns, and done where its initial state is no Effect; one that fails to start is stopped and forgotten. Throws
   * `NameTaken`, and `ChildRefused` where the supervisor does not run or is full.
   */
  spawn<P extends Protocol>(behaviour: Behaviour<P>, options: DynamicSpawnOptions<NoInfer<P>> = {}): ActorRef<P> {
    this.#admit(options.name ?? behaviour.name)
    return this.#children.spawn(behaviour, this.#limited(options))
  }

  /** Starts a child by its spec; succeeds once it has started. One that does not start is forgotten. */
  startChild(spec: ChildSpec): Effect.Effect<void, StartFailed | NameTaken | ChildRefused> {
    return Effect.callback((resume) => {
      try {
        const child = this.#entered(spec)
        let failure: unknown
        let hasFailed = false
        const unlisten = this.#children.listen(child, {
          started: () => {
            unlisten()
            resume(Effect.void)
          },
          failed: (cause) => {
            hasFailed = true
            failure = cause
          },
          ended: () => {
            const { id } = spec
            const stopped = new ChildRefused({ child: id, why: "it was stopped meanwhile" })
            resume(Effect.fail(hasFailed ? new StartFailed({ child: id, cause: failure }) : stopped))
          }
        })
        child.start()
        return Effect.sync(unlisten)
      } catch (cause) {
        if (!(cause instanceof NameTaken || cause instanceof ChildRefused)) throw cause
        resume(Effect.fail(cause))
      }
    })
  }

  /** Stops a child and forgets it. Succeeds with who took too long, or ended otherwise than asked. */
  terminateChild(id: string): Effect.Effect<ShutdownReport, ChildRefused> {
    return Effect.callback((resume) => {
      const child = this.#named(id)
      if (child === undefined) return resume(Effect.fail(new ChildRefused({ child: id, why: "no such child" })))
      const unlisten = this.#children.listen(child, { ended: (report) => resume(Effect.succeed(report)) })
      this.#account.terminate(child)
      return Effect.sync(unlisten)
    })
  }

  /** The ref of an actor among the children; it stays the same through restarts. */
  child(id: string): AnyRef | undefined {
    return this.#children.find(id)?.ref
  }

  /** The ref of an actor among the children, typed by its behaviour; `undefined` where that is another's. */
  ref<P extends Protocol>(id: string, behaviour: Behaviour<P>): ActorRef<P> | undefined {
    const cell = this.#children.find(id)
    return cell?.behaviour === behaviour ? cell.ref : undefined
  }

  /** The children in start order; costs as much as there are. */
  children(): ReadonlyArray<ChildEntry> {
    const { state } = this.driver
    const troubled = new Map(state.children.map((child) => [child.policy.id, statusOf(state, child)]))
    return [...this.#children.all].map((child) => ({
      id: this.idOf(child.path),
      status: troubled.get(child.path) ?? statusUntroubled(child),
      restarts: child instanceof Cell ? child.restarts : 0
    }))
  }

  /** Everything below, for `inspect`. */
  get entries(): ReadonlyMap<string, { readonly child: Supervised }> {
    return new Map([...this.#children.all].map((child) => [this.idOf(child.path), { child }]))
  }

  // Within

  #named(id: string): Supervised | undefined {
    return this.at(`${this.path}/${id}`)
  }

  #admit(child: string): void {
    const { maxChildren = Number.POSITIVE_INFINITY } = this.#limits
    if (this.refusal !== undefined) throw new ChildRefused({ child, why: this.refusal })
    if (this.size >= maxChildren) throw new ChildRefused({ child, why: `there are ${maxChildren} children already` })
  }

  #entered(given: ChildSpec): Supervised {
    const spec = { ...given, restart: given.restart ?? "permanent" } as const
    this.#admit(spec.id)
    const why = flawOf(this.policy, spec)
    if (why !== undefined) throw new ChildRefused({ child: spec.id, why })
    const limited = "actor" in spec ? this.#limited(spec) : spec
    return this.#children.enter(spec.id, (path) => makeChild(this.system, path, limited, this.#children))
  }

  /** One options object may serve all its children, where there is nothing to add to it. */
  #limited<Options extends object>(options: Options): Options & { readonly shutdownTimeout?: number } {
    const { shutdownTimeout } = this.#limits
    return shutdownTimeout === undefined ? options : { ...options, shutdownTimeout }
  }
}

const statusUntroubled = (child: Supervised): ChildEntry["status"] => {
  if (!(child instanceof Cell)) return child instanceof SupervisorLife ? child.status : "running"
  const { status } = child
  switch (status) {
    case "failed":
      return "suspended"
    case "leaving":
      return "stopping"
    case "stopped":
      return "down"
    default:
      return status
  }
}
