import * as Scope from "effect/Scope"
import type { Asking } from "./asking.ts"
import type { CellTimers } from "./cell-timers.ts"
import type { Stash } from "./stash.ts"

/** What most instances never need: each part is made when it is first used, and an actor without any has none of this. */
export class InstanceParts {
  timers: CellTimers | undefined
  stash: Stash | undefined
  /** Questions it has begun to handle and owes a reply. */
  owed: Set<Asking> | undefined
  #scope: Scope.Closeable | undefined

  get scope(): Scope.Closeable {
    this.#scope ??= Scope.makeUnsafe()
    return this.#scope
  }

  /** The scope that is to be closed, if there is one. */
  takeScope(): Scope.Closeable | undefined {
    const scope = this.#scope
    this.#scope = undefined
    return scope
  }
}
