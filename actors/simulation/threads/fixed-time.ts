import type { Millis } from "../../../src/model/index.ts"

/** The time that a run takes whatever its work; each of its steps has its part of it, by its work. */
export class FixedTime {
  readonly #ms: Millis
  readonly #steps: ReadonlyArray<Millis>
  readonly #work: Millis
  /** Milliseconds left of the step in hand. */
  #left: Millis

  constructor(ms: Millis, steps: ReadonlyArray<Millis>) {
    this.#ms = ms
    this.#steps = steps
    this.#work = steps.reduce((sum, work) => sum + work, 0)
    this.#left = this.#of(0)
  }

  get left(): Millis {
    return this.#left
  }

  /** Lets so much of it pass; returns the share of what was left of the step that is done by that. */
  pass(ms: Millis): number {
    if (ms >= this.#left) {
      this.#left = 0
      return 1
    }
    const share = ms / this.#left
    this.#left -= ms
    return share
  }

  goOn(step: number): void {
    this.#left = this.#of(step)
  }

  #of(step: number): Millis {
    const { length } = this.#steps
    if (length === 1) return this.#ms
    return this.#work === 0 ? this.#ms / length : (this.#ms * (this.#steps[step] ?? 0)) / this.#work
  }
}
