import type { ActorStopped, AskTimeout, MailboxFull } from "../errors.ts"

export type AskError = ActorStopped | AskTimeout | MailboxFull

/** How an ask ended. */
export type Answer = { readonly ok: true; readonly reply: unknown } | { readonly ok: false; readonly error: AskError }

/** One question on its way: settled once, by the reply, by the asked actor's end, by time, or given up by its asker. */
export class Asking {
  readonly #onAnswer: (answer: Answer) => void
  #settled = false
  #answered = false
  #open: Set<Asking> | undefined

  constructor(onAnswer: (answer: Answer) => void) {
    this.#onAnswer = onAnswer
  }

  get isSettled(): boolean {
    return this.#settled
  }

  /** Whether a reply has reached the asker. */
  get isAnswered(): boolean {
    return this.#answered
  }

  /** Keeps it among the questions that someone owes a reply, until it is settled. */
  heldIn(open: Set<Asking>): void {
    if (this.#settled) return
    this.#open = open
    open.add(this)
  }

  /** `false` where it was settled before. */
  settle(answer: Answer): boolean {
    if (this.#settled) return false
    this.abandon()
    this.#answered = answer.ok
    this.#onAnswer(answer)
    return true
  }

  /** The asker no longer waits. */
  abandon(): void {
    this.#settled = true
    this.#open?.delete(this)
    this.#open = undefined
  }
}
