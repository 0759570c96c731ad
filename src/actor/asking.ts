import type { ActorStopped, AskTimeout, MailboxFull } from "./errors.ts"

export type AskError = ActorStopped | AskTimeout | MailboxFull

/** How an ask ended. */
export type Answer = { readonly ok: true; readonly reply: unknown } | { readonly ok: false; readonly error: AskError }

/** One question on its way: settled once, by the reply, by the asked actor's end, by time, or given up by its asker. */
export class Asking {
  readonly #onAnswer: (answer: Answer) => void
  #settled = false

  constructor(onAnswer: (answer: Answer) => void) {
    this.#onAnswer = onAnswer
  }

  get isSettled(): boolean {
    return this.#settled
  }

  /** `false` where it was settled before. */
  settle(answer: Answer): boolean {
    if (this.#settled) return false
    this.#settled = true
    this.#onAnswer(answer)
    return true
  }

  /** The asker no longer waits. */
  abandon(): void {
    this.#settled = true
  }
}
