import { Ring } from "../../collections/index.ts"
import type { Asking } from "../cell/asking.ts"

/** A message on its way. */
export interface Envelope {
  readonly tag: string
  readonly payload: unknown
  /** Who waits for the reply; `undefined` for a message that is told. */
  readonly asking: Asking | undefined
}

/**
 * How much mail an actor holds. `backpressure`: what does not fit waits with its sender. `reject`: it is handed back
 * with `MailboxFull`.
 */
export type MailboxOptions =
  | { readonly kind: "unbounded" }
  | { readonly kind: "bounded"; readonly capacity: number; readonly overflow: "backpressure" | "reject" }

/** What a user's actor gets where nothing is said (B4). */
export const defaultMailbox: MailboxOptions = { kind: "bounded", capacity: 1_024, overflow: "backpressure" }

interface Waiter {
  readonly envelope: Envelope
  readonly taken: () => void
  readonly refused: () => void
}

/** The user lane: first in, first out. What is forced in (notices of an actor's end) may exceed the bound. */
export class Mailbox {
  readonly #ring = new Ring<Envelope>()
  readonly #capacity: number
  /** In the order of their arrival. There are some only while the ring is full. */
  #waiters: Set<Waiter> | undefined

  /** Throws a `RangeError` where the capacity has no room for a single message. */
  constructor(options: MailboxOptions) {
    this.#capacity = options.kind === "unbounded" ? Number.POSITIVE_INFINITY : options.capacity
    if (!(this.#capacity >= 1)) throw new RangeError(`a mailbox's capacity is at least 1, not ${this.#capacity}`)
  }

  get size(): number {
    return this.#ring.size
  }

  get capacity(): number {
    return this.#capacity
  }

  /** `false` where it is full, or others wait for room already. */
  offer(envelope: Envelope): boolean {
    if (this.#ring.size >= this.#capacity || (this.#waiters !== undefined && this.#waiters.size > 0)) return false
    this.#ring.push(envelope)
    return true
  }

  force(envelope: Envelope): void {
    this.#ring.push(envelope)
  }

  /** Waits for room in the order of arrival. Returns what withdraws the message while it waits. */
  wait(envelope: Envelope, taken: () => void, refused: () => void): () => void {
    const waiter: Waiter = { envelope, taken, refused }
    this.#waiters ??= new Set()
    this.#waiters.add(waiter)
    return () => {
      this.#waiters?.delete(waiter)
    }
  }

  take(): Envelope | undefined {
    const envelope = this.#ring.shift()
    if (this.#waiters !== undefined) this.#admit(this.#waiters)
    return envelope
  }

  /** Turns all waiting senders away. */
  refuseWaiters(): void {
    const waiters = this.#waiters
    this.#waiters = undefined
    for (const waiter of waiters ?? []) waiter.refused()
  }

  #admit(waiters: Set<Waiter>): void {
    for (const waiter of waiters) {
      if (this.#ring.size >= this.#capacity) return
      waiters.delete(waiter)
      this.#ring.push(waiter.envelope)
      waiter.taken()
    }
  }
}
