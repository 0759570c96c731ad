import { type ExitReason, shutdown } from "../errors.ts"
import type { Cell } from "./cell.ts"
import type { Notice } from "./signals.ts"

interface Watch {
  /** Tells this watch from a later one of the same actor. */
  readonly token: number
  /** A notice of it that nobody handles fails the watcher (W6). */
  readonly linked: boolean
}

/** Whom an actor watches, and who watches it. Each watch ends in one notice, or in `unwatch`. */
export class CellWatch {
  readonly #owner: Cell
  readonly #watchers = new Map<Cell, number>()
  readonly #watching = new Map<Cell, Watch>()
  #token = 0

  constructor(owner: Cell) {
    this.#owner = owner
  }

  /** How many wait for its end. */
  get watchers(): number {
    return this.#watchers.size
  }

  /** Watching again changes nothing, but that a link stays or becomes one. */
  watch(target: Cell, linked: boolean): void {
    const known = this.#watching.get(target)
    if (known !== undefined) {
      if (linked) this.#watching.set(target, { ...known, linked })
      return
    }
    // It hears of nothing any more; the other would hold on to it.
    if (this.#owner.isStopped) return
    this.#token += 1
    const token = this.#token
    this.#watching.set(target, { token, linked })
    if (target.isStopped) this.#owner.notify(target, target.exitReason ?? shutdown, token)
    else target.watch.#watchers.set(this.#owner, token)
  }

  unwatch(target: Cell): void {
    if (this.#watching.delete(target)) target.watch.#watchers.delete(this.#owner)
  }

  /** The watch which the notice ends; `undefined` where it counts no more. Called once, when it is handled. */
  due({ ref, token }: Notice): { readonly linked: boolean } | undefined {
    const watch = this.#watching.get(ref.cell)
    if (watch?.token !== token) return undefined
    this.#watching.delete(ref.cell)
    return watch
  }

  /** The owner has ended. */
  end(reason: ExitReason): void {
    for (const target of this.#watching.keys()) target.watch.#watchers.delete(this.#owner)
    this.#watching.clear()
    const watchers = [...this.#watchers]
    this.#watchers.clear()
    for (const [watcher, token] of watchers) watcher.notify(this.#owner, reason, token)
  }
}
