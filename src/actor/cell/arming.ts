import type { Asking } from "./asking.ts"

/**
 * Questions whose time has not begun to run. Most are answered before the tasks that are ready have run, and never
 * need a timer, nor a look at the clock for it; those still open get theirs then. So a timeout may come late by as long
 * as those tasks took, and never early.
 */
export class Arming {
  readonly #defer: (task: () => void) => void
  #askings: Array<Asking> = []
  #isDeferred = false
  readonly #armAll = (): void => {
    this.#isDeferred = false
    for (const asking of this.#askings) asking.arm()
    this.#askings.length = 0
  }

  /** `defer` does something once the tasks that are ready have run. */
  constructor(defer: (task: () => void) => void) {
    this.#defer = defer
  }

  add(asking: Asking): void {
    this.#askings.push(asking)
    if (this.#isDeferred) return
    this.#isDeferred = true
    this.#defer(this.#armAll)
  }
}
