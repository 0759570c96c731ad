import * as Scope from "effect/Scope"
import type { ExitReason } from "../errors.ts"
import type { Children } from "../supervision/children.ts"
import type { Asking } from "./asking.ts"
import type { CellTimers } from "./cell-timers.ts"
import type { CellWatch } from "./cell-watch.ts"
import type { Stash } from "./stash.ts"

/** What most actors never need: each part is made when it is first used, and an actor without any has none of this. */
export class CellParts {
  children: Children | undefined
  timers: CellTimers | undefined
  watch: CellWatch | undefined
  stash: Stash | undefined
  /** Questions it has begun to handle and owes a reply. */
  owed: Set<Asking> | undefined
  #scope: Scope.Closeable | undefined
  #endListeners: Array<(reason: ExitReason) => void> = []

  get scope(): Scope.Closeable {
    this.#scope ??= Scope.makeUnsafe()
    return this.#scope
  }

  /** The scope of the incarnation that ends, if it had one. */
  takeScope(): Scope.Closeable | undefined {
    const scope = this.#scope
    this.#scope = undefined
    return scope
  }

  onEnd(listener: (reason: ExitReason) => void): void {
    this.#endListeners.push(listener)
  }

  tellEnd(reason: ExitReason): void {
    for (const listener of this.#endListeners.splice(0)) listener(reason)
  }
}
