import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import { initialState, ownHandlers, retriesOf, type UntypedDefinition, type UntypedHandlers } from "../behaviour.ts"
import { ActorStopped, type ExitReason, failed, LinkedActorEnded, NothingToStash, Unhandled } from "../errors.ts"
import { copyOf, type Desk, type Envelope, type Postmark, sameTerms, type Terms } from "../mailbox/envelope.ts"
import { Asking } from "./asking.ts"
import type { Cell } from "./cell.ts"
import { CellContext } from "./cell-context.ts"
import { CellTimers } from "./cell-timers.ts"
import { askingOf, CurrentHandling, deadlineOf, Handling } from "./handling.ts"
import { InstanceParts } from "./instance-parts.ts"
import { isSignalTag, noticeOf, tickOf, tickTag } from "./signals.ts"
import { Stash } from "./stash.ts"

const defaultStash = 1_024

/** Told how something went. */
type Done = (exit: Exit.Exit<unknown, unknown>) => void

/** One incarnation of an actor: its state, the message it is at, and all that ends with it. */
export class Instance implements Desk {
  readonly cell: Cell
  /** The message being handled, as long as it is this instance's to answer. */
  tag: string | undefined
  payload: unknown
  postmark: Postmark = 0
  #state: unknown
  #handlers: UntypedHandlers
  #context: CellContext | undefined
  /** Set while an Effect handles the message. */
  #handling: Handling | undefined
  #fiber: Fiber.Fiber<unknown, unknown> | undefined
  /** The failure of a child, for which what the Effect comes to no longer counts. */
  #escalated: { readonly cause: unknown } | undefined
  #parts: InstanceParts | undefined

  constructor(cell: Cell) {
    this.cell = cell
    this.#handlers = cell.behaviour.definition.handlers
  }

  // What is seen of it

  /** Whether an Effect runs, while which the mailbox waits. */
  get isBusy(): boolean {
    return this.#fiber !== undefined
  }

  get handling(): Handling | undefined {
    return this.#handling
  }

  get owed(): number {
    return this.#parts?.owed?.size ?? 0
  }

  get stashed(): number {
    return this.#parts?.stash?.size ?? 0
  }

  /** Milliseconds that are left for the message being handled. */
  get remaining(): number {
    const deadline = deadlineOf(this.postmark)
    return deadline === Number.POSITIVE_INFINITY ? deadline : deadline - this.cell.system.now()
  }

  // What its behaviour asks of it

  get timers(): CellTimers {
    const parts = this.#needed()
    const { cell } = this
    parts.timers ??= new CellTimers(cell.system.timers, (tick) => cell.instance === this && cell.force(tickTag, tick))
    return parts.timers
  }

  reply(reply: unknown): void {
    this.#answer(this.tag, askingOf(this.postmark), reply)
  }

  replier(): (reply: unknown) => void {
    const { tag } = this
    const asking = askingOf(this.postmark)
    return (reply) => this.#answer(tag, asking, reply)
  }

  /** Hands the question being handled on to another actor, as another message: that one answers it. */
  forward(target: Cell, tag: string, payload: unknown): void {
    const { postmark, cell } = this
    const asked = askingOf(postmark)
    // One that has been answered asks nothing any more: it goes on as a message that is told.
    const asking = asked?.isAnswered === true ? undefined : asked
    if (asking?.isSettled === false) asking.target = target
    if (asking !== undefined) this.clearDesk()
    const stamp = cell.system.stamp()
    // It may be handed on to several, each of which has a history of its own with it.
    const told = typeof postmark === "number" ? stamp : sameTerms(postmark, stamp)
    target.receive(tag, payload, asking ?? told)
  }

  /** Puts the message being handled aside. Throws `StashFull`, and `NothingToStash`. */
  stash(): void {
    const { tag, payload, postmark, cell } = this
    if (tag === undefined || isSignalTag(tag)) throw new NothingToStash({ actor: cell.path })
    const parts = this.#needed()
    parts.stash ??= new Stash(cell.path, cell.options.stash ?? defaultStash)
    parts.stash.add({ tag, payload, postmark })
    this.clearDesk()
  }

  /** What was put aside is handled next, in its order. */
  unstashAll(): void {
    const stashed = this.#parts?.stash?.takeAll()
    if (stashed === undefined || stashed.length === 0) return
    this.cell.mailbox.putBack(stashed)
    // It may be called outside a turn, by an effect beside the mailbox.
    this.cell.wake()
  }

  become(handlers: UntypedHandlers | undefined): void {
    this.#handlers = handlers === undefined ? this.#definition.handlers : ownHandlers(handlers)
  }

  fork(effect: Effect.Effect<unknown, unknown>): void {
    // A context that outlived its instance must not open a scope which nothing closes.
    const { path, system, instance } = this.cell
    if (instance === this) system.fork(Effect.forkIn(warned(effect, path), this.#needed().scope))
  }

  // Life

  /** Makes the first state. */
  begin(started: Done): void {
    const { options, ref, system } = this.cell
    try {
      if (options.as !== undefined) system.registry.register(options.as, ref)
      const state = initialState(this.#definition, () => this.#contextInUse())
      if (!Effect.isEffect(state)) return this.#hook(state, started)
      this.#fork(state, undefined, (exit) => (Exit.isSuccess(exit) ? this.#hook(exit.value, started) : started(exit)))
    } catch (cause) {
      started(Exit.die(cause))
    }
  }

  #hook(state: unknown, done: Done): void {
    this.#state = state
    const { started, afterRestart } = this.#definition
    const again = this.cell.restarts > 0 ? afterRestart : undefined
    this.#runHook(started && (() => started(state, this.#contextInUse())), (exit) => {
      if (Exit.isFailure(exit) || again === undefined) return done(exit)
      this.#runHook(() => again(state, this.#contextInUse()), done)
    })
  }

  /** On its way out because it is to stop. */
  stop(reason: ExitReason, done: Done): void {
    const { stopping } = this.#definition
    this.#runHook(stopping && (() => stopping(this.#state, this.#contextInUse(), reason)), done)
  }

  /** On its way out because it is broken: what it cannot do any more is logged, and changes nothing. */
  beforeRestart(cause: unknown, done: () => void): void {
    const { beforeRestart } = this.#definition
    const hook = beforeRestart && (() => beforeRestart(this.#state, this.#contextInUse(), cause))
    const { path, system } = this.cell
    this.#runHook(hook, (exit) => {
      if (Exit.isFailure(exit)) system.fork(warning("actor.hook_failed", exit.cause, path))
      done()
    })
  }

  #runHook(hook: (() => unknown) | undefined, done: Done): void {
    if (hook === undefined) return done(Exit.void)
    try {
      const outcome = hook()
      if (Effect.isEffect(outcome)) return this.#fork(outcome, undefined, done)
    } catch (cause) {
      return done(Exit.die(cause))
    }
    done(Exit.void)
  }

  interrupt(): void {
    this.#fiber?.interruptUnsafe()
  }

  /** Whoever asked waits no longer: no need to go on with the handling of it. */
  gaveUp(asking: Asking): void {
    if (this.#handling?.asking === asking) this.interrupt()
  }

  /** Nothing of it is left when `done` is called, but for its children, which its cell stops first. */
  close(reason: ExitReason, stopChildren: (done: () => void) => void, done: () => void): void {
    const parts = this.#parts
    parts?.timers?.clear()
    this.unstashAll()
    this.#failOwed(reason)
    stopChildren(() => {
      const scope = parts?.takeScope()
      if (scope === undefined) return done()
      this.cell.system.fork(Scope.close(scope, Exit.void)).addObserver(() => done())
    })
  }

  // Turns

  /** Handles the message on the desk. */
  handle(): void {
    const { tag, postmark } = this
    if (tag === undefined) return
    const handler = this.#handlers[tag]
    if (handler === undefined) return this.#handleOther(tag)
    if (this.#parts?.timers !== undefined) this.#parts.timers.touch()
    if (typeof postmark !== "number") {
      if (!this.#isWanted(tag, postmark)) return
      if (postmark.trace !== undefined) {
        return this.#runTraced(() => handler(this.#state, this.payload, this.#contextInUse()))
      }
    }
    try {
      const outcome = handler(this.#state, this.payload, this.#contextInUse())
      if (Effect.isEffect(outcome)) return this.#await(outcome)
      this.#state = outcome
      if (typeof postmark !== "number") this.#handled()
    } catch (cause) {
      this.fail(cause)
    }
  }

  /** Between two turns: what was handled must not be kept alive by an actor at rest. */
  rest(): void {
    if (this.#fiber === undefined) this.clearDesk()
  }

  /** Nobody waits for the answer any more, and whoever asked has been told so; or its deadline has passed. */
  #isWanted(tag: string, terms: Terms): boolean {
    if (terms instanceof Asking) return !terms.isSettled
    if (terms.deadline > this.cell.system.now()) return true
    this.cell.bury({ tag, payload: this.payload, postmark: terms }, "expired")
    this.clearDesk()
    return false
  }

  /** Ticks, notices, and what no handler is there for. */
  #handleOther(tag: string): void {
    const { payload, postmark, cell } = this
    const tick = tickOf(tag, payload)
    if (tick !== undefined) {
      const isDue = this.#parts?.timers?.isDue(tick) === true
      this.tag = isDue ? tick.tag : undefined
      this.payload = tick.payload
      return this.handle()
    }
    const { terminated, otherwise } = this.#definition
    const notice = noticeOf(tag, payload)
    if (notice === undefined) {
      if (otherwise !== undefined) {
        if (typeof postmark !== "number" && !this.#isWanted(tag, postmark)) return
        return this.#run(() => otherwise(this.#state, tag, payload, this.#contextInUse()))
      }
      this.clearDesk()
      const asking = askingOf(postmark)
      if (asking === undefined) cell.bury({ tag, payload, postmark }, "unhandled")
      else asking.fail(new Unhandled({ actor: cell.path, tag }))
      return
    }
    const watch = cell.watch.due(notice)
    const { ref, reason } = notice
    if (watch === undefined) return
    if (terminated !== undefined) {
      return this.#run(() => terminated(this.#state, { ref, reason }, this.#contextInUse()))
    }
    if (watch.linked) this.fail(new LinkedActorEnded({ actor: ref.name, reason }))
  }

  /** What a synchronous handler sends carries the trace of the message that it is at. */
  #runTraced(handler: () => unknown): void {
    const { system } = this.cell
    system.traced += 1
    this.#run(handler)
    system.traced -= 1
  }

  #run(handler: () => unknown): void {
    try {
      const outcome = handler()
      if (Effect.isEffect(outcome)) return this.#await(outcome)
      this.#state = outcome
      this.#handled()
    } catch (cause) {
      this.fail(cause)
    }
  }

  /** The message was handled, unless it was put aside or handed on. A question without a reply yet is owed one. */
  #handled(): void {
    const asking = this.tag === undefined ? undefined : askingOf(this.postmark)
    this.clearDesk()
    if (asking === undefined || asking.isSettled) return
    if (asking.acknowledges) {
      asking.reply(undefined)
      return
    }
    const parts = this.#needed()
    parts.owed ??= new Set()
    asking.owedIn(parts.owed)
  }

  #await(outcome: unknown): void {
    const { cell, postmark } = this
    const { system } = cell
    const handling = new Handling(cell, postmark, system.now())
    const isTraced = typeof postmark !== "number" && postmark.trace !== undefined
    if (isTraced) system.traced += 1
    this.#handling = handling
    this.#fork(outcome, handling, (exit) => {
      handling.end()
      this.#handling = undefined
      if (isTraced) system.traced -= 1
      system.timing(cell.behaviour).record(system.now() - handling.since)
      this.#parts?.timers?.touch()
      if (Exit.isSuccess(exit)) {
        this.#state = exit.value
        this.#handled()
        return cell.wake()
      }
      const { asking } = handling
      const isInterrupted = Cause.hasInterruptsOnly(exit.cause)
      if (isInterrupted && cell.isEnding) return cell.interrupted()
      if (isInterrupted && asking?.isSettled && !asking.isAnswered) {
        this.clearDesk()
        return cell.wake()
      }
      this.fail(Cause.squash(exit.cause))
    })
  }

  #fork(outcome: unknown, handling: Handling | undefined, onExit: Done): void {
    const scoped = Context.add(this.cell.system.context, Scope.Scope, this.#needed().scope)
    const handled = handling === undefined ? scoped : Context.add(scoped, CurrentHandling, handling)
    const trace = handling === undefined || typeof handling.postmark === "number" ? undefined : handling.postmark.trace
    const context = trace === undefined ? handled : Context.add(handled, Tracer.ParentSpan, trace)
    const fiber = Effect.runForkWith(context)(isHandlerEffect(outcome) ? outcome : Effect.succeed(outcome))
    this.#fiber = fiber
    this.cell.busyChanged()
    fiber.addObserver((exit) => {
      this.#fiber = undefined
      this.cell.busyChanged()
      onExit(this.#escalated === undefined ? exit : Exit.die(this.#escalated.cause))
    })
  }

  // Failures

  /** It is broken: hands itself to whoever supervises it. */
  fail(cause: unknown): void {
    this.#retry(cause)
    this.abandon(failed(cause))
    this.cell.failed(cause)
  }

  /** A child's failure is its own. Where an Effect runs, it is interrupted first: it must not outlive its instance. */
  escalated(cause: unknown): void {
    const { status } = this.cell
    if (this.#fiber === undefined) return this.fail(cause)
    if (status !== "running" && status !== "starting") return
    this.#escalated ??= { cause }
    this.interrupt()
  }

  /** The message being handled ends here: its asker is told, or it is a dead letter. */
  abandon(reason: ExitReason): void {
    const { tag, payload, postmark, cell } = this
    this.clearDesk()
    if (tag !== undefined && !isSignalTag(tag)) {
      const asking = askingOf(postmark)
      if (asking === undefined) cell.bury({ tag, payload, postmark }, "failed")
      else asking.fail(new ActorStopped({ actor: cell.path, reason }))
    }
    this.#failOwed(reason)
  }

  /** A message whose protocol asks for it is handled again by the next instance, before all other mail (M3). */
  #retry(cause: unknown): void {
    const { tag, payload, cell } = this
    if (tag === undefined || isSignalTag(tag) || askingOf(this.postmark)?.isSettled) return
    const retries = retriesOf(cell.behaviour, tag)
    if (retries === 0) return
    const terms = askingOf(this.postmark) ?? copyOf(this.postmark)
    terms.history = [...terms.history, { cause, at: cell.system.now() }]
    this.postmark = terms
    if (terms.history.length > retries) return
    this.clearDesk()
    cell.mailbox.putBack([{ tag, payload, postmark: terms }])
  }

  #answer(tag: string | undefined, asking: Asking | undefined, reply: unknown): void {
    if (asking?.reply(reply)) return
    const { cell } = this
    const late = asking !== undefined && !asking.isAnswered
    const letter: Envelope = { tag: tag ?? "reply", payload: reply, postmark: cell.system.stamp() }
    cell.bury(letter, late ? "late-reply" : "unexpected-reply")
  }

  #failOwed(reason: ExitReason): void {
    const owed = this.#parts?.owed
    if (owed === undefined || owed.size === 0) return
    for (const asking of [...owed]) asking.fail(new ActorStopped({ actor: this.cell.path, reason }))
  }

  /** The message has been handled, or another answers for it from here on. */
  clearDesk(): void {
    this.tag = undefined
    this.payload = undefined
    this.postmark = 0
  }

  get #definition(): UntypedDefinition {
    return this.cell.behaviour.definition
  }

  #needed(): InstanceParts {
    this.#parts ??= new InstanceParts()
    return this.#parts
  }

  #contextInUse(): CellContext {
    this.#context ??= new CellContext(this)
    return this.#context
  }
}

/** Nobody waits for it: what it fails with would be seen by nobody else. */
const warned = (effect: Effect.Effect<unknown, unknown>, actor: string): Effect.Effect<unknown, unknown> =>
  Effect.tapCauseIf(
    effect,
    (cause) => !Cause.hasInterruptsOnly(cause),
    (cause) => warning("actor.fork_failed", cause, actor)
  )

const warning = (event: string, cause: Cause.Cause<unknown>, actor: string): Effect.Effect<void> =>
  Effect.annotateLogs(Effect.logWarning(event, cause), { actor })

const isHandlerEffect = (value: unknown): value is Effect.Effect<unknown, unknown, Scope.Scope> =>
  Effect.isEffect(value)
