import type { Timer } from "../../collections/index.ts"
import type { TimerQueue } from "../system/timer-queue.ts"

/** A time limit for what an actor does on its way out. */
export class Limit {
  /** Milliseconds. */
  readonly #timeout: number
  readonly #timers: TimerQueue
  readonly #onOver: () => void
  #timer: Timer | undefined
  #isDone = false

  constructor(timeout: number, timers: TimerQueue, onOver: () => void) {
    this.#timeout = timeout
    this.#timers = timers
    this.#onOver = onOver
  }

  /** Its time runs from now on. */
  arm(): void {
    if (!this.#isDone) this.#timer ??= this.#timers.schedule(this.#timeout, this)
  }

  /** Its time is over. */
  ring(): void {
    this.#onOver()
  }

  /** What it limits has come to its end. */
  done(): void {
    this.#isDone = true
    if (this.#timer !== undefined) this.#timers.cancel(this.#timer)
  }
}
