import type { Envelope } from "./envelope.ts"

interface Waiting {
  readonly envelope: Envelope
  readonly taken: () => void
  readonly refused: () => void
}

/** Messages that wait with their senders for room in a mailbox, in the order of their arrival. */
export class WaitingSenders {
  readonly #waiting = new Set<Waiting>()

  get isEmpty(): boolean {
    return this.#waiting.size === 0
  }

  /** Returns what withdraws the message. */
  add(envelope: Envelope, taken: () => void, refused: () => void): () => void {
    const waiting: Waiting = { envelope, taken, refused }
    this.#waiting.add(waiting)
    return () => {
      this.#waiting.delete(waiting)
    }
  }

  /** Lets the first of them in while there is room. */
  admit(hasRoom: () => boolean, push: (envelope: Envelope) => void): void {
    for (const waiting of this.#waiting) {
      if (!hasRoom()) return
      this.#waiting.delete(waiting)
      push(waiting.envelope)
      waiting.taken()
    }
  }

  refuse(): void {
    for (const waiting of [...this.#waiting]) {
      if (this.#waiting.delete(waiting)) waiting.refused()
    }
  }
}
