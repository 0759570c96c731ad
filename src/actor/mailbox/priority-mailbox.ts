import { RankHeap, Ring } from "../../collections/index.ts"
import { isNoticeTag, tickOf } from "../cell/signals.ts"
import { type Desk, type Envelope, type Postmark, sentAt } from "./envelope.ts"
import type { Mailbox } from "./mailbox.ts"
import { capacityOf, type PriorityOptions } from "./mailbox-options.ts"
import { WaitingSenders } from "./waiting-senders.ts"

interface Ranked {
  readonly envelope: Envelope
  readonly priority: number
  readonly seq: number
  heapIndex: number
}

/** The notice of an actor's end, which must not overtake the mail that was here before it (B2). */
interface Held {
  readonly notice: Envelope
  readonly seq: number
  /** Messages that were here before it and still are. */
  before: number
}

/** The least priority first; stable within a priority. */
export class PriorityMailbox implements Mailbox {
  readonly options: PriorityOptions
  readonly #capacity: number
  readonly #heap = new RankHeap<Ranked>(
    (a, b) => a.priority < b.priority || (a.priority === b.priority && a.seq < b.seq)
  )
  /** Taken back: before all others. */
  readonly #back = new Ring<Envelope>()
  #held: Array<Held> = []
  #seq = 0
  readonly #senders = new WaitingSenders()

  constructor(options: PriorityOptions) {
    this.#capacity = capacityOf(options)
    this.options = options
  }

  get size(): number {
    return this.#heap.size + this.#back.size + this.#held.length
  }

  get hasRoom(): boolean {
    return this.size < this.#capacity && !this.isAwaited
  }

  get isAwaited(): boolean {
    return !this.#senders.isEmpty
  }

  get oldest(): number | undefined {
    const all = [...this.#back, ...this.#heap.items.map(({ envelope }) => envelope)]
    return all.length === 0
      ? undefined
      : all.reduce((least, { postmark }) => Math.min(least, sentAt(postmark)), Infinity)
  }

  offer(tag: string, payload: unknown, postmark: Postmark): boolean {
    if (!this.hasRoom) return false
    this.force(tag, payload, postmark)
    return true
  }

  force(tag: string, payload: unknown, postmark: Postmark): void {
    const envelope: Envelope = { tag, payload, postmark }
    this.#seq += 1
    if (isNoticeTag(tag)) {
      const before = this.#heap.size + this.#back.size
      this.#held.push({ notice: envelope, seq: this.#seq, before })
      return
    }
    // A tick is as urgent as the message that it brings.
    const brought = tickOf(tag, payload) ?? envelope
    const priority = this.#priorityOf(brought.tag, brought.payload)
    this.#heap.push({ envelope, priority, seq: this.#seq, heapIndex: -1 })
  }

  wait(envelope: Envelope, taken: () => void, refused: () => void): () => void {
    return this.#senders.add(envelope, taken, refused)
  }

  take(desk: Desk): boolean {
    const envelope = this.#next()
    if (envelope === undefined) return false
    desk.tag = envelope.tag
    desk.payload = envelope.payload
    desk.postmark = envelope.postmark
    if (!this.#senders.isEmpty) {
      this.#senders.admit(
        () => this.size < this.#capacity,
        ({ tag, payload, postmark }) => this.force(tag, payload, postmark)
      )
    }
    return true
  }

  putBack(envelopes: ReadonlyArray<Envelope>): void {
    const behind = this.#back.drain()
    for (const envelope of envelopes) this.#back.push(envelope)
    for (const envelope of behind) this.#back.push(envelope)
    for (const held of this.#held) held.before += envelopes.length
  }

  refuseWaiting(): void {
    this.#senders.refuse()
  }

  /** What a user's function throws must not fail the sender. */
  #priorityOf(tag: string, payload: unknown): number {
    try {
      const priority = this.options.priority(tag, payload)
      return Number.isNaN(priority) ? Number.POSITIVE_INFINITY : priority
    } catch {
      return Number.POSITIVE_INFINITY
    }
  }

  #next(): Envelope | undefined {
    const due = this.#held[0]
    if (due !== undefined && due.before === 0) {
      this.#held.shift()
      return due.notice
    }
    const back = this.#back.shift()
    if (back !== undefined) {
      for (const held of this.#held) held.before -= 1
      return back
    }
    const first = this.#heap.pop()
    if (first === undefined) return undefined
    for (const held of this.#held) if (first.seq < held.seq) held.before -= 1
    return first.envelope
  }
}
