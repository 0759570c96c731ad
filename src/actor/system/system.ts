import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import type { Behaviour } from "../behaviour.ts"
import {
  describeExit,
  type ExitReason,
  failed,
  NameTaken,
  type RestartIntensityExceeded,
  StartFailed,
  shutdown
} from "../errors.ts"
import type { Protocol } from "../protocol.ts"
import type { ActorRef, AnyRef } from "../ref.ts"
import type { SpawnOptions } from "../spawn-options.ts"
import { Children } from "../supervision/children.ts"
import type { Parent, Supervised } from "../supervision/supervised.ts"
import { type ShutdownReport, Supervisor, type SupervisorSpec } from "../supervision/supervisor.ts"
import { DeadLetters } from "./dead-letters.ts"
import { Dispatcher } from "./dispatcher.ts"
import { HandlingTimes } from "./handling-times.ts"
import { type Inspection, inspectCell, inspectSupervisor } from "./inspection.ts"
import { Registry } from "./registry.ts"
import { TimerQueue } from "./timer-queue.ts"

export interface SystemOptions {
  readonly name?: string
  /** Dead letters kept for a look; all are counted. Default 1,024. */
  readonly deadLetters?: number
  /** Told of each restart. */
  readonly onRestart?: (restart: Restarted) => void
  /** Told of each supervisor that gives up on its children. */
  readonly onGiveUp?: (given: GivenUp) => void
}

/** A supervisor gave up: its children are stopped, and its parent decides. */
export interface GivenUp {
  readonly supervisor: string
  readonly cause: RestartIntensityExceeded
}

/** A restart that is under way. `delay` in milliseconds. */
export interface Restarted {
  readonly actor: string
  readonly cause: unknown
  readonly attempt: number
  readonly delay: number
}

/** A supervisor started at the top of a system. */
export interface TopSupervisor {
  readonly supervisor: Supervisor
  /** Stops it and all below, in reverse start order. Idempotent. */
  readonly stop: Effect.Effect<ShutdownReport>
  /** Succeeds with the reason once it has ended: because it was stopped, or because it gave up. */
  readonly ended: Effect.Effect<ExitReason>
}

/**
 * Where actors live. Time, chance and the order of turns come from the `Clock`, `Random` and `Scheduler` of the
 * context it is made in, and from nothing else: whoever provides those decides the whole run.
 */
export class ActorSystem {
  /** The system as a service: `yield* ActorSystem.Service`, provided by `ActorSystem.layer`. */
  static readonly Service: Context.Service<ActorSystem, ActorSystem> =
    Context.Service<ActorSystem>("ballast/ActorSystem")

  readonly name: string
  readonly timers: TimerQueue
  readonly dispatcher: Dispatcher
  readonly deadLetters: DeadLetters
  readonly registry: Registry
  /** @internal What effects run in. */
  readonly context: Context.Context<never>
  /** @internal How many messages that carry a trace are being handled by an Effect. */
  traced = 0
  readonly #timings = new Map<string, HandlingTimes>()
  readonly #random: { nextDoubleUnsafe(): number }
  readonly #user: Children
  readonly #tops = new Map<string, Top>()
  readonly #onRestart: (restart: Restarted) => void
  readonly #onGiveUp: (given: GivenUp) => void
  #isClosed = false

  constructor(context: Context.Context<never>, options: SystemOptions = {}) {
    this.name = options.name ?? "system"
    this.context = context
    this.#random = Context.get(context, Random.Random)
    this.timers = new TimerQueue(Context.get(context, Clock.Clock), context)
    this.dispatcher = new Dispatcher(
      context,
      () => this.now(),
      ({ behaviour }, ms) => this.timing(behaviour).record(ms)
    )
    this.deadLetters = new DeadLetters((cause) => this.listenerFailed(cause), options.deadLetters)
    this.registry = new Registry((cause) => this.listenerFailed(cause))
    this.#user = new Children(this, "")
    this.#onRestart = options.onRestart ?? (() => {})
    this.#onGiveUp = options.onGiveUp ?? (() => {})
  }

  /** A system that is shut down with its scope. */
  static make(options?: SystemOptions): Effect.Effect<ActorSystem, never, Scope.Scope> {
    return Effect.acquireRelease(
      Effect.contextWith((context: Context.Context<never>) => Effect.succeed(new ActorSystem(context, options))),
      (system) => system.shutdown
    )
  }

  static layer(options?: SystemOptions): Layer.Layer<ActorSystem> {
    return Layer.effect(ActorSystem.Service, ActorSystem.make(options))
  }

  /** Milliseconds on a monotonic clock. */
  now(): number {
    return this.timers.now()
  }

  /** @internal Whole milliseconds on the same clock, as a date for mail. */
  stamp(): number {
    return this.dispatcher.stamp
  }

  /** @internal How long handlers of actors of this behaviour take. */
  timing({ name }: Behaviour<Protocol>): HandlingTimes {
    const known = this.#timings.get(name)
    if (known !== undefined) return known
    const made = new HandlingTimes()
    this.#timings.set(name, made)
    return made
  }

  /** 0 ≤ x < 1. */
  random(): number {
    return this.#random.nextDoubleUnsafe()
  }

  /** An actor of its own, restarted on its own account. Throws `NameTaken`. */
  spawn<P extends Protocol>(behaviour: Behaviour<P>, options?: SpawnOptions): ActorRef<P> {
    return this.#user.spawn(behaviour, options)
  }

  /** The spawned actor of that name, until it has fully stopped. */
  find(name: string): AnyRef | undefined {
    return this.#user.find(name)?.ref
  }

  /** Stops an actor; succeeds once it has ended. */
  stop(ref: AnyRef): Effect.Effect<ExitReason> {
    return Effect.callback((resume) => {
      const { cell } = ref
      if (cell.exitReason !== undefined && cell.isStopped) return resume(Effect.succeed(cell.exitReason))
      cell.onEnd((reason) => resume(Effect.succeed(reason)))
      cell.stop(shutdown)
    })
  }

  /** Starts a supervisor and its children, in order; fails with the first child that does not start. */
  supervise(spec: SupervisorSpec): Effect.Effect<TopSupervisor, StartFailed | NameTaken> {
    return Effect.callback((resume) => {
      if (this.#isClosed) {
        return resume(Effect.fail(new StartFailed({ child: spec.name, cause: "the system is shut down" })))
      }
      if (this.#tops.has(spec.name)) return resume(Effect.fail(new NameTaken({ name: spec.name })))
      const top = new Top(this, spec, () => this.#tops.delete(spec.name))
      this.#tops.set(spec.name, top)
      top.start((error) => resume(error === undefined ? Effect.succeed(top.face) : Effect.fail(error)))
    })
  }

  /** Everything that lives, as a tree. */
  inspect(): ReadonlyArray<Inspection> {
    return [
      ...[...this.#tops.values()].map(({ supervisor }) => inspectSupervisor(supervisor)),
      ...this.#user.cells.map(inspectCell)
    ]
  }

  /** Stops spawned actors first, then the supervisors, the last started first. Nothing is started from here on. */
  get shutdown(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      this.#isClosed = true
      yield* Effect.callback<void>((resume) => this.#user.stopAll(() => resume(Effect.void)))
      for (const top of [...this.#tops.values()].reverse()) yield* top.face.stop
      this.timers.close()
    })
  }

  /** @internal */
  fork<A, E>(effect: Effect.Effect<A, E>): Fiber.Fiber<A, E> {
    return Effect.runForkWith(this.context)(effect)
  }

  /** @internal */
  gaveUp(given: GivenUp): void {
    this.#tell(this.#onGiveUp, given)
  }

  /** @internal */
  restarted(restart: Restarted): void {
    this.#tell(this.#onRestart, restart)
  }

  #tell<News>(listener: (news: News) => void, news: News): void {
    try {
      listener(news)
    } catch (cause) {
      this.listenerFailed(cause)
    }
  }

  /** @internal What a user's listener throws must not stop the actors it listens to. */
  listenerFailed(cause: unknown): void {
    this.fork(Effect.logError("a listener of the actor system failed", cause))
  }
}

/** The parent of a supervisor at the top. */
class Top implements Parent {
  readonly supervisor: Supervisor
  readonly face: TopSupervisor
  readonly #onEnd: () => void
  readonly #waiting: Array<(reason: ExitReason) => void> = []
  #onStart: (error: StartFailed | undefined) => void = () => {}
  #reason: ExitReason | undefined

  constructor(system: ActorSystem, { name, ...spec }: SupervisorSpec, onEnd: () => void) {
    this.supervisor = new Supervisor(system, name, spec, this)
    this.#onEnd = onEnd
    const ended = Effect.callback<ExitReason>((resume) => {
      if (this.#reason !== undefined) resume(Effect.succeed(this.#reason))
      else this.#waiting.push((reason) => resume(Effect.succeed(reason)))
    })
    const ask = Effect.sync(() => {
      if (this.#reason === undefined) this.supervisor.stop(shutdown)
    })
    this.face = {
      supervisor: this.supervisor,
      ended,
      stop: Effect.andThen(ask, ended).pipe(Effect.map(() => this.supervisor.report))
    }
  }

  start(onStart: (error: StartFailed | undefined) => void): void {
    this.#onStart = onStart
    this.supervisor.start()
  }

  started(): void {
    this.#onStart(undefined)
    this.#onStart = () => {}
  }

  startFailed(_child: Supervised, cause: StartFailed): void {
    this.#end(failed(cause), cause)
  }

  failed(_child: Supervised, cause: unknown): void {
    this.#end(failed(cause), new StartFailed({ child: this.supervisor.path, cause }))
  }

  keeps(): boolean {
    return false
  }

  suspended(): void {
    // Nobody halts a supervisor at the top.
  }

  stopped(_child: Supervised, reason: ExitReason): void {
    this.#end(reason, new StartFailed({ child: this.supervisor.path, cause: describeExit(reason) }))
  }

  /** `error` is for whoever still waits for the start. */
  #end(reason: ExitReason, error: StartFailed): void {
    this.#reason = reason
    this.#onEnd()
    this.#onStart(error)
    for (const wake of this.#waiting.splice(0)) wake(reason)
  }
}
