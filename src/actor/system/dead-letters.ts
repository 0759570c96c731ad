import { Ring } from "../../collections/index.ts"
import type { Attempt } from "../mailbox/envelope.ts"

/** Why a message was not handled. */
export type DeadLetterReason =
  /** The receiver stopped before it came to this message. */
  | "stopped"
  /** The receiver had stopped already, or was stopping. `tell` has said so to the sender. */
  | "refused"
  /** The receiver failed while it handled this message. */
  | "failed"
  /** A reply whose asker had given up: `AskTimeout`, or interrupted. */
  | "late-reply"
  /** A second reply to the same question, or a reply to a message that asked for none. */
  | "unexpected-reply"
  /** The receiver knows no handler for it. */
  | "unhandled"
  /** The mailbox was full, and is of a kind that drops messages. */
  | "dropped"
  /** Its deadline passed before the receiver came to it. */
  | "expired"

/** A message that was not handled, or a reply that found nobody. */
export interface DeadLetter {
  readonly actor: string
  readonly tag: string
  readonly payload: unknown
  readonly reason: DeadLetterReason
  /** Milliseconds on the system's monotonic clock. */
  readonly at: number
  /** How its handling failed each time, where it was tried again. */
  readonly history: ReadonlyArray<Attempt>
}

/** Dead letters: all of them counted, the latest kept. */
export class DeadLetters {
  readonly #capacity: number
  readonly #onListenerFailure: (cause: unknown) => void
  readonly #kept = new Ring<DeadLetter>()
  readonly #listeners = new Set<(letter: DeadLetter) => void>()
  readonly #counts = new Map<DeadLetterReason, number>()

  constructor(onListenerFailure: (cause: unknown) => void, capacity = 1_024) {
    this.#capacity = capacity
    this.#onListenerFailure = onListenerFailure
  }

  add(letter: DeadLetter): void {
    this.#counts.set(letter.reason, this.count(letter.reason) + 1)
    this.#kept.push(letter)
    if (this.#kept.size > this.#capacity) this.#kept.shift()
    for (const listener of this.#listeners) {
      try {
        listener(letter)
      } catch (cause) {
        this.#onListenerFailure(cause)
      }
    }
  }

  /** How many there have been, of one reason or in all. */
  count(reason?: DeadLetterReason): number {
    if (reason !== undefined) return this.#counts.get(reason) ?? 0
    let total = 0
    for (const count of this.#counts.values()) total += count
    return total
  }

  /** Takes out those that are kept, the oldest first. */
  take(): ReadonlyArray<DeadLetter> {
    const letters: Array<DeadLetter> = []
    for (let letter = this.#kept.shift(); letter !== undefined; letter = this.#kept.shift()) letters.push(letter)
    return letters
  }

  subscribe(listener: (letter: DeadLetter) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }
}
