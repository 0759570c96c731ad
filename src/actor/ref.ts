import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Tracer from "effect/Tracer"
import { type Answers, type AskError, Asking } from "./cell/asking.ts"
import type { Cell } from "./cell/cell.ts"
import { currentHandling, cycleOf, deadlineOf } from "./cell/handling.ts"
import { ActorStopped, AskCycle, MailboxFull, shutdown } from "./errors.ts"
import { Envelope, type Terms } from "./mailbox/envelope.ts"
import { capacityOf } from "./mailbox/mailbox-options.ts"
import type { AskTag, PayloadArgs, PayloadOf, Protocol, ReplyOf, TellTag } from "./protocol.ts"

/** How long an ask waits where nothing is said: milliseconds. */
export const defaultAskTimeout = 5_000

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

/**
 * A name for an actor that stays the same through its restarts. Cheap, and usable from plain callbacks: `tell` may be
 * called outside any fiber.
 */
export interface ActorRef<P extends Protocol> extends AnyRef {
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

/** A ref over its cell. */
export class CellRef implements AnyRef {
  readonly cell: Cell

  constructor(cell: Cell) {
    this.cell = cell
  }

  get name(): string {
    return this.cell.path
  }

  get isStopped(): boolean {
    return this.cell.isStopped
  }

  tell(tag: string, payload?: unknown): boolean {
    const { cell } = this
    const { system } = cell
    const trace = system.traced === 0 ? undefined : currentTrace(cell)
    return this.#tell(new Envelope(tag, payload, undefined, system.stamp(), trace && { trace }))
  }

  send(tag: string, payload: unknown, { within }: SendOptions): boolean {
    const { system } = this.cell
    const deadline = within === undefined ? undefined : system.now() + within
    return this.#tell(
      new Envelope(tag, payload, undefined, system.stamp(), { deadline, trace: currentTrace(this.cell) })
    )
  }

  #tell(envelope: Envelope): boolean {
    if (this.cell.offer(envelope)) return true
    if (!this.cell.isAccepting) this.cell.refuse(envelope)
    return false
  }

  tellWhenReady(tag: string, payload?: unknown): Effect.Effect<void, ActorStopped | MailboxFull> {
    return Effect.callback((resume) => {
      const { cell } = this
      const envelope = new Envelope(tag, payload, undefined, cell.system.stamp(), termsOf(cell))
      if (cell.offer(envelope)) return resume(Effect.void)
      const stopped = (): void => resume(Effect.fail(this.#stopped(tag, payload)))
      if (!cell.isAccepting) return stopped()
      if (!cell.mustWait) {
        return resume(
          cell.drops
            ? Effect.void
            : Effect.fail(
                new MailboxFull({ actor: this.name, capacity: capacityOf(cell.mailbox.options), tag, payload })
              )
        )
      }
      const withdraw = cell.mailbox.wait(envelope, () => resume(Effect.void), stopped)
      return Effect.sync(withdraw)
    })
  }

  ask(tag: string, payload: unknown, options?: AskOptions): Effect.Effect<never, AskError> {
    return Effect.callback<never, AskError>((resume) => {
      const reply: (reply: never) => void = (value) => resume(Effect.succeed(value))
      const asking = this.#ask(tag, payload, options, { reply, fail: (error) => resume(Effect.fail(error)) })
      return Effect.sync(() => asking.abandon())
    })
  }

  askPromise(tag: string, payload: unknown, options?: AskOptions): Promise<never> {
    return new Promise((resolve, reject) => {
      this.#ask(tag, payload, options, { reply: resolve, fail: reject })
    })
  }

  #ask(tag: string, payload: unknown, options: AskOptions | undefined, answers: Answers): Asking {
    const { cell } = this
    const asker = currentHandling()
    const asking = new Asking(cell, tag, timeoutOf(cell, options, asker?.deadline), answers, asker)
    const cycle = asker && cycleOf(asker.cell, cell)
    if (cycle === undefined) cell.receive(new Envelope(tag, payload, asking, cell.system.stamp(), termsOf(cell)))
    else asking.fail(new AskCycle({ actors: cycle }))
    return asking
  }

  #stopped(tag: string, payload: unknown): ActorStopped {
    return new ActorStopped({ actor: this.name, reason: this.cell.exitReason ?? shutdown, tag, payload })
  }
}

/** No longer than the asker itself is given. */
const timeoutOf = ({ system }: Cell, options: AskOptions | undefined, inherited: number | undefined): number => {
  const timeout = options?.timeout ?? defaultAskTimeout
  const deadline = inherited ?? synchronousDeadline(system)
  return deadline === undefined ? timeout : Math.max(0, Math.min(timeout, deadline - system.now()))
}

/** Of the message that a synchronous handler is at. Where a fiber runs, it is that fiber's question and not this one's. */
const synchronousDeadline = ({ dispatcher }: Cell["system"]): number | undefined => {
  const current = dispatcher.current?.current
  return current === undefined || Fiber.getCurrent() !== undefined ? undefined : deadlineOf(current)
}

/** The span that whoever sends is in: of its fiber, or of the message that its handler is at. */
const currentTrace = ({ system }: Cell): Tracer.AnySpan | undefined =>
  Fiber.getCurrent()?.cache.span ?? system.dispatcher.current?.current?.terms?.trace

const termsOf = (cell: Cell): Terms | undefined => {
  const trace = currentTrace(cell)
  return trace && { trace }
}
