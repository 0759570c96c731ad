/** What has a time limit that begins to run with `arm`. */
export interface Armed {
  arm(): void
}

/**
 * Questions, and stops, whose time has not begun to run. Most are over before the tasks that are ready have run, and
 * never need a timer, nor a look at the clock for it; those still open get theirs then. So a limit may come late by as
 * long as those tasks took, and never early.
 */
export class Arming {
  readonly #defer: (task: () => void) => void
  readonly #waiting: Array<Armed> = []
  #isDeferred = false
  readonly #armAll = (): void => {
    this.#isDeferred = false
    for (const armed of this.#waiting) armed.arm()
    this.#waiting.length = 0
  }

  /** `defer` does something once the tasks that are ready have run. */
  constructor(defer: (task: () => void) => void) {
    this.#defer = defer
  }

  add(armed: Armed): void {
    this.#waiting.push(armed)
    if (this.#isDeferred) return
    this.#isDeferred = true
    this.#defer(this.#armAll)
  }
}
