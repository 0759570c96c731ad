import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import { BoundedRing } from "../../collections/index.ts"
import type { Behaviour } from "../behaviour.ts"
import { Arming } from "../cell/arming.ts"
import { type ExitReason, NameTaken, type RestartIntensityExceeded, StartFailed, shutdown } from "../errors.ts"
import { Terms } from "../mailbox/envelope.ts"
import type { Protocol } from "../protocol.ts"
import type { ActorRef, AnyRef } from "../ref.ts"
import type { SpawnOptions } from "../spawn-options.ts"
import { Children } from "../supervision/children.ts"
import type { DynamicSupervisor } from "../supervision/dynamic-supervisor.ts"
import type { ShutdownReport } from "../supervision/shutdown-report.ts"
import type { DynamicSpec, SupervisorSpec } from "../supervision/spec.ts"
import type { Supervised } from "../supervision/supervised.ts"
import { type AnyTop, Top, type TopSupervisor } from "../supervision/top.ts"
import { ActorEvents, logged } from "./actor-events.ts"
import { type DeadLetter, DeadLetters } from "./dead-letters.ts"
import { Dispatcher } from "./dispatcher.ts"
import { HandlingTimes } from "./handling-times.ts"
import { type Inspection, inspectAll, type RestartRecord, waitsForBelow } from "./inspection.ts"
import { actorAt } from "./lookup.ts"
import { Registry } from "./registry.ts"
import { TimerQueue } from "./timer-queue.ts"

/** Restarts that `inspect` lists: the latest. */
const restartsKept = 256

export interface SystemOptions {
  readonly name?: string
  /** Dead letters kept for a look; all are counted. Default 1,024. */
  readonly deadLetters?: number
  /** Whether what happens to actors is written to Effect's log, under the names of `ActorEvent`. Default not. */
  readonly log?: boolean
  /**
   * Whether a `tell` from a fiber carries the fiber's span: looking for one costs a few nanoseconds each time. Questions
   * always do. Default: where the system is made with a `Tracer` of its own.
   */
  readonly trace?: boolean
  /** Told of each restart. */
  readonly onRestart?: (restart: Restarted) => void
  /** Told of each supervisor that gives up on its children. */
  readonly onGiveUp?: (given: GivenUp) => void
}

/** A supervisor gives up: its children are being stopped, then its parent decides. */
export interface GivenUp {
  readonly supervisor: string
  readonly cause: RestartIntensityExceeded
  /** Succeeds once all its children have stopped. */
  readonly ended: Effect.Effect<void>
}

/** A restart that is under way. `delay` in milliseconds. */
export interface Restarted {
  readonly actor: string
  readonly cause: unknown
  readonly attempt: number
  readonly delay: number
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
  /** @internal */
  readonly timers: TimerQueue
  /** @internal */
  readonly dispatcher: Dispatcher
  readonly deadLetters: DeadLetters
  readonly registry: Registry
  /** What happens to actors, as it happens. */
  readonly events: ActorEvents
  /** @internal What effects run in. */
  readonly context: Context.Context<never>
  /** @internal */
  readonly arming: Arming
  /** @internal How many messages that carry a trace are being handled; one more where every `tell` looks for a span. */
  traced: number
  readonly #timings = new Map<string, HandlingTimes>()
  readonly #restarts = new BoundedRing<RestartRecord>(restartsKept)
  readonly #random: { nextDoubleUnsafe(): number }
  readonly #user: Children
  readonly #tops = new Map<string, AnyTop>()
  readonly #onRestart: (restart: Restarted) => void
  readonly #onGiveUp: (given: GivenUp) => void
  #isClosed = false

  constructor(context: Context.Context<never>, options: SystemOptions = {}) {
    this.name = options.name ?? "system"
    this.context = context
    this.traced = (options.trace ?? context.mapUnsafe.has(Tracer.Tracer.key)) ? 1 : 0
    this.#random = Context.get(context, Random.Random)
    this.timers = new TimerQueue(Context.get(context, Clock.Clock), context, (task) => this.dispatcher.defer(task))
    this.dispatcher = new Dispatcher(
      context,
      () => this.now(),
      ({ behaviour }, ms) => this.timing(behaviour).record(ms)
    )
    const onListenerFailure = (cause: unknown): void => this.listenerFailed(cause)
    this.arming = new Arming((task) => this.dispatcher.defer(task))
    this.deadLetters = new DeadLetters(
      (letter, to) => this.#deliver(letter, to),
      onListenerFailure,
      options.deadLetters
    )
    this.registry = new Registry(onListenerFailure)
    this.events = new ActorEvents(onListenerFailure)
    if (options.log === true) this.events.subscribe((event) => void this.fork(logged(event)))
    this.deadLetters.subscribe(({ actor, tag, reason, at }) => {
      if (this.events.isHeard) this.events.publish({ event: "dead_letter", actor, tag, reason, at })
    })
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

  /**
   * An actor of its own, restarted on its own account. Throws `NameTaken`; `ChildRefused` where an option is out of
   * range, `RangeError` where its mailbox would hold nothing.
   */
  spawn<P extends Protocol>(behaviour: Behaviour<P>, options?: SpawnOptions<NoInfer<P>>): ActorRef<P> {
    return this.#user.spawn(behaviour, options)
  }

  /**
   * The actor of that name, which is its path where it is a child, until it has fully stopped. A supervisor's child is
   * found as long as its spec is kept: its ref is that of its next start.
   */
  find(name: string): AnyRef | undefined {
    const spawned = actorAt((path) => this.#user.at(path), name)
    return (spawned ?? actorAt((path) => this.#tops.get(path)?.supervisor, name))?.ref
  }

  /** Stops an actor; succeeds once it has ended. */
  stop(ref: AnyRef): Effect.Effect<ExitReason> {
    return Effect.callback((resume) => {
      const { cell } = ref
      if (cell.exitReason !== undefined && cell.isStopped) return resume(Effect.succeed(cell.exitReason))
      cell.onEnd((reason) => resume(Effect.succeed(reason)))
      cell.leave(shutdown)
    })
  }

  /** Stops these actors, all at once; succeeds once the last has ended. */
  stopAll(refs: Iterable<AnyRef>): Effect.Effect<void> {
    return Effect.callback((resume) => {
      let left = 1
      const ended = (): void => {
        left -= 1
        if (left === 0) resume(Effect.void)
      }
      for (const { cell } of refs) {
        if (cell.isStopped) continue
        left += 1
        cell.onEnd(ended)
        cell.leave(shutdown)
      }
      ended()
    })
  }

  /** Starts a supervisor and its children, in order; fails with the first child that does not start. */
  supervise(spec: SupervisorSpec): Effect.Effect<TopSupervisor, StartFailed | NameTaken>
  supervise(spec: DynamicSpec): Effect.Effect<TopSupervisor<DynamicSupervisor>, StartFailed | NameTaken>
  supervise(
    spec: SupervisorSpec | DynamicSpec
  ): Effect.Effect<TopSupervisor | TopSupervisor<DynamicSupervisor>, StartFailed | NameTaken> {
    return Effect.suspend(
      (): Effect.Effect<TopSupervisor | TopSupervisor<DynamicSupervisor>, StartFailed | NameTaken> => {
        if (this.#isClosed) return Effect.fail(new StartFailed({ child: spec.name, cause: "the system is shut down" }))
        if (this.#tops.has(spec.name)) return Effect.fail(new NameTaken({ name: spec.name }))
        const top = Top.of(this, spec, () => this.#tops.delete(spec.name))
        this.#tops.set(spec.name, top)
        return top.begin
      }
    )
  }

  /** Everything that lives, and what has become of it: plain data. */
  inspect(): Inspection {
    const now = this.now()
    const { deadLetters, name } = this
    return {
      name,
      at: now,
      tree: inspectAll(this.#roots, now),
      handling: [...this.#timings].map(([behaviour, times]) => ({
        behaviour,
        ...times.summary,
        histogram: times.histogram
      })),
      restarts: [...this.#restarts],
      waitsFor: waitsForBelow(this.#roots, now),
      deadLetters: { total: deadLetters.count(), byReason: deadLetters.counts }
    }
  }

  /**
   * Stops spawned actors first, then the supervisors, the last started first. Nothing is started from here on. Succeeds
   * with who took too long, or ended otherwise than asked.
   */
  get shutdown(): Effect.Effect<ShutdownReport> {
    return Effect.gen({ self: this }, function* () {
      this.#isClosed = true
      const reports = [
        yield* Effect.callback<ShutdownReport>((resume) =>
          this.#user.stopAll((report) => resume(Effect.succeed(report)))
        )
      ]
      for (const top of [...this.#tops.values()].reverse()) reports.push(yield* top.face.stop)
      this.timers.close()
      return {
        overran: reports.flatMap(({ overran }) => overran),
        odd: reports.flatMap(({ odd }) => odd)
      }
    })
  }

  /** @internal */
  fork<A, E>(effect: Effect.Effect<A, E>): Fiber.Fiber<A, E> {
    return Effect.runForkWith(this.context)(effect)
  }

  /** @internal */
  gaveUp(given: GivenUp): void {
    const { supervisor, cause } = given
    if (this.events.isHeard) {
      this.events.publish({ event: "supervisor.gave_up", actor: supervisor, cause, at: this.now() })
    }
    this.#tell(this.#onGiveUp, given)
  }

  /** @internal */
  restarted(restart: Restarted): void {
    const at = this.now()
    this.#restarts.push({ ...restart, cause: inWords(restart.cause), at })
    if (this.events.isHeard) this.events.publish({ event: "actor.restarting", ...restart, at })
    this.#tell(this.#onRestart, restart)
  }

  get #roots(): ReadonlyArray<Supervised> {
    return [...[...this.#tops.values()].map(({ supervisor }) => supervisor), ...this.#user.all]
  }

  #deliver({ actor, tag, payload, history }: DeadLetter, to: AnyRef | undefined): boolean {
    const terms = new Terms(this.stamp())
    terms.history = history
    const cell = (to ?? this.find(actor))?.cell
    return cell?.mailbox.hasRoom === true && cell.offer(tag, payload, terms)
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

const inWords = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
