import type { ExitReason } from "../errors.ts"
import type { Children } from "../supervision/children.ts"
import type { CellWatch } from "./cell-watch.ts"

/** What most actors never need: made when it is first used, and an actor that needs none has none of this. */
export class CellParts {
  children: Children | undefined
  watch: CellWatch | undefined
  /** What went wrong last, in an instance or in its start. */
  failure: { readonly cause: unknown } | undefined
  /** Whether a start was asked for while an instance was being taken down. */
  isStartWanted = false
  exitReason: ExitReason | undefined
  #listeners: Array<(reason: ExitReason) => void> | undefined

  onEnd(listener: (reason: ExitReason) => void): void {
    if (this.#listeners === undefined) this.#listeners = [listener]
    else this.#listeners.push(listener)
  }

  tellEnd(reason: ExitReason): void {
    const listeners = this.#listeners
    this.#listeners = undefined
    for (const listener of listeners ?? []) listener(reason)
  }
}
