import { BoundedRing } from "../../collections/index.ts"
import type { Attempt } from "../mailbox/envelope.ts"
import type { AnyRef } from "../ref.ts"

/** Why a message was not handled. */
export type DeadLetterReason =
  /** The receiver stopped before it came to this message. */
  | "stopped"
  /** The receiver had stopped already, or was stopping. `tell` has said so to the sender. */
  | "refused"
  /** The receiver failed while it handled this message. */
  | "failed"
  /** A reply whose asker had given up: `AskTimeout`, or interrupted. The tag is that of the question. */
  | "late-reply"
  /** A second reply to the same question, or a reply to a message that asked for none. */
  | "unexpected-reply"
  /** The receiver knows no handler for it. */
  | "unhandled"
  /** The mailbox was full, and is of a kind that drops messages, or nobody was there to take it back. */
  | "dropped"
  /** Its deadline passed before the receiver came to it. */
  | "expired"
  /** A router had nobody to give it to. */
  | "no-routee"
  /** The receiver is on another thread, and the message cannot be copied there. */
  | "not-cloneable"

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

/** Which dead letters: those that agree in all that is given, or for which the function says so. */
export type DeadLetterFilter = Partial<Pick<DeadLetter, "actor" | "tag" | "reason">> | ((letter: DeadLetter) => boolean)

/** Delivers a letter again, to `to` or to whom it was meant for; `false` where that one does not take it. */
type Deliver = (letter: DeadLetter, to: AnyRef | undefined) => boolean

/** Dead letters: all of them counted, the latest kept. */
export class DeadLetters {
  readonly #deliver: Deliver
  readonly #onListenerFailure: (cause: unknown) => void
  readonly #kept: BoundedRing<DeadLetter>
  readonly #listeners = new Set<(letter: DeadLetter) => void>()
  readonly #counts = new Map<DeadLetterReason, number>()

  constructor(deliver: Deliver, onListenerFailure: (cause: unknown) => void, capacity = 1_024) {
    this.#deliver = deliver
    this.#onListenerFailure = onListenerFailure
    this.#kept = new BoundedRing(capacity)
  }

  add(letter: DeadLetter): void {
    this.#counts.set(letter.reason, this.count(letter.reason) + 1)
    this.#kept.push(letter)
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

  /** How many there have been, by reason. */
  get counts(): Readonly<Partial<Record<DeadLetterReason, number>>> {
    return Object.fromEntries(this.#counts)
  }

  /** Those that are kept, the oldest first. */
  list(filter: DeadLetterFilter = {}): ReadonlyArray<DeadLetter> {
    const matches = matcherOf(filter)
    return [...this.#kept].filter((letter) => matches(letter))
  }

  /** Takes out those that are kept, the oldest first. */
  take(filter: DeadLetterFilter = {}): ReadonlyArray<DeadLetter> {
    const taken = this.list(filter)
    this.#remove(new Set(taken))
    return taken
  }

  /**
   * Delivers letters that are kept once more, the oldest first: to the actor of the same name, where it lives, or to
   * `to`. Says how many were taken; those are dead letters no longer, the others stay. Replies stay: who asked has been
   * told long ago. A question is told now. The history of a message stays with it, so that its retries do not begin
   * anew.
   */
  replay(which: DeadLetterFilter | ReadonlyArray<DeadLetter>, to?: AnyRef): number {
    const chosen = isListed(which) ? this.list((letter) => which.includes(letter)) : this.list(which)
    const delivered = new Set<DeadLetter>()
    for (const letter of chosen) if (!isReply(letter) && this.#deliver(letter, to)) delivered.add(letter)
    this.#remove(delivered)
    return delivered.size
  }

  /** Tells each from now on. Returns what ends it. */
  subscribe(listener: (letter: DeadLetter) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  #remove(letters: ReadonlySet<DeadLetter>): void {
    if (letters.size === 0) return
    for (const letter of this.#kept.drain()) if (!letters.has(letter)) this.#kept.push(letter)
  }
}

const isReply = ({ reason }: DeadLetter): boolean => reason === "late-reply" || reason === "unexpected-reply"

const isListed = (which: DeadLetterFilter | ReadonlyArray<DeadLetter>): which is ReadonlyArray<DeadLetter> =>
  Array.isArray(which)

const matcherOf = (filter: DeadLetterFilter): ((letter: DeadLetter) => boolean) => {
  if (typeof filter === "function") return filter
  const { actor, tag, reason } = filter
  return (letter) =>
    (actor === undefined || letter.actor === actor) &&
    (tag === undefined || letter.tag === tag) &&
    (reason === undefined || letter.reason === reason)
}
