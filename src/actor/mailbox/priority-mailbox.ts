import { RankHeap, Ring } from "../../collections/index.ts"
import { isNoticeMail, tickOf } from "../cell/signals.ts"
import type { Envelope } from "./envelope.ts"
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

  get oldest(): Envelope | undefined {
    const all = [...this.#back, ...this.#heap.items.map(({ envelope }) => envelope)]
    return all.reduce<Envelope | undefined>((a, b) => (a === undefined || b.sentAt < a.sentAt ? b : a), undefined)
  }

  offer(envelope: Envelope): boolean {
    if (this.size >= this.#capacity || !this.#senders.isEmpty) return false
    this.force(envelope)
    return true
  }

  force(envelope: Envelope): void {
    this.#seq += 1
    if (isNoticeMail(envelope)) {
      const before = this.#heap.size + this.#back.size
      this.#held.push({ notice: envelope, seq: this.#seq, before })
      return
    }
    const { tag, payload } = tickOf(envelope) ?? envelope
    this.#heap.push({ envelope, priority: this.options.priority(tag, payload), seq: this.#seq, heapIndex: -1 })
  }

  wait(envelope: Envelope, taken: () => void, refused: () => void): () => void {
    return this.#senders.add(envelope, taken, refused)
  }

  take(): Envelope | undefined {
    const envelope = this.#next()
    if (!this.#senders.isEmpty) {
      this.#senders.admit(
        () => this.size < this.#capacity,
        (waiting) => this.force(waiting)
      )
    }
    return envelope
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
