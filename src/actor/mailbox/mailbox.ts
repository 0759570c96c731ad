import type { Desk, Envelope, Postmark } from "./envelope.ts"
import { FifoMailbox } from "./fifo-mailbox.ts"
import type { MailboxOptions } from "./mailbox-options.ts"
import { PriorityMailbox } from "./priority-mailbox.ts"

/** Told of each message that is dropped for want of room. */
export interface Spill {
  dropped(tag: string, payload: unknown, postmark: Postmark): void
}

/**
 * The mail of one actor. What the kernel itself forces in (ticks, notices of an end) may exceed the bound.
 *
 * A message goes in and comes out in parts: it becomes an object only where it has to be put aside.
 */
export interface Mailbox {
  readonly options: MailboxOptions
  readonly size: number
  /** Whether it would take one more message. */
  readonly hasRoom: boolean
  /** When the message was sent that has been here longest; `undefined` where there is none. */
  readonly oldest: number | undefined
  /** Whether senders wait for room. */
  readonly isAwaited: boolean
  /** Takes the message, or says that it did not: for want of room, or because others wait for room already. */
  offer(tag: string, payload: unknown, postmark: Postmark, spill: Spill): boolean
  /** Waits for room in the order of arrival. Returns what withdraws the message while it waits. */
  wait(envelope: Envelope, taken: () => void, refused: () => void): () => void
  force(tag: string, payload: unknown, postmark: Postmark): void
  /** Puts the next message on the desk; `false` where there is none. */
  take(desk: Desk): boolean
  /** Takes messages back that were taken before: they come first, in this order. */
  putBack(envelopes: ReadonlyArray<Envelope>): void
  /** Turns all waiting senders away. */
  refuseWaiting(): void
}

/** Throws a `RangeError` where it would have no room for a single message. */
export const makeMailbox = (options: MailboxOptions): Mailbox =>
  options.kind === "priority" ? new PriorityMailbox(options) : new FifoMailbox(options)
