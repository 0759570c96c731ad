import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Tracer from "effect/Tracer"
import { type Answers, type AskError, Asking } from "./cell/asking.ts"
import type { Cell } from "./cell/cell.ts"
import { cycleOf, deadlineOf, handlingOf } from "./cell/handling.ts"
import { ActorStopped, AskCycle, type MailboxFull, shutdown } from "./errors.ts"
import { Dated, type Postmark, Terms } from "./mailbox/envelope.ts"
import { overflowOf } from "./mailbox/mailbox-options.ts"
import type { AskTag, PayloadArgs, PayloadOf, Protocol, ReplyOf, TellTag } from "./protocol.ts"

/** How long an ask waits where nothing is said: milliseconds. */
const defaultAskTimeout = 5_000

export interface AskOptions {
  /** Milliseconds; default 5,000. Where the asker itself handles a question, no more than what is left of that. */
  readonly timeout?: number
}

export interface SendOptions {
  /** Milliseconds from now on, within which handling it makes sense. Later it is a dead letter, `expired`. */
  readonly within?: number
}

/** What every ref has, whatever its protocol: something to watch and to name. */
export interface AnyRef {
  readonly name: string
  readonly isStopped: boolean
  /** @internal */
  readonly cell: Cell
}

/** What an actor of this protocol is sent, and what it may reply. */
type Taken<P extends Protocol> = {
  readonly [Tag in keyof P & string]: readonly [
    tag: Tag,
    payload: PayloadOf<P, Tag>,
    answer: (reply: ReplyOf<P, Tag>) => void
  ]
}[keyof P & string]

/**
 * A name for an actor that stays the same through its restarts. Cheap, and usable from plain callbacks: `tell` may be
 * called outside any fiber.
 */
export interface ActorRef<P extends Protocol> extends AnyRef {
  /** Never read: it keeps a ref from passing for one that takes more messages, or others. */
  readonly "~takes"?: (message: Taken<P>) => void
  /** Sends and goes on. `false`: not taken, because the actor has stopped or its mailbox has no room. */
  tell<Tag extends TellTag<P>>(tag: Tag, ...payload: PayloadArgs<PayloadOf<P, Tag>>): boolean
  /** `tell` with a time limit. */
  send<Tag extends TellTag<P>>(tag: Tag, payload: PayloadOf<P, Tag>, options: SendOptions): boolean
  /** Sends, and waits for room where the mailbox is full. Fails where the actor has stopped, or its mailbox rejects. */
  tellWhenReady<Tag extends TellTag<P>>(
    tag: Tag,
    ...payload: PayloadArgs<PayloadOf<P, Tag>>
  ): Effect.Effect<void, ActorStopped | MailboxFull>
  /** Sends and waits for the reply, which the message's own type tells. Interrupting it gives the question up. */
  ask<Tag extends AskTag<P>>(
    tag: Tag,
    payload: PayloadOf<P, Tag>,
    options?: AskOptions
  ): Effect.Effect<ReplyOf<P, Tag>, AskError>
  /** `ask` as a promise. */
  askPromise<Tag extends AskTag<P>>(
    tag: Tag,
    payload: PayloadOf<P, Tag>,
    options?: AskOptions
  ): Promise<ReplyOf<P, Tag>>
}

/**
 * What an actor is to others: the face of its cell, which extends it. One object for both: an actor at rest is small,
 * and a message to it finds fewer places in memory on its way.
 */
export abstract class Ref implements AnyRef {
  abstract readonly cell: Cell

  get name(): string {
    return this.cell.path
  }

  abstract readonly isStopped: boolean

  tell(tag: string, payload?: unknown): boolean {
    const { cell } = this
    const { system } = cell
    const trace = system.traced === 0 ? undefined : currentTrace(cell)
    const postmark = trace === undefined ? system.stamp() : new Terms(system.stamp(), trace)
    return cell.offer(tag, payload, postmark) || refused(cell, tag, payload, postmark)
  }

  send(tag: string, payload: unknown, { within }: SendOptions): boolean {
    const { cell } = this
    const { system } = cell
    const deadline = within === undefined ? Number.POSITIVE_INFINITY : system.now() + within
    const terms = new Dated(system.stamp(), currentTrace(cell), deadline)
    return cell.offer(tag, payload, terms) || refused(cell, tag, payload, terms)
  }

  tellWhenReady(tag: string, payload?: unknown): Effect.Effect<void, ActorStopped | MailboxFull> {
    return Effect.callback((resume) => {
      const { cell } = this
      const trace = currentTrace(cell)
      const postmark = trace === undefined ? cell.system.stamp() : new Terms(cell.system.stamp(), trace)
      if (cell.offer(tag, payload, postmark)) return resume(Effect.void)
      const gone = (): void => resume(Effect.fail(stopped(cell, tag, payload)))
      if (!cell.isAccepting) return gone()
      // It was dropped: a dead letter, as its receiver wants it.
      if (overflowOf(cell.mailbox.options) === "dropNewest") return resume(Effect.void)
      if (!cell.mustWait) return resume(Effect.fail(cell.full(tag, payload)))
      const taken = (): void => {
        cell.wake()
        resume(Effect.void)
      }
      return Effect.sync(cell.mailbox.wait({ tag, payload, postmark }, taken, gone))
    })
  }

  ask(tag: string, payload: unknown, options?: AskOptions): Effect.Effect<never, AskError> {
    return Effect.callback<never, AskError>((resume) => {
      const reply: (reply: never) => void = (value) => resume(Effect.succeed(value))
      const asking = ask(this.cell, tag, payload, options, { reply, fail: (error) => resume(Effect.fail(error)) })
      return Effect.sync(() => asking.abandon())
    })
  }

  askPromise(tag: string, payload: unknown, options?: AskOptions): Promise<never> {
    return new Promise((resolve, reject) => {
      ask(this.cell, tag, payload, options, { reply: resolve, fail: reject })
    })
  }
}

const refused = (cell: Cell, tag: string, payload: unknown, postmark: Postmark): false => {
  if (!cell.isAccepting) cell.bury({ tag, payload, postmark }, "refused")
  return false
}

const stopped = (cell: Cell, tag: string, payload: unknown): ActorStopped =>
  new ActorStopped({ actor: cell.path, reason: cell.exitReason ?? shutdown, tag, payload })

const ask = (cell: Cell, tag: string, payload: unknown, options: AskOptions | undefined, answers: Answers): Asking => {
  const fiber = Fiber.getCurrent()
  const asker = fiber === undefined ? undefined : handlingOf(fiber)
  // Of the message that a synchronous handler is at. Where a fiber runs, it is that fiber's question and not this one's.
  const at = fiber === undefined ? cell.system.dispatcher.current?.instance?.postmark : asker?.postmark
  const trace = fiber === undefined ? traceOf(at) : fiber.cache.span
  const asking = new Asking(cell, tag, timeoutOf(cell, options, at), answers, asker, trace)
  const cycle = asker && cycleOf(asker.cell, cell)
  if (cycle === undefined) cell.receive(tag, payload, asking)
  else asking.fail(new AskCycle({ actors: cycle }))
  return asking
}

/** No longer than whoever asks is given for the message that it handles itself. */
const timeoutOf = ({ system }: Cell, options: AskOptions | undefined, at: Postmark | undefined): number => {
  const timeout = options?.timeout ?? defaultAskTimeout
  const deadline = at === undefined ? Number.POSITIVE_INFINITY : deadlineOf(at)
  return deadline === Number.POSITIVE_INFINITY ? timeout : Math.max(0, Math.min(timeout, deadline - system.now()))
}

/** The span that whoever sends is in: of its fiber, or of the message that its handler is at. */
const currentTrace = ({ system }: Cell): Tracer.AnySpan | undefined => {
  const fiber = Fiber.getCurrent()
  return fiber === undefined ? traceOf(system.dispatcher.current?.instance?.postmark) : fiber.cache.span
}

const traceOf = (postmark: Postmark | undefined): Tracer.AnySpan | undefined =>
  typeof postmark === "object" ? postmark.trace : undefined
