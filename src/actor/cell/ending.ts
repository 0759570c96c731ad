import type { Timer } from "../../collections/index.ts"
import { type ExitReason, failed } from "../errors.ts"
import type { TimerQueue } from "../system/timer-queue.ts"

/** A stop that was asked for and is under way. */
export class Ending {
  reason: ExitReason
  /** It is to stop only in order to start anew: mail is taken and kept. */
  halting: boolean
  /** It took longer than its shutdown timeout, and was interrupted. */
  overran = false
  /** Milliseconds. */
  readonly #timeout: number
  readonly #timers: TimerQueue
  readonly #onOverrun: (timeout: number) => void
  #timer: Timer | undefined
  #isOver = false

  constructor(
    reason: ExitReason,
    halting: boolean,
    timeout: number,
    timers: TimerQueue,
    onOverrun: (timeout: number) => void
  ) {
    this.reason = reason
    this.halting = halting
    this.#timeout = timeout
    this.#timers = timers
    this.#onOverrun = onOverrun
  }

  /** An end for good. What went wrong before outweighs that it was asked to stop. */
  forGood(reason: ExitReason, failure: { readonly cause: unknown } | undefined): void {
    this.halting = false
    this.reason = reason._tag === "Failed" || failure === undefined ? reason : failed(failure.cause)
  }

  /** Its time runs from now on. */
  arm(): void {
    if (!this.#isOver) this.#timer ??= this.#timers.schedule(this.#timeout, this)
  }

  /** Its time is over. */
  ring(): void {
    this.overran = true
    this.#onOverrun(this.#timeout)
  }

  /** It has come to its end. */
  done(): void {
    this.#isOver = true
    if (this.#timer !== undefined) this.#timers.cancel(this.#timer)
  }
}
