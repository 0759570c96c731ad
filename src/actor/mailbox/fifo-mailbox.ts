import { isSignalTag } from "../cell/signals.ts"
import { type Desk, type Envelope, isPostmark, type Postmark, sentAt } from "./envelope.ts"
import { type FifoPolicy, fifoPolicy } from "./fifo-policy.ts"
import type { Mailbox, Spill } from "./mailbox.ts"
import type { MailboxOptions } from "./mailbox-options.ts"
import { firstStretch, isStretch, nextStretch, parts, type Stretch } from "./stretch.ts"
import { WaitingSenders } from "./waiting-senders.ts"

/**
 * First in, first out. A message that finds no other has a place of its own, so that an actor with one message at a
 * time, as most have, needs no more; those that come behind it lie in stretches of which each leads to the next.
 */
export class FifoMailbox implements Mailbox {
  #size = 0
  readonly #policy: FifoPolicy
  /** Where those behind the first are written, and where they are read from. */
  #last: Stretch | undefined
  #end = 0
  #first: Stretch | undefined
  #start = 0
  /** The message that found no other, as long as it is here. */
  #tag: string | undefined
  #payload: unknown
  #postmark: Postmark = 0
  /** There are some only while it is full. */
  #senders: WaitingSenders | undefined

  constructor(options: MailboxOptions) {
    this.#policy = fifoPolicy(options)
  }

  get options(): MailboxOptions {
    return this.#policy.options
  }

  get size(): number {
    return this.#size
  }

  get hasRoom(): boolean {
    return this.#size < this.#policy.capacity
  }

  get isAwaited(): boolean {
    return this.#senders?.isEmpty === false
  }

  get oldest(): number | undefined {
    for (const { postmark } of this) return sentAt(postmark)
    return undefined
  }

  offer(tag: string, payload: unknown, postmark: Postmark, spill: Spill): boolean {
    if (this.#size >= this.#policy.capacity) {
      const { overflow } = this.#policy
      if (overflow === "dropNewest") spill.dropped(tag, payload, postmark)
      if (overflow !== "dropOldest") return false
      this.#dropOldest(spill)
    }
    this.force(tag, payload, postmark)
    return true
  }

  force(tag: string, payload: unknown, postmark: Postmark): void {
    this.#size += 1
    if (this.#size === 1) {
      this.#tag = tag
      this.#payload = payload
      this.#postmark = postmark
      return
    }
    let last = this.#last
    if (last === undefined || this.#end === last.length - 1) last = this.#extend(last)
    const end = this.#end
    last[end] = tag
    last[end + 1] = payload
    last[end + 2] = postmark
    this.#end = end + parts
  }

  wait(envelope: Envelope, taken: () => void, refused: () => void): () => void {
    this.#senders ??= new WaitingSenders()
    return this.#senders.add(envelope, taken, refused)
  }

  take(desk: Desk): boolean {
    if (this.#size === 0) return false
    this.#size -= 1
    if (this.#tag !== undefined) {
      desk.tag = this.#tag
      desk.payload = this.#payload
      desk.postmark = this.#postmark
      this.#empty()
    } else if (this.#first !== undefined) {
      this.#shift(this.#first, desk)
    }
    if (this.#senders !== undefined) this.#admit(this.#senders)
    return true
  }

  putBack(envelopes: ReadonlyArray<Envelope>): void {
    this.#refill([...envelopes, ...this])
  }

  refuseWaiting(): void {
    const senders = this.#senders
    this.#senders = undefined
    senders?.refuse()
  }

  /** The messages, the oldest first. */
  *[Symbol.iterator](): IterableIterator<Envelope> {
    let left = this.#size
    if (this.#tag !== undefined) {
      left -= 1
      yield { tag: this.#tag, payload: this.#payload, postmark: this.#postmark }
    }
    let stretch = this.#first
    let index = this.#start
    for (; left > 0 && stretch !== undefined; left -= 1) {
      const desk: Desk = { tag: undefined, payload: undefined, postmark: 0 }
      read(stretch, index, desk)
      yield { ...desk, tag: desk.tag ?? "" }
      index += parts
      const next = stretch[index]
      if (index === stretch.length - 1 && isStretch(next)) {
        stretch = next
        index = 0
      }
    }
  }

  #shift(first: Stretch, desk: Desk): void {
    const start = this.#start
    read(first, start, desk)
    // What has been handled must not be kept alive by where it lay.
    first[start + 1] = undefined
    if (typeof desk.postmark !== "number") first[start + 2] = 0
    this.#start = start + parts
    if (this.#size === 0) {
      this.#release()
    } else if (this.#start === first.length - 1) {
      const next = first[this.#start]
      this.#first = isStretch(next) ? next : undefined
      this.#start = 0
    }
  }

  #extend(last: Stretch | undefined): Stretch {
    const next = last === undefined ? firstStretch() : nextStretch(last)
    if (last === undefined) this.#first = next
    else last[last.length - 1] = next
    this.#last = next
    this.#end = 0
    return next
  }

  #empty(): void {
    this.#tag = undefined
    this.#payload = undefined
    this.#postmark = 0
  }

  /** An actor without mail holds no room for it. */
  #release(): void {
    this.#first = undefined
    this.#last = undefined
    this.#start = 0
    this.#end = 0
  }

  #refill(envelopes: ReadonlyArray<Envelope>): void {
    this.#size = 0
    this.#empty()
    this.#release()
    for (const { tag, payload, postmark } of envelopes) this.force(tag, payload, postmark)
  }

  #dropOldest(spill: Spill): void {
    const desk: Desk = { tag: undefined, payload: undefined, postmark: 0 }
    const tag = this.#tag ?? this.#first?.[this.#start]
    if (typeof tag === "string" && !isSignalTag(tag) && this.take(desk)) {
      return spill.dropped(tag, desk.payload, desk.postmark)
    }
    const all = [...this]
    const index = all.findIndex(({ tag }) => !isSignalTag(tag))
    const oldest = all[index]
    if (oldest === undefined) return
    this.#refill(all.toSpliced(index, 1))
    spill.dropped(oldest.tag, oldest.payload, oldest.postmark)
  }

  #admit(senders: WaitingSenders): void {
    senders.admit(
      () => this.hasRoom,
      ({ tag, payload, postmark }) => this.force(tag, payload, postmark)
    )
    if (senders.isEmpty) this.#senders = undefined
  }
}

const read = (from: Stretch, index: number, to: Desk): void => {
  const tag = from[index]
  const postmark = from[index + 2]
  to.tag = typeof tag === "string" ? tag : undefined
  to.payload = from[index + 1]
  to.postmark = isPostmark(postmark) ? postmark : 0
}
