import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import type { Asking } from "./asking.ts"
import { type Behaviour, initialState, type Terminated, type UntypedDefinition } from "./behaviour.ts"
import { CellContext } from "./cell-context.ts"
import { CellTimers, type Tick } from "./cell-timers.ts"
import { Children } from "./children.ts"
import type { DeadLetterReason } from "./dead-letters.ts"
import { ActorStopped, type ExitReason, failed, normal, shutdown } from "./errors.ts"
import { defaultMailbox, type Envelope, Mailbox, type MailboxOptions } from "./mailbox.ts"
import type { Protocol } from "./protocol.ts"
import { CellRef } from "./ref.ts"
import type { Parent, Supervised } from "./supervised.ts"
import type { Backoff, RestartType } from "./supervision.ts"
import type { ActorSystem } from "./system.ts"

/** How an actor is spawned. Times in milliseconds. */
export interface SpawnOptions {
  /** Unique among its siblings; generated where absent. */
  readonly name?: string
  readonly mailbox?: MailboxOptions
  /** Default transient: restarted after a failure, not after it stopped by itself. */
  readonly restart?: RestartType
  /** Default 3 in 5,000 ms. */
  readonly maxRestarts?: number
  readonly window?: number
  readonly backoff?: Backoff
  /** How long it may take to stop before its work is interrupted. Default 5,000. */
  readonly shutdownTimeout?: number
}

const noticeTag = "~terminated"
const tickTag = "~tick"

interface Notice extends Terminated {
  readonly token: number
}

type Status = "down" | "starting" | "running" | "failed" | "stopping" | "stopped"

/** One actor: its mailbox, its state, its life. The engine behind a ref; nothing of it is public. */
export class Cell implements Supervised {
  readonly system: ActorSystem
  readonly path: string
  readonly mailboxOptions: MailboxOptions
  readonly ref: CellRef = new CellRef(this)
  readonly #definition: UntypedDefinition
  readonly #parent: Parent
  readonly #mailbox: Mailbox
  readonly #shutdownTimeout: number
  #context: CellContext | undefined
  #status: Status = "down"
  #state: unknown
  #incarnation = 0
  #queued = false
  #fiber: Fiber.Fiber<unknown, unknown> | undefined
  #current: Envelope | undefined
  #cause: unknown
  #stopReason: ExitReason | undefined
  #exitReason: ExitReason | undefined
  #overran = false
  #cancelShutdownTimer: (() => void) | undefined
  #outstanding: Set<Asking> | undefined
  #scope: Scope.Closeable | undefined
  #children: Children | undefined
  #timers: CellTimers | undefined
  #watchers: Map<Cell, number> | undefined
  #watching: Map<Cell, number> | undefined
  #watchToken = 0
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
    this.mailboxOptions = options.mailbox ?? defaultMailbox
    this.#mailbox = new Mailbox(this.mailboxOptions)
    this.#shutdownTimeout = options.shutdownTimeout ?? 5_000
  }

  // What others see

  get isStopped(): boolean {
    return this.#status === "stopped"
  }

  get isAccepting(): boolean {
    return this.#stopReason === undefined && this.#status !== "stopped"
  }

  get exitReason(): ExitReason | undefined {
    return this.#exitReason
  }

  get status(): Status {
    return this.#status
  }

  get depth(): number {
    return this.#mailbox.size
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
    this.#timers ??= new CellTimers(this.system.timers, (tick) =>
      this.#force({ tag: tickTag, payload: tick, asking: undefined })
    )
    return this.#timers
  }

  /** Takes the message, or says that it has no room or has ended. */
  offer(envelope: Envelope): boolean {
    if (!this.isAccepting) {
      this.#bury(envelope, "stopped")
      return false
    }
    if (!this.#mailbox.offer(envelope)) return false
    this.#wake()
    return true
  }

  waitForRoom(envelope: Envelope, taken: () => void, refused: () => void): () => void {
    return this.#mailbox.wait(envelope, taken, refused)
  }

  addWatcher(watcher: Cell, token: number): void {
    if (this.isStopped) return watcher.notify(this, this.#exitReason ?? shutdown, token)
    this.#watchers ??= new Map()
    this.#watchers.set(watcher, token)
  }

  /** Told once when the actor has ended. */
  onEnd(listener: (reason: ExitReason) => void): void {
    this.#endListeners ??= []
    this.#endListeners.push(listener)
  }

  removeWatcher(watcher: Cell): void {
    this.#watchers?.delete(watcher)
  }

  notify(target: Cell, reason: ExitReason, token: number): void {
    const notice: Notice = { ref: target.ref, reason, token }
    this.#force({ tag: noticeTag, payload: notice, asking: undefined })
  }

  // What its own behaviour asks of it

  watch(target: Cell): void {
    this.#watching ??= new Map()
    if (this.#watching.has(target)) return
    this.#watchToken += 1
    this.#watching.set(target, this.#watchToken)
    target.addWatcher(this, this.#watchToken)
  }

  unwatch(target: Cell): void {
    this.#watching?.delete(target)
    target.removeWatcher(this)
  }

  stopItself(): void {
    this.#requestStop(normal)
  }

  reply(reply: unknown): void {
    this.#answer(this.#current, reply)
  }

  replier(): (reply: unknown) => void {
    const envelope = this.#current
    if (envelope?.asking !== undefined) this.#track(envelope.asking)
    return (reply) => this.#answer(envelope, reply)
  }

  fork(effect: Effect.Effect<unknown, unknown>): void {
    this.system.fork(Effect.forkIn(effect, this.#openScope()))
  }

  // What its supervisor asks of it

  start(): void {
    if (this.#status === "failed") return this.#restart()
    this.#exitReason = undefined
    this.#stopReason = undefined
    this.#begin()
  }

  stop(reason: ExitReason): void {
    this.#requestStop(reason)
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

  #force(envelope: Envelope): void {
    if (!this.isAccepting) return
    this.#mailbox.force(envelope)
    this.#wake()
  }

  #handle(envelope: Envelope): void {
    if (envelope.tag === tickTag || envelope.tag === noticeTag) return this.#handleSignal(envelope)
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
    const { ref, reason, token } = envelope.payload
    if (this.#watching?.get(ref.cell) !== token) return
    this.#watching.delete(ref.cell)
    const { terminated } = this.#definition
    if (terminated === undefined) return
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
    this.#outstanding.add(asking)
  }

  #answer(envelope: Envelope | undefined, reply: unknown): void {
    const asking = envelope?.asking
    const tag = envelope?.tag ?? "reply"
    if (asking === undefined) return this.#bury({ tag, payload: reply, asking: undefined }, "unexpected-reply")
    this.#outstanding?.delete(asking)
    if (!asking.settle({ ok: true, reply })) this.#bury({ tag, payload: reply, asking: undefined }, "late-reply")
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
    if (asking !== undefined) return this.#failAsk(asking, this.#exitReason ?? this.#stopReason ?? shutdown)
    this.system.deadLetters.add({ actor: this.path, tag, payload, reason, at: this.system.now() })
  }

  /** The message being handled ends here: its asker is told, or it is a dead letter. */
  #abandon(reason: ExitReason): void {
    const current = this.#current
    this.#current = undefined
    if (current !== undefined && current.asking === undefined && current.tag !== noticeTag)
      this.#bury(current, "failed")
    this.#failAsks(reason)
  }

  // Life

  #begin(): void {
    this.#status = "starting"
    this.#incarnation += 1
    this.#context ??= new CellContext(this)
    try {
      const state = initialState(this.#definition, this.#context)
      if (!Effect.isEffect(state)) return this.#started(state)
      this.#fork(state, (exit) => {
        if (this.#stopReason !== undefined) return this.#tearDown(() => this.#end())
        if (Exit.isSuccess(exit)) this.#started(exit.value)
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
    this.#tearDown(() => {
      this.#status = "down"
      this.#exitReason = failed(cause)
      this.#parent.startFailed(this, cause)
    })
  }

  #fail(cause: unknown): void {
    this.#status = "failed"
    this.#cause = cause
    this.#abandon(failed(cause))
    if (this.#stopReason !== undefined) return this.#beginStop()
    this.#parent.failed(this, cause)
  }

  #restart(): void {
    try {
      this.#definition.beforeRestart?.(this.#state, this.#context, this.#cause)
    } catch {
      // The instance is broken already; what it cannot do on its way out changes nothing.
    }
    this.#tearDown(() => {
      if (this.#stopReason !== undefined) this.#end()
      else this.#begin()
    })
  }

  #requestStop(reason: ExitReason): void {
    if (this.#stopReason !== undefined || this.#status === "stopped") return
    this.#stopReason = reason
    this.#cancelShutdownTimer = this.system.timers.after(this.#shutdownTimeout, () => {
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
        return this.system.dispatcher.defer(() => this.#tearDown(() => this.#end()))
    }
  }

  #beginStop(): void {
    const failedBefore = this.#status === "failed"
    this.#status = "stopping"
    const finish = (): void => this.#tearDown(() => this.#end())
    const { stopping } = this.#definition
    if (stopping === undefined || failedBefore) return finish()
    try {
      const outcome = stopping(this.#state, this.#context, this.#stopReason ?? shutdown)
      if (!Effect.isEffect(outcome)) return finish()
      this.#fork(outcome, (exit) => {
        if (Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause)) this.#cause = Cause.squash(exit.cause)
        finish()
      })
    } catch (cause) {
      this.#cause = cause
      finish()
    }
  }

  /** Timers, then children, then the scope: nothing of this incarnation is left when `done` is called. */
  #tearDown(done: () => void): void {
    this.#timers?.clear()
    this.#failAsks(this.#stopReason ?? failed(this.#cause))
    const closeScope = (): void => {
      const scope = this.#scope
      if (scope === undefined) return done()
      this.#scope = undefined
      this.system.fork(Scope.close(scope, Exit.void)).addObserver(done)
    }
    if (this.#children === undefined) return closeScope()
    this.#children.stopAll(closeScope)
  }

  #end(): void {
    this.#cancelShutdownTimer?.()
    const reason = this.#stopReason ?? shutdown
    this.#exitReason = reason
    this.#status = "stopped"
    for (let envelope = this.#mailbox.take(); envelope !== undefined; envelope = this.#mailbox.take()) {
      if (envelope.tag !== noticeTag && envelope.tag !== tickTag) this.#bury(envelope, "stopped")
    }
    this.#mailbox.refuseWaiters()
    for (const target of this.#watching?.keys() ?? []) target.removeWatcher(this)
    this.#watching = undefined
    const watchers = this.#watchers
    this.#watchers = undefined
    for (const [watcher, token] of watchers ?? []) watcher.notify(this, reason, token)
    this.#parent.stopped(this, reason, this.#overran)
    for (const listener of this.#endListeners?.splice(0) ?? []) listener(reason)
  }
}

const isTick = (payload: unknown): payload is Tick =>
  typeof payload === "object" && payload !== null && "serial" in payload && "key" in payload

const isNotice = (payload: unknown): payload is Notice =>
  typeof payload === "object" && payload !== null && "token" in payload && "reason" in payload

const scoped = (effect: unknown, scope: Scope.Scope): Effect.Effect<unknown, unknown> =>
  isScopedEffect(effect) ? Effect.provideService(effect, Scope.Scope, scope) : Effect.succeed(effect)

const isScopedEffect = (value: unknown): value is Effect.Effect<unknown, unknown, Scope.Scope> => Effect.isEffect(value)
