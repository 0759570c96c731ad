import { isSignalTag } from "../cell/signals.ts"
import { type Desk, type Envelope, type Postmark, sentAt } from "./envelope.ts"
import { MailQueue } from "./mail-queue.ts"
import type { Mailbox, Spill } from "./mailbox.ts"
import { capacityOf, defaultMailbox, type MailboxOptions, overflowOf } from "./mailbox-options.ts"
import { WaitingSenders } from "./waiting-senders.ts"

/**
 * First in, first out. The oldest message has a place of its own and only those behind it are in a queue, so that an
 * actor with one message at a time, as most have, never needs one.
 */
export class FifoMailbox implements Mailbox, Desk {
  readonly options: MailboxOptions
  /** The oldest message. */
  tag: string | undefined
  payload: unknown
  postmark: Postmark = 0
  #behind: MailQueue | undefined
  /** There are some only while it is full. */
  #senders: WaitingSenders | undefined

  constructor(options: MailboxOptions) {
    if (options !== defaultMailbox) capacityOf(options)
    this.options = options
  }

  get size(): number {
    return this.tag === undefined ? 0 : this.#behind === undefined ? 1 : 1 + this.#behind.size
  }

  get hasRoom(): boolean {
    if (this.options.kind === "unbounded") return true
    return this.size < capacityOf(this.options) && (this.#senders === undefined || this.#senders.isEmpty)
  }

  get oldest(): number | undefined {
    return this.tag === undefined ? undefined : sentAt(this.postmark)
  }

  offer(tag: string, payload: unknown, postmark: Postmark, spill: Spill): boolean {
    if (this.tag !== undefined && !this.hasRoom) {
      const overflow = overflowOf(this.options)
      if (overflow !== "dropOldest") {
        if (overflow === "dropNewest") spill.dropped(tag, payload, postmark)
        return false
      }
      this.#dropOldest(spill)
    }
    this.force(tag, payload, postmark)
    return true
  }

  force(tag: string, payload: unknown, postmark: Postmark): void {
    if (this.tag === undefined) {
      this.tag = tag
      this.payload = payload
      this.postmark = postmark
      return
    }
    this.#behind ??= new MailQueue()
    this.#behind.push(tag, payload, postmark)
  }

  wait(envelope: Envelope, taken: () => void, refused: () => void): () => void {
    this.#senders ??= new WaitingSenders()
    return this.#senders.add(envelope, taken, refused)
  }

  take(desk: Desk): boolean {
    if (this.tag === undefined) return false
    desk.tag = this.tag
    desk.payload = this.payload
    desk.postmark = this.postmark
    this.#advance()
    if (this.#senders !== undefined) this.#admit(this.#senders)
    return true
  }

  putBack(envelopes: ReadonlyArray<Envelope>): void {
    const behind = [...this]
    this.#clear()
    for (const { tag, payload, postmark } of [...envelopes, ...behind]) this.force(tag, payload, postmark)
  }

  refuseWaiting(): void {
    const senders = this.#senders
    this.#senders = undefined
    senders?.refuse()
  }

  /** The messages, the oldest first. */
  *[Symbol.iterator](): IterableIterator<Envelope> {
    if (this.tag === undefined) return
    yield { tag: this.tag, payload: this.payload, postmark: this.postmark }
    if (this.#behind !== undefined) yield* this.#behind
  }

  /** The next message takes the place of the oldest. */
  #advance(): void {
    const behind = this.#behind
    if (behind === undefined) return this.#clear()
    behind.shift(this)
    // An actor without mail holds no room for it.
    if (behind.size === 0) this.#behind = undefined
  }

  #clear(): void {
    this.tag = undefined
    this.payload = undefined
    this.postmark = 0
    this.#behind = undefined
  }

  #dropOldest(spill: Spill): void {
    if (this.tag !== undefined && !isSignalTag(this.tag)) {
      const { tag, payload, postmark } = this
      this.#advance()
      return spill.dropped(tag, payload, postmark)
    }
    const all = [...this]
    const index = all.findIndex(({ tag }) => !isSignalTag(tag))
    const oldest = all[index]
    if (oldest === undefined) return
    this.#clear()
    for (const { tag, payload, postmark } of all.toSpliced(index, 1)) this.force(tag, payload, postmark)
    spill.dropped(oldest.tag, oldest.payload, oldest.postmark)
  }

  #admit(senders: WaitingSenders): void {
    senders.admit(
      () => this.size < capacityOf(this.options),
      ({ tag, payload, postmark }) => this.force(tag, payload, postmark)
    )
    if (senders.isEmpty) this.#senders = undefined
  }
}
