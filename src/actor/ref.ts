import * as Effect from "effect/Effect"
import { type AskError, Asking } from "./cell/asking.ts"
import type { Cell } from "./cell/cell.ts"
import { ActorStopped, AskTimeout, type ExitReason, MailboxFull, shutdown } from "./errors.ts"
import type { AskTag, PayloadArgs, PayloadOf, Protocol, ReplyOf, TellTag } from "./protocol.ts"

/** How long an ask waits where nothing is said: milliseconds. */
export const defaultAskTimeout = 5_000

export interface AskOptions {
  /** Milliseconds; default 5,000. */
  readonly timeout?: number
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
    const envelope = { tag, payload, asking: undefined }
    if (this.cell.offer(envelope)) return true
    if (!this.cell.isAccepting) this.cell.refuse(envelope)
    return false
  }

  tellWhenReady(tag: string, payload?: unknown): Effect.Effect<void, ActorStopped | MailboxFull> {
    return Effect.callback((resume) => {
      const { cell } = this
      const envelope = { tag, payload, asking: undefined }
      if (cell.offer(envelope)) return resume(Effect.void)
      const refusal = cell.isAccepting ? this.#full(tag, payload) : this.#stopped()
      if (refusal !== undefined) return resume(Effect.fail(refusal))
      const withdraw = cell.waitForRoom(
        envelope,
        () => resume(Effect.void),
        () => resume(Effect.fail(this.#stopped()))
      )
      return Effect.sync(withdraw)
    })
  }

  ask(tag: string, payload: unknown, options?: AskOptions): Effect.Effect<never, AskError> {
    return Effect.callback<never, AskError>((resume) => {
      const reply: (reply: never) => void = (value) => resume(Effect.succeed(value))
      return Effect.sync(this.#ask(tag, payload, options, reply, (error) => resume(Effect.fail(error))))
    })
  }

  askPromise(tag: string, payload: unknown, options?: AskOptions): Promise<never> {
    return new Promise((resolve, reject) => {
      this.#ask(tag, payload, options, resolve, reject)
    })
  }

  /** Sends the question; returns what gives it up. `reply` is handed on as it comes: the protocol says what it is. */
  #ask(
    tag: string,
    payload: unknown,
    { timeout = defaultAskTimeout }: AskOptions = {},
    onReply: Replied["reply"],
    onError: (error: AskError) => void
  ): () => void {
    const { cell } = this
    let cancelTimer = (): void => {}
    let withdraw = (): void => {}
    const asking = new Asking((answer) => {
      cancelTimer()
      if (answer.ok) onReply(answer.reply)
      else onError(answer.error)
    })
    const envelope = { tag, payload, asking }
    if (!cell.offer(envelope)) {
      const refusal = cell.isAccepting ? this.#full(tag, payload) : this.#stopped()
      if (refusal !== undefined) {
        asking.settle({ ok: false, error: refusal })
        return withdraw
      }
      withdraw = cell.waitForRoom(
        envelope,
        () => {},
        () => asking.settle({ ok: false, error: this.#stopped() })
      )
    }
    if (!asking.isSettled) {
      cancelTimer = cell.system.timers.after(timeout, () => {
        withdraw()
        asking.settle({ ok: false, error: new AskTimeout({ actor: this.name, message_: tag, timeout }) })
      })
    }
    return () => {
      withdraw()
      cancelTimer()
      asking.abandon()
    }
  }

  #full(tag: string, payload: unknown): MailboxFull | undefined {
    const { mailboxOptions } = this.cell
    if (mailboxOptions.kind === "unbounded" || mailboxOptions.overflow === "backpressure") return undefined
    return new MailboxFull({ actor: this.name, capacity: mailboxOptions.capacity, tag, payload })
  }

  #stopped(): ActorStopped {
    const reason: ExitReason = this.cell.exitReason ?? shutdown
    return new ActorStopped({ actor: this.name, reason })
  }
}

/** Replies of all protocols pass through one place, which cannot know their types; compared bivariantly. */
interface Replied {
  reply(reply: unknown): void
}
