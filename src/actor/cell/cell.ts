import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { type Behaviour, initialState, type UntypedDefinition } from "../behaviour.ts"
import { ActorStopped, type ExitReason, failed, normal, shutdown } from "../errors.ts"
import { defaultMailbox, type Envelope, Mailbox, type MailboxOptions } from "../mailbox/mailbox.ts"
import type { Protocol } from "../protocol.ts"
import { CellRef } from "../ref.ts"
import type { SpawnOptions } from "../spawn-options.ts"
import { Children } from "../supervision/children.ts"
import type { Parent, Supervised } from "../supervision/supervised.ts"
import type { DeadLetterReason } from "../system/dead-letters.ts"
import type { ActorSystem } from "../system/system.ts"
import type { Asking } from "./asking.ts"
import { CellContext } from "./cell-context.ts"
import { CellTimers } from "./cell-timers.ts"
import { CellWatch } from "./cell-watch.ts"
import { isNotice, isNoticeMail, isSignal, isTick, noticeOf, tickOf } from "./signals.ts"

const defaultShutdownTimeout = 5_000

/**
 * down: no instance; not started yet, or between two. starting: also while a failed instance is taken down first.
 * failed: the broken instance still stands. stopping: on the way to `down` (a halt) or to `stopped`.
 */
type Status = "down" | "starting" | "running" | "failed" | "stopping" | "stopped"

/** One actor: its mailbox, its state, its life. The engine behind a ref; nothing of it is public. */
export class Cell implements Supervised {
  readonly system: ActorSystem
  readonly path: string
  readonly options: SpawnOptions
  readonly ref: CellRef = new CellRef(this)
  readonly #definition: UntypedDefinition
  readonly #parent: Parent
  readonly #mailbox: Mailbox
  #context: CellContext | undefined
  #status: Status = "down"
  #state: unknown
  #incarnation = 0
  #queued = false
  #fiber: Fiber.Fiber<unknown, unknown> | undefined
  #current: Envelope | undefined
  /** What went wrong last, in this instance or in its start. */
  #failure: { readonly cause: unknown } | undefined
  /** Why it is to stop, from the request on. */
  #stopReason: ExitReason | undefined
  /** It is to stop only in order to start anew: mail is taken and kept. */
  #halting = false
  #exitReason: ExitReason | undefined
  #overran = false
  #cancelShutdownTimer: (() => void) | undefined
  #outstanding: Set<Asking> | undefined
  #scope: Scope.Closeable | undefined
  #children: Children | undefined
  #timers: CellTimers | undefined
  #watch: CellWatch | undefined
  #endListeners: Array<(reason: ExitReason) => void> | undefined

  constructor(
    system: ActorSystem,
    behaviour: Behaviour<Protocol>,
    path: string,
    parent: Parent,
    options: SpawnOptions
  ) {
    this.system = system
    this.path = path
    this.#definition = behaviour.definition
    this.#parent = parent
    this.options = options
    this.#mailbox = new Mailbox(this.mailboxOptions)
  }

  get mailboxOptions(): MailboxOptions {
    return this.options.mailbox ?? defaultMailbox
  }

  // What others see

  get isStopped(): boolean {
    return this.#status === "stopped"
  }

  get isAccepting(): boolean {
    return (this.#stopReason === undefined || this.#halting) && this.#status !== "stopped"
  }

  /** Why it has ended, or is about to. */
  get exitReason(): ExitReason | undefined {
    return this.#exitReason ?? this.#stopReason
  }

  get status(): Status {
    return this.#status
  }

  get depth(): number {
    return this.#mailbox.size
  }

  /** Questions it has begun to handle and owes a reply. */
  get openAsks(): number {
    return this.#outstanding?.size ?? 0
  }

  /** How many wait for its end. */
  get watchers(): number {
    return this.#watch?.watchers ?? 0
  }

  get restarts(): number {
    return Math.max(0, this.#incarnation - 1)
  }

  get children(): Children {
    this.#children ??= new Children(this.system, this.path)
    return this.#children
  }

  get offspring(): Children | undefined {
    return this.#children
  }

  get timers(): CellTimers {
    this.#timers ??= new CellTimers(this.system.timers, (tick) => this.#force(tickOf(tick)))
    return this.#timers
  }

  /** Takes the message, or says that it has no room or takes no more. */
  offer(envelope: Envelope): boolean {
    if (!this.isAccepting || !this.#mailbox.offer(envelope)) return false
    this.#wake()
    return true
  }

  /** A message that was told in vain. */
  refuse(envelope: Envelope): void {
    this.#bury(envelope, "refused")
  }

  waitForRoom(envelope: Envelope, taken: () => void, refused: () => void): () => void {
    return this.#mailbox.wait(envelope, taken, refused)
  }

  /** Told once when the actor has ended. */
  onEnd(listener: (reason: ExitReason) => void): void {
    this.#endListeners ??= []
    this.#endListeners.push(listener)
  }

  notify(target: Cell, reason: ExitReason, token: number): void {
    this.#force(noticeOf({ ref: target.ref, reason, token }))
  }

  // What its own behaviour asks of it

  get watch(): CellWatch {
    this.#watch ??= new CellWatch(this)
    return this.#watch
  }

  stopItself(): void {
    this.#requestStop(normal, this.#parent.keeps(this))
  }

  reply(reply: unknown): void {
    this.#answer(this.#current, reply)
  }

  replier(): (reply: unknown) => void {
    const envelope = this.#current
    return (reply) => this.#answer(envelope, reply)
  }

  fork(effect: Effect.Effect<unknown, unknown>): void {
    // A context that outlived its actor must not open a scope which nothing closes.
    if (this.isStopped) return
    this.system.fork(Effect.forkIn(effect, this.#openScope()))
  }

  // What its supervisor asks of it

  start(): void {
    const broken = this.#status === "failed"
    this.#status = "starting"
    this.#exitReason = undefined
    if (broken) return this.#replace()
    // Its parent may call from within the start that failed before: a series of them must not pile up on one stack.
    if (this.#incarnation === 0) this.#begin()
    else this.system.dispatcher.defer(() => this.#begin())
  }

  halt(): void {
    this.#requestStop(shutdown, true)
  }

  stop(reason: ExitReason): void {
    this.#requestStop(reason, false)
  }

  // Turns

  turn(messages: number): boolean {
    for (let count = 0; count < messages; count += 1) {
      if (this.#status !== "running" || this.#fiber !== undefined) break
      if (this.#stopReason !== undefined) {
        this.#queued = false
        this.#beginStop()
        return false
      }
      const envelope = this.#mailbox.take()
      if (envelope === undefined) break
      this.#handle(envelope)
    }
    const more = this.#hasWork()
    this.#queued = more
    return more
  }

  #hasWork(): boolean {
    return (
      this.#status === "running" &&
      this.#fiber === undefined &&
      (this.#stopReason !== undefined || this.#mailbox.size > 0)
    )
  }

  #wake(): void {
    if (this.#queued || !this.#hasWork()) return
    this.#queued = true
    this.system.dispatcher.ready(this)
  }

  #force(envelope: Envelope): boolean {
    if (!this.isAccepting) return false
    this.#mailbox.force(envelope)
    this.#wake()
    return true
  }

  #handle(envelope: Envelope): void {
    if (isSignal(envelope)) return this.#handleSignal(envelope)
    const handler = this.#definition.handlers[envelope.tag]
    if (handler === undefined) return this.#bury(envelope, "unhandled")
    // Nobody waits for the answer any more, and whoever asked has been told so.
    if (envelope.asking?.isSettled) return
    if (envelope.asking !== undefined) this.#track(envelope.asking)
    this.#run(envelope, () => handler(this.#state, envelope.payload, this.#context))
  }

  #handleSignal(envelope: Envelope): void {
    if (isTick(envelope.payload)) {
      if (!this.#timers?.isDue(envelope.payload)) return
      const { tag, payload } = envelope.payload
      return this.#handle({ tag, payload, asking: undefined })
    }
    if (!isNotice(envelope.payload)) return
    const { ref, reason } = envelope.payload
    const { terminated } = this.#definition
    if (!this.#watch?.isDue(envelope.payload) || terminated === undefined) return
    this.#run(envelope, () => terminated(this.#state, { ref, reason }, this.#context))
  }

  #run(envelope: Envelope, handler: () => unknown): void {
    this.#current = envelope
    try {
      const outcome = handler()
      if (!Effect.isEffect(outcome)) {
        this.#state = outcome
        this.#current = undefined
        return
      }
      this.#fork(outcome, (exit) => {
        if (Exit.isSuccess(exit)) {
          this.#state = exit.value
          this.#current = undefined
          this.#wake()
        } else if (this.#stopReason !== undefined && Cause.hasInterruptsOnly(exit.cause)) {
          this.#abandon(this.#stopReason)
          this.#beginStop()
        } else {
          this.#fail(Cause.squash(exit.cause))
        }
      })
    } catch (cause) {
      this.#fail(cause)
    }
  }

  #fork(effect: unknown, onExit: (exit: Exit.Exit<unknown, unknown>) => void): void {
    const fiber = this.system.fork(scoped(effect, this.#openScope()))
    this.#fiber = fiber
    fiber.addObserver((exit) => {
      this.#fiber = undefined
      onExit(exit)
    })
  }

  #openScope(): Scope.Closeable {
    this.#scope ??= Scope.makeUnsafe()
    return this.#scope
  }

  // Asks

  #track(asking: Asking): void {
    this.#outstanding ??= new Set()
    asking.heldIn(this.#outstanding)
  }

  #answer(envelope: Envelope | undefined, reply: unknown): void {
    const asking = envelope?.asking
    const tag = envelope?.tag ?? "reply"
    if (asking?.settle({ ok: true, reply })) return
    const late = asking !== undefined && !asking.isAnswered
    this.#bury({ tag, payload: reply, asking: undefined }, late ? "late-reply" : "unexpected-reply")
  }

  #failAsks(reason: ExitReason): void {
    const asks = this.#outstanding
    this.#outstanding = undefined
    for (const asking of asks ?? []) this.#failAsk(asking, reason)
  }

  #failAsk(asking: Asking, reason: ExitReason): void {
    asking.settle({ ok: false, error: new ActorStopped({ actor: this.path, reason }) })
  }

  #bury({ tag, payload, asking }: Envelope, reason: DeadLetterReason): void {
    if (asking !== undefined) return this.#failAsk(asking, this.exitReason ?? shutdown)
    this.system.deadLetters.add({ actor: this.path, tag, payload, reason, at: this.system.now() })
  }

  /** The message being handled ends here: its asker is told, or it is a dead letter. */
  #abandon(reason: ExitReason): void {
    const current = this.#current
    this.#current = undefined
    if (current !== undefined && current.asking === undefined && !isNoticeMail(current)) this.#bury(current, "failed")
    this.#failAsks(reason)
  }

  // Life

  #begin(): void {
    if (this.#stopReason !== undefined) return this.#leave()
    this.#incarnation += 1
    this.#failure = undefined
    this.#children?.open()
    this.#context ??= new CellContext(this)
    try {
      const state = initialState(this.#definition, this.#context)
      if (!Effect.isEffect(state)) return this.#started(state)
      this.#fork(state, (exit) => {
        if (this.#stopReason !== undefined) this.#leave()
        else if (Exit.isSuccess(exit)) this.#started(exit.value)
        else this.#startFailed(Cause.squash(exit.cause))
      })
    } catch (cause) {
      this.#startFailed(cause)
    }
  }

  #started(state: unknown): void {
    this.#state = state
    try {
      this.#definition.started?.(state, this.#context)
      if (this.#incarnation > 1) this.#definition.afterRestart?.(state, this.#context)
    } catch (cause) {
      return this.#startFailed(cause)
    }
    this.#status = "running"
    this.#parent.started(this)
    this.#wake()
  }

  #startFailed(cause: unknown): void {
    this.#failure = { cause }
    this.#tearDown(() => {
      if (this.#stopReason !== undefined) return this.#left()
      this.#status = "down"
      this.#parent.startFailed(this, cause)
    })
  }

  #fail(cause: unknown): void {
    this.#failure = { cause }
    this.#abandon(failed(cause))
    this.#status = "failed"
    if (this.#stopReason !== undefined) this.#beginStop()
    else this.#parent.failed(this, cause)
  }

  /** A new instance for the broken one. */
  #replace(): void {
    try {
      this.#definition.beforeRestart?.(this.#state, this.#context, this.#failure?.cause)
    } catch {
      // The instance is broken already; what it cannot do on its way out changes nothing.
    }
    this.#tearDown(() => this.#begin())
  }

  #requestStop(reason: ExitReason, halting: boolean): void {
    if (this.#status === "stopped") return
    if (this.#stopReason !== undefined) {
      // It is on its way out already; an end for good outweighs one that a start would follow.
      if (this.#halting && !halting) this.#closeFor(reason)
      return
    }
    this.#halting = halting
    if (halting) this.#stopReason = reason
    else this.#closeFor(reason)
    const timeout = this.options.shutdownTimeout ?? defaultShutdownTimeout
    this.#cancelShutdownTimer = this.system.timers.after(timeout, () => {
      this.#overran = true
      this.#fiber?.interruptUnsafe()
    })
    switch (this.#status) {
      case "running":
        return this.#wake()
      case "starting":
        return this.#fiber?.interruptUnsafe()
      case "failed":
      case "down":
        this.#status = "stopping"
        return this.system.dispatcher.defer(() => this.#leave())
    }
  }

  /** No more mail from here on, not even from those who wait for room. */
  #closeFor(reason: ExitReason): void {
    this.#halting = false
    const cause = reason._tag === "Failed" ? undefined : this.#failure
    this.#stopReason = cause === undefined ? reason : failed(cause.cause)
    this.#mailbox.refuseWaiters()
  }

  #beginStop(): void {
    const failedBefore = this.#status === "failed"
    this.#status = "stopping"
    const { stopping } = this.#definition
    if (stopping === undefined || failedBefore) return this.#leave()
    try {
      const outcome = stopping(this.#state, this.#context, this.#stopReason ?? shutdown)
      if (!Effect.isEffect(outcome)) return this.#leave()
      this.#fork(outcome, (exit) => {
        if (Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause)) {
          this.#failure = { cause: Cause.squash(exit.cause) }
        }
        this.#leave()
      })
      // Its time had passed before it came to this.
      if (this.#overran) this.#fiber?.interruptUnsafe()
    } catch (cause) {
      this.#failure = { cause }
      this.#leave()
    }
  }

  #leave(): void {
    this.#status = "stopping"
    this.#tearDown(() => this.#left())
  }

  /** Timers, then children, then the scope: nothing of this incarnation is left when `done` is called. */
  #tearDown(done: () => void): void {
    this.#timers?.clear()
    this.#failAsks(this.#stopReason ?? (this.#failure === undefined ? shutdown : failed(this.#failure.cause)))
    const closeScope = (): void => {
      const scope = this.#scope
      if (scope === undefined) return done()
      this.#scope = undefined
      this.system.fork(Scope.close(scope, Exit.void)).addObserver(done)
    }
    if (this.#children === undefined) return closeScope()
    this.#children.stopAll(closeScope)
  }

  /** The instance is gone, because it was asked to go. */
  #left(): void {
    this.#cancelShutdownTimer?.()
    this.#cancelShutdownTimer = undefined
    this.#state = undefined
    const overran = this.#overran
    this.#overran = false
    if (!this.#halting) return this.#end(overran)
    this.#halting = false
    this.#stopReason = undefined
    this.#status = "down"
    this.#parent.suspended(this, overran)
  }

  #end(overran: boolean): void {
    const asked = this.#stopReason ?? shutdown
    const reason = asked._tag !== "Failed" && this.#failure !== undefined ? failed(this.#failure.cause) : asked
    this.#exitReason = reason
    this.#stopReason = undefined
    this.#failure = undefined
    this.#status = "stopped"
    for (let envelope = this.#mailbox.take(); envelope !== undefined; envelope = this.#mailbox.take()) {
      if (!isSignal(envelope)) this.#bury(envelope, "stopped")
    }
    this.#watch?.end(reason)
    this.#parent.stopped(this, reason, overran)
    for (const listener of this.#endListeners?.splice(0) ?? []) listener(reason)
  }
}

const scoped = (effect: unknown, scope: Scope.Scope): Effect.Effect<unknown, unknown> =>
  isScopedEffect(effect) ? Effect.provideService(effect, Scope.Scope, scope) : Effect.succeed(effect)

const isScopedEffect = (value: unknown): value is Effect.Effect<unknown, unknown, Scope.Scope> => Effect.isEffect(value)
