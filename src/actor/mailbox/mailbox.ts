import type { Envelope } from "./envelope.ts"
import { FifoMailbox } from "./fifo-mailbox.ts"
import type { MailboxOptions } from "./mailbox-options.ts"
import { PriorityMailbox } from "./priority-mailbox.ts"

/** Told of each message that is dropped for want of room. */
export interface Spill {
  dropped(envelope: Envelope): void
}

/** The mail of one actor. What the kernel itself forces in (ticks, notices of an end) may exceed the bound. */
export interface Mailbox {
  readonly options: MailboxOptions
  readonly size: number
  /** The message that has been here longest. */
  readonly oldest: Envelope | undefined
  /** Takes the message, or says that it did not: for want of room, or because others wait for room already. */
  offer(envelope: Envelope, spill: Spill): boolean
  /** Waits for room in the order of arrival. Returns what withdraws the message while it waits. */
  wait(envelope: Envelope, taken: () => void, refused: () => void): () => void
  force(envelope: Envelope): void
  take(): Envelope | undefined
  /** Takes messages back that were taken before: they come first, in this order. */
  putBack(envelopes: ReadonlyArray<Envelope>): void
  /** Turns all waiting senders away. */
  refuseWaiting(): void
}

/** Throws a `RangeError` where it would have no room for a single message. */
export const makeMailbox = (options: MailboxOptions): Mailbox =>
  options.kind === "priority" ? new PriorityMailbox(options) : new FifoMailbox(options)
