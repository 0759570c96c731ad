import { inspect } from "node:util"
import * as Effect from "effect/Effect"
import * as Tracer from "effect/Tracer"
import { type Behaviour, initialState, type UntypedDefinition } from "../behaviour.ts"
import type { AskError } from "../cell/asking.ts"
import type { CellContext } from "../cell/cell-context.ts"
import { askingOf } from "../cell/handling.ts"
import { isSignalTag } from "../cell/signals.ts"
import { ActorStopped, type ExitReason, failed, shutdown, Unhandled } from "../errors.ts"
import type { Desk, Envelope } from "../mailbox/envelope.ts"
import type { Protocol } from "../protocol.ts"
import type { Parent } from "../supervision/supervised.ts"
import type { DeadLetter, DeadLetterReason } from "../system/dead-letters.ts"
import type { ActorSystem } from "../system/system.ts"
import type { Border } from "./border.ts"
import { CarriedAsking, CarriedTerms, carriedIn } from "./carried.ts"
import { isCloneable } from "./cloneable.ts"
import { toErrorData } from "./error-data.ts"
import { HostedCell, type Undertaker } from "./hosted-cell.ts"
import { Observed } from "./observed.ts"
import type { Outbox } from "./outbox.ts"
import type { Slots } from "./slots.ts"
import type { Boot, FromThread, Left, OwnMessage, Parcel, SpanData } from "./wire.ts"

/** The message for which a failed actor waits until it is known what becomes of it. */
const holdTag = "~hold"

/** What the actor works with, in its thread. */
export interface Host {
  readonly system: ActorSystem
  readonly border: Border
  readonly slots: Slots
  readonly outbox: Outbox<FromThread>
  /** Ends the thread. */
  readonly exit: () => void
}

/** The actor in its thread, and its parent there, which decides nothing: it reports to the main thread and obeys. */
export class HostedActor implements Parent, Undertaker {
  readonly #host: Host
  readonly #cell: HostedCell
  readonly #asks = new Map<number, CarriedAsking>()
  /** Set while the failed actor waits. */
  #verdict: ((outcome: Effect.Effect<void, unknown>) => void) | undefined
  /** A message of its own that the actor was at when it failed. */
  #ownMessage: OwnMessage | undefined
  #isDeaf = false
  #failure: { readonly cause: unknown } | undefined
  /** Why the actor is to stop, as the main thread says. */
  #reason: ExitReason | undefined
  #closing: { readonly isRestart: boolean } | undefined

  constructor(host: Host, behaviour: Behaviour<Protocol>, { actor, stash, isRestart }: Boot) {
    this.#host = host
    const definition = this.#seenTo(behaviour.definition, isRestart)
    // What is tried again, and how often, the main thread says.
    const messages = Object.entries(behaviour.protocol).map(([tag, message]) => [tag, { ...message, retries: 0 }])
    const hosted = { name: behaviour.name, protocol: Object.fromEntries(messages), definition }
    this.#cell = new HostedCell(this, host.system, hosted, actor, this, {
      mailbox: { kind: "unbounded" },
      // When its time is over, the main thread says.
      shutdownTimeout: Number.POSITIVE_INFINITY,
      ...(stash !== undefined && { stash })
    })
    host.system.deadLetters.subscribe((letter) => this.#passOn(letter))
    this.#cell.start()
  }

  // What the main thread asks of it

  receive({ slot, tag, payload, ask, within = Number.POSITIVE_INFINITY, trace }: Parcel): void {
    // It was on its way when the actor failed or ended: the main thread has taken it back.
    if (this.#isDeaf) return
    const { system, border } = this.#host
    let decoded: unknown
    try {
      decoded = border.decode("payload", tag, payload)
    } catch (error) {
      if (ask === undefined) return this.#post({ kind: "buried", slot, reason: "not-cloneable" })
      this.#refuse(ask, slot, error)
      return
    }
    const span = trace && spanOf(trace)
    const postmark =
      ask === undefined
        ? new CarriedTerms(slot, system.stamp(), span, system.now() + within)
        : this.#asked(ask, slot, tag, within, span)
    this.#cell.receive(tag, decoded, postmark)
  }

  abandon(ask: number): void {
    const asking = this.#asks.get(ask)
    if (asking !== undefined) {
      this.#asks.delete(ask)
      asking.abandon()
      this.#skip(asking.slot)
    }
    this.#post({ kind: "forgotten", ask })
  }

  resume(): void {
    this.#isDeaf = false
    this.#failure = undefined
    this.#decide(Effect.void)
  }

  stop(reason: ExitReason): void {
    this.#reason = reason
    this.#cell.halt()
  }

  close(isRestart: boolean): void {
    this.#closing = { isRestart }
    if (this.#verdict === undefined) this.#cell.stop(shutdown)
    else this.#decide(Effect.fail(this.#failure?.cause))
  }

  // As its parent

  started(): void {
    if (this.#closing === undefined) this.#post({ kind: "started" })
  }

  startFailed(_cell: unknown, cause: unknown): void {
    this.#post({ kind: "start-failed", cause: toErrorData(cause) })
  }

  failed(_cell: unknown, cause: unknown): void {
    if (this.#closing !== undefined) {
      // It is taken down as for a new instance, which is never made: see `initial` below.
      if (this.#closing.isRestart) this.#cell.start()
      else this.#cell.stop(failed(cause))
      return
    }
    const { left, signals } = this.#leftMail()
    this.#cell.mailbox.putBack([{ tag: holdTag, payload: undefined, postmark: this.#host.system.stamp() }, ...signals])
    this.#cell.resume()
    this.#post({ kind: "failed", cause: toErrorData(cause), own: this.#ownMessage, left })
    this.#ownMessage = undefined
  }

  keeps(): boolean {
    return true
  }

  suspended(): void {
    const { left } = this.#leftMail()
    this.#post({ kind: "gone", failure: this.#failure && toErrorData(this.#failure.cause), left })
  }

  stopped(): void {
    this.#host.exit()
  }

  // As its undertaker

  failedWith(cause: unknown): void {
    this.#failure = { cause }
  }

  buried(carried: CarriedTerms | CarriedAsking, reason: DeadLetterReason): void {
    // What was being handled, the main thread knows by its slot; what it does not get back, it takes back itself.
    if (reason === "unhandled" || reason === "expired") this.#post({ kind: "buried", slot: carried.slot, reason })
  }

  buriedOwn({ tag, payload, postmark }: Envelope, reason: DeadLetterReason): boolean {
    if (tag === holdTag) return true
    if (reason !== "failed" || askingOf(postmark) !== undefined || !isCloneable(payload)) return false
    this.#ownMessage = { tag, payload }
    return true
  }

  // Questions

  #asked(ask: number, slot: number, tag: string, timeout: number, trace: Tracer.AnySpan | undefined): CarriedAsking {
    const asking = new CarriedAsking(
      ask,
      slot,
      this.#cell,
      tag,
      timeout,
      { reply: (reply) => this.#reply(ask, tag, reply), fail: (error) => this.#failed(ask, slot, error) },
      trace
    )
    this.#asks.set(ask, asking)
    return asking
  }

  #reply(ask: number, tag: string, reply: unknown): void {
    this.#asks.delete(ask)
    try {
      this.#post({ kind: "reply", ask, reply: this.#host.border.encode("reply", tag, reply) })
    } catch (error) {
      this.#post({ kind: "refused", ask, error: toErrorData(error) })
    }
  }

  #failed(ask: number, slot: number, error: AskError): void {
    this.#asks.delete(ask)
    // The actor's end and the time that is over: the main thread knows and says so itself.
    if (error instanceof ActorStopped && error.actor === this.#cell.path) return
    if (error._tag === "AskTimeout") return this.#skip(slot)
    if (error instanceof Unhandled) this.#host.slots.set(slot, "over")
    this.#post({ kind: "refused", ask, error: toErrorData(error) })
  }

  #refuse(ask: number, slot: number, error: unknown): void {
    this.#host.slots.set(slot, "over")
    this.#post({ kind: "refused", ask, error: toErrorData(error) })
  }

  /** The actor will pass it over. */
  #skip(slot: number): void {
    const { slots, outbox } = this.#host
    const state = slots.get(slot)
    if (state !== "waiting" && state !== "aside") return
    slots.set(slot, "over")
    outbox.nudge()
  }

  // Mail

  /** Takes all mail out of the mailbox: it is handled by another instance, or by none. */
  #leftMail(): { readonly left: ReadonlyArray<Left>; readonly signals: ReadonlyArray<Envelope> } {
    this.#isDeaf = true
    const left: Array<Left> = []
    const signals: Array<Envelope> = []
    const desk: Desk = { tag: undefined, payload: undefined, postmark: 0 }
    while (this.#cell.mailbox.take(desk)) {
      const { tag, payload, postmark } = desk
      if (tag === undefined) continue
      const envelope = { tag, payload, postmark }
      const carried = carriedIn(postmark)
      if (isSignalTag(tag)) signals.push(envelope)
      else if (carried !== undefined) this.#giveBack(carried, left)
      else if (askingOf(postmark) === undefined && isCloneable(payload)) left.push({ tag, payload })
      else this.#cell.bury(envelope, "stopped")
    }
    return { left, signals }
  }

  /** A question goes back open; here it is settled. */
  #giveBack(carried: CarriedTerms | CarriedAsking, left: Array<Left>): void {
    left.push(carried.slot)
    if (!(carried instanceof CarriedAsking)) return
    this.#asks.delete(carried.ask)
    carried.abandon()
  }

  #passOn({ actor, tag, payload, reason }: DeadLetter): void {
    this.#post({ kind: "letter", actor, tag, reason, payload: isCloneable(payload) ? payload : inspect(payload) })
  }

  #post(message: FromThread): void {
    this.#host.outbox.push(message)
  }

  #decide(outcome: Effect.Effect<void, unknown>): void {
    const verdict = this.#verdict
    this.#verdict = undefined
    verdict?.(outcome)
  }

  /** The actor's definition, with what the main thread must hear of. */
  #seenTo(definition: UntypedDefinition, isRestart: boolean): UntypedDefinition {
    const { slots, outbox, exit } = this.#host
    const observed = new Observed(slots, () => outbox.nudge())
    const { otherwise, started, stopping, afterRestart } = definition
    const others = otherwise && observed.otherwise(otherwise)
    return {
      ...definition,
      handlers: observed.handlers(definition.handlers),
      initial: (context: CellContext) => {
        if (this.#closing === undefined) return initialState(definition, () => context)
        exit()
        return Effect.never
      },
      otherwise: (state: unknown, tag: string, payload: unknown, context: CellContext) => {
        if (tag === holdTag) return this.#hold(state)
        if (others !== undefined) return others(state, tag, payload, context)
        this.#unhandled(context, tag, payload)
        return state
      },
      started: (state: unknown, context: CellContext) => {
        started?.(state, context)
        if (isRestart) afterRestart?.(state, context)
      },
      ...(stopping !== undefined && {
        stopping: (state: unknown, context: CellContext, reason: ExitReason) =>
          this.#stopping(() => stopping(state, context, this.#reason ?? reason))
      })
    }
  }

  #hold(state: unknown): Effect.Effect<unknown, unknown> {
    const decided = Effect.callback<void, unknown>((resume) => {
      this.#verdict = resume
      if (this.#closing !== undefined) this.#decide(Effect.fail(this.#failure?.cause))
    })
    return Effect.as(decided, state)
  }

  #unhandled({ self: { cell } }: CellContext, tag: string, payload: unknown): void {
    const { instance } = cell
    if (instance === undefined) return
    const { postmark } = instance
    const asking = askingOf(postmark)
    if (asking === undefined) cell.bury({ tag, payload, postmark }, "unhandled")
    else asking.fail(new Unhandled({ actor: cell.path, tag }))
  }

  /** What goes wrong on the way to the end is part of how it ended. */
  #stopping(stop: () => unknown): unknown {
    const note = (cause: unknown): void => this.failedWith(cause)
    try {
      const outcome = stop()
      return Effect.isEffect(outcome) ? Effect.tapError(outcome, (cause) => Effect.sync(() => note(cause))) : outcome
    } catch (cause) {
      note(cause)
    }
  }
}

const spanOf = ({ spanId, traceId, sampled }: SpanData): Tracer.AnySpan =>
  Tracer.externalSpan({ spanId, traceId, sampled })
