import { Ring } from "../../collections/index.ts"
import { isSignal } from "../cell/signals.ts"
import type { Envelope } from "./envelope.ts"
import type { Mailbox, Spill } from "./mailbox.ts"
import { capacityOf, defaultMailbox, type MailboxOptions, overflowOf } from "./mailbox-options.ts"
import { WaitingSenders } from "./waiting-senders.ts"

/** Rings that mailboxes gave back when they ran empty: an actor without mail holds none. */
const spare: Array<Ring<Envelope>> = []
const spareRings = 64

/** Longer rings are not kept: whoever had a flood once need not hold its room for ever. */
const spareLength = 2_048

const takeRing = (): Ring<Envelope> => spare.pop() ?? new Ring<Envelope>()

const giveBack = (ring: Ring<Envelope>): void => {
  if (spare.length < spareRings && ring.length <= spareLength) spare.push(ring)
}

/**
 * First in, first out. The oldest message has a place of its own and only those behind it are in a ring, so that an
 * actor with one message at a time, as most have, never needs one.
 */
export class FifoMailbox implements Mailbox {
  readonly options: MailboxOptions
  #first: Envelope | undefined
  #ring: Ring<Envelope> | undefined
  /** There are some only while it is full. */
  #senders: WaitingSenders | undefined

  constructor(options: MailboxOptions) {
    if (options !== defaultMailbox) capacityOf(options)
    this.options = options
  }

  get size(): number {
    return (this.#first === undefined ? 0 : 1) + (this.#ring === undefined ? 0 : this.#ring.size)
  }

  get oldest(): Envelope | undefined {
    return this.#first
  }

  offer(envelope: Envelope, spill: Spill): boolean {
    if (this.#first === undefined) {
      this.#first = envelope
      return true
    }
    const { options } = this
    if (options.kind !== "unbounded" && !this.#hasRoom()) {
      if (overflowOf(options) === "dropOldest") {
        this.#dropOldest(spill)
      } else {
        if (overflowOf(options) === "dropNewest") spill.dropped(envelope)
        return false
      }
    }
    this.#push(envelope)
    return true
  }

  force(envelope: Envelope): void {
    if (this.#first === undefined) this.#first = envelope
    else this.#push(envelope)
  }

  wait(envelope: Envelope, taken: () => void, refused: () => void): () => void {
    this.#senders ??= new WaitingSenders()
    return this.#senders.add(envelope, taken, refused)
  }

  take(): Envelope | undefined {
    const envelope = this.#first
    const ring = this.#ring
    if (ring === undefined) {
      this.#first = undefined
    } else {
      this.#first = ring.shift()
      if (ring.size === 0) {
        this.#ring = undefined
        giveBack(ring)
      }
    }
    if (this.#senders !== undefined) this.#admit(this.#senders)
    return envelope
  }

  putBack(envelopes: ReadonlyArray<Envelope>): void {
    const behind = [...(this.#first === undefined ? [] : [this.#first]), ...(this.#ring ?? [])]
    this.#first = undefined
    this.#ring = undefined
    for (const envelope of envelopes) this.force(envelope)
    for (const envelope of behind) this.force(envelope)
  }

  refuseWaiting(): void {
    const senders = this.#senders
    this.#senders = undefined
    senders?.refuse()
  }

  #hasRoom(): boolean {
    return this.size < capacityOf(this.options) && (this.#senders === undefined || this.#senders.isEmpty)
  }

  #push(envelope: Envelope): void {
    this.#ring ??= takeRing()
    this.#ring.push(envelope)
  }

  #dropOldest(spill: Spill): void {
    const kept: Array<Envelope> = []
    for (let oldest = this.take(); oldest !== undefined; oldest = this.take()) {
      if (!isSignal(oldest)) {
        this.putBack(kept)
        return spill.dropped(oldest)
      }
      kept.push(oldest)
    }
    this.putBack(kept)
  }

  #admit(senders: WaitingSenders): void {
    senders.admit(
      () => this.size < capacityOf(this.options),
      (envelope) => this.force(envelope)
    )
    if (senders.isEmpty) this.#senders = undefined
  }
}
