import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import { type Behaviour, initialState, retriesOf, type UntypedDefinition } from "../behaviour.ts"
import {
  ActorStopped,
  type ExitReason,
  failed,
  LinkedActorEnded,
  MailboxFull,
  normal,
  shutdown,
  Unhandled
} from "../errors.ts"
import { Envelope } from "../mailbox/envelope.ts"
import { type Mailbox, makeMailbox, type Spill } from "../mailbox/mailbox.ts"
import { capacityOf, defaultMailbox } from "../mailbox/mailbox-options.ts"
import type { Protocol } from "../protocol.ts"
import { CellRef } from "../ref.ts"
import type { SpawnOptions } from "../spawn-options.ts"
import { Children } from "../supervision/children.ts"
import type { Parent, Supervised } from "../supervision/supervised.ts"
import type { DeadLetterReason } from "../system/dead-letters.ts"
import type { ActorSystem } from "../system/system.ts"
import type { Asking } from "./asking.ts"
import { CellContext } from "./cell-context.ts"
import { CellParts } from "./cell-parts.ts"
import { CellTimers } from "./cell-timers.ts"
import { CellWatch } from "./cell-watch.ts"
import { Ending } from "./ending.ts"
import { CurrentHandling, deadlineOf, Handling } from "./handling.ts"
import { isSignal, noticeMail, noticeOf, tickMail, tickOf } from "./signals.ts"
import { Stash } from "./stash.ts"

const defaultShutdownTimeout = 5_000
const defaultStash = 1_024

/**
 * down: no instance; not started yet, or between two. starting: also while a failed instance is taken down first.
 * failed: the broken instance still stands. stopping: on the way to `down` (a halt) or to `stopped`.
 */
type Status = "down" | "starting" | "running" | "failed" | "stopping" | "stopped"

/** One actor: its mailbox, its state, its life. The engine behind a ref; nothing of it is public. */
export class Cell implements Supervised, Spill {
  readonly system: ActorSystem
  readonly behaviour: Behaviour<Protocol>
  readonly path: string
  readonly options: SpawnOptions
  readonly ref: CellRef = new CellRef(this)
  readonly mailbox: Mailbox
  readonly #parent: Parent
  #context: CellContext | undefined
  #handlers: UntypedDefinition["handlers"]
  #status: Status = "down"
  #state: unknown
  #incarnation = 0
  #queued = false
  /** The message being handled, as long as it is this actor's to answer. */
  #current: Envelope | undefined
  /** Set while an Effect handles it. */
  #handling: Handling | undefined
  #fiber: Fiber.Fiber<unknown, unknown> | undefined
  /** What went wrong last, in this instance or in its start. */
  #failure: { readonly cause: unknown } | undefined
  #ending: Ending | undefined
  #exitReason: ExitReason | undefined
  #parts: CellParts | undefined
  /** In the registry. Nearly all have one at most: a set for each would be most of what an idle actor holds. */
  #names: string | Set<string> | undefined

  constructor(
    system: ActorSystem,
    behaviour: Behaviour<Protocol>,
    path: string,
    parent: Parent,
    options: SpawnOptions
  ) {
    this.system = system
    this.behaviour = behaviour
    this.path = path
    this.#parent = parent
    this.options = options
    this.#handlers = behaviour.definition.handlers
    this.mailbox = makeMailbox(options.mailbox ?? defaultMailbox)
  }

  // What others see

  get isStopped(): boolean {
    return this.#status === "stopped"
  }

  get isAccepting(): boolean {
    return (this.#ending === undefined || this.#ending.halting) && this.#status !== "stopped"
  }

  /** Why it has ended, or is about to. */
  get exitReason(): ExitReason | undefined {
    return this.#exitReason ?? this.#ending?.reason
  }

  get status(): Status {
    return this.#status
  }

  get depth(): number {
    return this.mailbox.size
  }

  /** Questions it has begun to handle and owes a reply. */
  get openAsks(): number {
    return this.#parts?.owed?.size ?? 0
  }

  /** How many wait for its end. */
  get watchers(): number {
    return this.#parts?.watch?.watchers ?? 0
  }

  get stashed(): number {
    return this.#parts?.stash?.size ?? 0
  }

  get restarts(): number {
    return Math.max(0, this.#incarnation - 1)
  }

  /** The message that an Effect handles at the moment, while the mailbox waits. */
  get handling(): Handling | undefined {
    return this.#handling
  }

  /** The message being handled. */
  get current(): Envelope | undefined {
    return this.#current
  }

  /** Milliseconds that are left for the message being handled. */
  get remaining(): number {
    const deadline = this.#current && deadlineOf(this.#current)
    return deadline === undefined ? Number.POSITIVE_INFINITY : deadline - this.system.now()
  }

  get children(): Children {
    const parts = this.#needed()
    parts.children ??= new Children(this.system, this.path)
    return parts.children
  }

  get offspring(): Children | undefined {
    return this.#parts?.children
  }

  get timers(): CellTimers {
    const parts = this.#needed()
    parts.timers ??= new CellTimers(this.system.timers, (tick) => this.#force(tickMail(tick, this.system.stamp())))
    return parts.timers
  }

  get watch(): CellWatch {
    const parts = this.#needed()
    parts.watch ??= new CellWatch(this)
    return parts.watch
  }

  /** Takes the message, or says that it has no room or takes no more. */
  offer(envelope: Envelope): boolean {
    if (!this.isAccepting || !this.mailbox.offer(envelope, this)) return false
    this.#wake()
    return true
  }

  /** A message that was told in vain. */
  refuse(envelope: Envelope): void {
    this.#bury(envelope, "refused")
  }

  dropped(envelope: Envelope): void {
    const { tag, payload, asking } = envelope
    if (asking === undefined) return this.#bury(envelope, "dropped")
    asking.fail(new MailboxFull({ actor: this.path, capacity: capacityOf(this.mailbox.options), tag, payload }))
  }

  /** Told once when the actor has ended. */
  onEnd(listener: (reason: ExitReason) => void): void {
    this.#needed().onEnd(listener)
  }

  notify(target: Cell, reason: ExitReason, token: number): void {
    this.#force(noticeMail({ ref: target.ref, reason, token }, this.system.stamp()))
  }

  /** Whoever asked waits no longer: no need to go on with the handling of it. */
  gaveUp(asking: Asking): void {
    if (this.#handling?.envelope.asking === asking) this.#fiber?.interruptUnsafe()
  }

  /** It is in the registry under this name, until it has ended. */
  registered(name: string): void {
    if (this.#names === undefined) this.#names = name
    else this.#names = (typeof this.#names === "string" ? new Set([this.#names]) : this.#names).add(name)
  }

  // What its own behaviour asks of it

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

  /** Hands the question being handled on to another actor, as another message: that one answers it. */
  forward(target: Cell, tag: string, payload: unknown): void {
    const current = this.#current
    const asking = current?.asking
    if (asking?.isSettled === false) asking.target = target
    this.#current = asking === undefined ? current : undefined
    target.receive(new Envelope(tag, payload, asking, this.system.stamp(), current?.terms))
  }

  /** Takes a message, or waits for room with it; where it takes no more mail, the asker is told, or it is a dead letter. */
  receive(envelope: Envelope): void {
    if (this.offer(envelope)) return
    if (!this.isAccepting) return this.#bury(envelope, "refused")
    const { asking, tag, payload } = envelope
    if (!this.mustWait) {
      const capacity = capacityOf(this.mailbox.options)
      asking?.fail(new MailboxFull({ actor: this.path, capacity, tag, payload }))
      return
    }
    const withdraw = this.mailbox.wait(
      envelope,
      () => this.#wake(),
      () => this.#bury(envelope, "refused")
    )
    asking?.waits(withdraw)
  }

  /** Whether a sender waits where there is no room, rather than being turned away. */
  get mustWait(): boolean {
    const { options } = this.mailbox
    return options.kind !== "unbounded" && (options.overflow ?? "backpressure") === "backpressure"
  }

  /** Whether messages that find no room are dropped, rather than handed back. */
  get drops(): boolean {
    return this.mailbox.options.kind === "bounded" && this.mailbox.options.overflow === "dropNewest"
  }

  /** Puts the message being handled aside. Throws `StashFull`. */
  stash(): void {
    const current = this.#current
    if (current === undefined || isSignal(current)) return
    const parts = this.#needed()
    parts.stash ??= new Stash(this.path, this.options.stash ?? defaultStash)
    parts.stash.add(current)
    this.#current = undefined
  }

  /** What was put aside is handled next, in its order. */
  unstashAll(): void {
    const stashed = this.#parts?.stash?.takeAll()
    if (stashed !== undefined && stashed.length > 0) this.mailbox.putBack(stashed)
  }

  become(handlers: UntypedDefinition["handlers"] | undefined): void {
    this.#handlers = handlers ?? this.behaviour.definition.handlers
  }

  fork(effect: Effect.Effect<unknown, unknown>): void {
    // A context that outlived its actor must not open a scope which nothing closes.
    if (this.isStopped) return
    this.system.fork(Effect.forkIn(effect, this.#needed().scope))
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

  /** Goes on with the state it has: of what failed, the message alone is gone. */
  resume(): void {
    if (this.#status !== "failed") return
    this.#failure = undefined
    this.#status = "running"
    this.#wake()
  }

  // Turns

  turn(messages: number): boolean {
    for (let count = 0; count < messages; count += 1) {
      if (this.#status !== "running" || this.#fiber !== undefined) break
      if (this.#ending !== undefined) {
        this.#queued = false
        this.#beginStop()
        return false
      }
      const envelope = this.mailbox.take()
      if (envelope === undefined) break
      this.#handle(envelope)
    }
    const more = this.#hasWork()
    this.#queued = more
    return more
  }

  #hasWork(): boolean {
    return (
      this.#status === "running" && this.#fiber === undefined && (this.#ending !== undefined || this.mailbox.size > 0)
    )
  }

  #wake(): void {
    if (this.#queued || !this.#hasWork()) return
    this.#queued = true
    this.system.dispatcher.ready(this)
  }

  #force(envelope: Envelope): boolean {
    if (!this.isAccepting) return false
    this.mailbox.force(envelope)
    this.#wake()
    return true
  }

  #handle(envelope: Envelope): void {
    const handler = this.#handlers[envelope.tag]
    if (handler === undefined) return this.#handleOther(envelope)
    const { asking, terms } = envelope
    // Nobody waits for the answer any more, and whoever asked has been told so.
    if (asking !== undefined && asking.isSettled) return
    if (terms?.deadline !== undefined && terms.deadline <= this.system.now()) return this.#bury(envelope, "expired")
    if (this.#parts?.timers !== undefined) this.#parts.timers.touch()
    this.#current = envelope
    try {
      const outcome = handler(this.#state, envelope.payload, this.#contextInUse())
      if (Effect.isEffect(outcome)) return this.#await(envelope, outcome)
      this.#state = outcome
      this.#handled()
    } catch (cause) {
      this.#fail(cause)
    }
  }

  /** Ticks, notices, and what no handler is there for. */
  #handleOther(envelope: Envelope): void {
    const tick = tickOf(envelope)
    if (tick !== undefined) {
      if (!this.#parts?.timers?.isDue(tick)) return
      return this.#handle(new Envelope(tick.tag, tick.payload, undefined, envelope.sentAt))
    }
    const notice = noticeOf(envelope)
    const { definition } = this.behaviour
    if (notice === undefined) {
      const { otherwise } = definition
      if (otherwise === undefined) return this.#bury(envelope, "unhandled")
      if (envelope.asking?.isSettled) return
      return this.#run(envelope, () => otherwise(this.#state, envelope.tag, envelope.payload, this.#contextInUse()))
    }
    const { ref, reason } = notice
    const { terminated } = definition
    const watch = this.#parts?.watch?.due(notice)
    if (watch === undefined) return
    if (terminated !== undefined) {
      return this.#run(envelope, () => terminated(this.#state, { ref, reason }, this.#contextInUse()))
    }
    if (watch.linked) this.#fail(new LinkedActorEnded({ actor: ref.name, reason }))
  }

  #run(envelope: Envelope, handler: () => unknown): void {
    this.#current = envelope
    try {
      const outcome = handler()
      if (Effect.isEffect(outcome)) return this.#await(envelope, outcome)
      this.#state = outcome
      this.#handled()
    } catch (cause) {
      this.#fail(cause)
    }
  }

  /** The message was handled, unless it was put aside or handed on. A question without a reply yet is owed one. */
  #handled(): void {
    const current = this.#current
    this.#current = undefined
    const asking = current?.asking
    if (asking === undefined || asking.isSettled) return
    if (asking.acknowledges) asking.reply(undefined)
    else this.#owe(asking)
  }

  #await(envelope: Envelope, outcome: unknown): void {
    const { system } = this
    const handling = new Handling(this, envelope, system.now())
    const trace = envelope.terms?.trace
    this.#handling = handling
    if (trace !== undefined) system.traced += 1
    this.#fork(outcome, handling, (exit) => {
      handling.end()
      this.#handling = undefined
      if (trace !== undefined) system.traced -= 1
      system.timing(this.behaviour).record(system.now() - handling.since)
      if (Exit.isSuccess(exit)) {
        this.#state = exit.value
        this.#handled()
        return this.#wake()
      }
      const isInterrupted = Cause.hasInterruptsOnly(exit.cause)
      if (this.#ending !== undefined && isInterrupted) {
        this.#abandon(this.#ending.reason)
        return this.#beginStop()
      }
      const { asking } = envelope
      if (isInterrupted && asking?.isSettled && !asking.isAnswered) {
        this.#current = undefined
        return this.#wake()
      }
      this.#fail(Cause.squash(exit.cause))
    })
  }

  #fork(outcome: unknown, handling: Handling | undefined, onExit: (exit: Exit.Exit<unknown, unknown>) => void): void {
    const scoped = Context.add(this.system.context, Scope.Scope, this.#needed().scope)
    const handled = handling === undefined ? scoped : Context.add(scoped, CurrentHandling, handling)
    const trace = handling?.envelope.terms?.trace
    const context = trace === undefined ? handled : Context.add(handled, Tracer.ParentSpan, trace)
    const fiber = Effect.runForkWith(context)(isHandlerEffect(outcome) ? outcome : Effect.succeed(outcome))
    this.#fiber = fiber
    fiber.addObserver((exit) => {
      this.#fiber = undefined
      onExit(exit)
    })
  }

  // Asks

  #owe(asking: Asking): void {
    const parts = this.#needed()
    parts.owed ??= new Set()
    asking.owedIn(parts.owed)
  }

  #answer(envelope: Envelope | undefined, reply: unknown): void {
    const asking = envelope?.asking
    if (asking?.reply(reply)) return
    const late = asking !== undefined && !asking.isAnswered
    const letter = new Envelope(envelope?.tag ?? "reply", reply, undefined, this.system.stamp())
    this.#bury(letter, late ? "late-reply" : "unexpected-reply")
  }

  #failOwed(reason: ExitReason): void {
    const owed = this.#parts?.owed
    if (owed === undefined) return
    for (const asking of [...owed]) this.#failAsk(asking, reason)
  }

  #failAsk(asking: Asking, reason: ExitReason): void {
    asking.fail(new ActorStopped({ actor: this.path, reason }))
  }

  #bury({ tag, payload, asking, terms }: Envelope, reason: DeadLetterReason): void {
    const actor = this.path
    if (asking !== undefined) {
      if (reason === "unhandled") asking.fail(new Unhandled({ actor, tag }))
      else this.#failAsk(asking, this.exitReason ?? shutdown)
      return
    }
    const history = terms?.history ?? []
    this.system.deadLetters.add({ actor, tag, payload, reason, at: this.system.now(), history })
  }

  /** The message being handled ends here: its asker is told, or it is a dead letter. */
  #abandon(reason: ExitReason): void {
    const current = this.#current
    this.#current = undefined
    if (current?.asking !== undefined) this.#failAsk(current.asking, reason)
    else if (current !== undefined && !isSignal(current)) this.#bury(current, "failed")
    this.#failOwed(reason)
  }

  // Life

  #begin(): void {
    if (this.#ending !== undefined) return this.#leave()
    this.#incarnation += 1
    this.#failure = undefined
    this.#parts?.children?.open()
    try {
      const state = initialState(this.behaviour.definition, () => this.#contextInUse())
      if (!Effect.isEffect(state)) return this.#started(state)
      this.#fork(state, undefined, (exit) => {
        if (this.#ending !== undefined) this.#leave()
        else if (Exit.isSuccess(exit)) this.#started(exit.value)
        else this.#startFailed(Cause.squash(exit.cause))
      })
    } catch (cause) {
      this.#startFailed(cause)
    }
  }

  #started(state: unknown): void {
    this.#state = state
    const { started, afterRestart } = this.behaviour.definition
    try {
      if (started !== undefined) started(state, this.#contextInUse())
      if (this.#incarnation > 1 && afterRestart !== undefined) afterRestart(state, this.#contextInUse())
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
      if (this.#ending !== undefined) return this.#left()
      this.#status = "down"
      this.#parent.startFailed(this, cause)
    })
  }

  #fail(cause: unknown): void {
    this.#failure = { cause }
    this.#status = "failed"
    this.#retry(cause)
    this.#abandon(failed(cause))
    if (this.#ending !== undefined) this.#beginStop()
    else this.#parent.failed(this, cause)
  }

  /** A message whose protocol asks for it is handled again by the next instance, before all other mail (M3). */
  #retry(cause: unknown): void {
    const current = this.#current
    if (current === undefined || isSignal(current) || current.asking?.isSettled) return
    const again = current.failedAgain({ cause, at: this.system.now() })
    this.#current = again
    if ((again.terms?.history?.length ?? 0) > retriesOf(this.behaviour, again.tag)) return
    this.#current = undefined
    this.mailbox.putBack([again])
  }

  /** A new instance for the broken one. */
  #replace(): void {
    try {
      this.behaviour.definition.beforeRestart?.(this.#state, this.#contextInUse(), this.#failure?.cause)
    } catch {
      // The instance is broken already; what it cannot do on its way out changes nothing.
    }
    this.#tearDown(() => this.#begin())
  }

  #requestStop(reason: ExitReason, halting: boolean): void {
    if (this.#status === "stopped") return
    if (this.#ending !== undefined) {
      // It is on its way out already; an end for good outweighs one that a start would follow.
      if (this.#ending.halting && !halting) this.#closeFor(this.#ending, reason)
      return
    }
    const ending = new Ending(reason, halting)
    this.#ending = ending
    if (!halting) this.#closeFor(ending, reason)
    const timeout = this.options.shutdownTimeout ?? defaultShutdownTimeout
    ending.cancelTimer = this.system.timers.after(timeout, () => {
      ending.overran = true
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
  #closeFor(ending: Ending, reason: ExitReason): void {
    ending.forGood(reason, this.#failure)
    this.mailbox.refuseWaiting()
  }

  #beginStop(): void {
    const failedBefore = this.#status === "failed"
    this.#status = "stopping"
    const { stopping } = this.behaviour.definition
    if (stopping === undefined || failedBefore) return this.#leave()
    try {
      const outcome = stopping(this.#state, this.#contextInUse(), this.#ending?.reason ?? shutdown)
      if (!Effect.isEffect(outcome)) return this.#leave()
      this.#fork(outcome, undefined, (exit) => {
        if (Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause)) {
          this.#failure = { cause: Cause.squash(exit.cause) }
        }
        this.#leave()
      })
      // Its time had passed before it came to this.
      if (this.#ending?.overran) this.#fiber?.interruptUnsafe()
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
    this.#handlers = this.behaviour.definition.handlers
    const parts = this.#parts
    if (parts === undefined) return done()
    parts.timers?.clear()
    this.unstashAll()
    this.#failOwed(this.#ending?.reason ?? (this.#failure === undefined ? shutdown : failed(this.#failure.cause)))
    const closeScope = (): void => {
      const scope = parts.takeScope()
      if (scope === undefined) return done()
      this.system.fork(Scope.close(scope, Exit.void)).addObserver(done)
    }
    if (parts.children === undefined) return closeScope()
    parts.children.stopAll(closeScope)
  }

  /** The instance is gone, because it was asked to go. */
  #left(): void {
    const ending = this.#ending ?? new Ending(shutdown, false)
    ending.cancelTimer?.()
    this.#state = undefined
    if (!ending.halting) return this.#end(ending)
    this.#ending = undefined
    this.#status = "down"
    this.#parent.suspended(this, ending.overran)
  }

  #end({ reason: asked, overran }: Ending): void {
    const reason = asked._tag !== "Failed" && this.#failure !== undefined ? failed(this.#failure.cause) : asked
    this.#exitReason = reason
    this.#ending = undefined
    this.#failure = undefined
    this.#status = "stopped"
    for (let envelope = this.mailbox.take(); envelope !== undefined; envelope = this.mailbox.take()) {
      if (!isSignal(envelope)) this.#bury(envelope, "stopped")
    }
    const parts = this.#parts
    parts?.watch?.end(reason)
    if (this.#names !== undefined) {
      this.system.registry.release(typeof this.#names === "string" ? [this.#names] : this.#names, this.ref)
      this.#names = undefined
    }
    this.#parent.stopped(this, reason, overran)
    parts?.tellEnd(reason)
  }

  #needed(): CellParts {
    this.#parts ??= new CellParts()
    return this.#parts
  }

  #contextInUse(): CellContext {
    this.#context ??= new CellContext(this)
    return this.#context
  }
}

const isHandlerEffect = (value: unknown): value is Effect.Effect<unknown, unknown, Scope.Scope> =>
  Effect.isEffect(value)
