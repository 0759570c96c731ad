import { type ExitReason, shutdown } from "../errors.ts"
import type { Cell } from "./cell.ts"
import type { Notice } from "./signals.ts"

/** Whom an actor watches, and who watches it. Each watch ends in one notice, or in `unwatch`. */
export class CellWatch {
  readonly #owner: Cell
  readonly #watchers = new Map<Cell, number>()
  readonly #watching = new Map<Cell, number>()
  #token = 0

  constructor(owner: Cell) {
    this.#owner = owner
  }

  /** How many wait for its end. */
  get watchers(): number {
    return this.#watchers.size
  }

  watch(target: Cell): void {
    if (this.#watching.has(target)) return
    this.#token += 1
    this.#watching.set(target, this.#token)
    if (target.isStopped) this.#owner.notify(target, target.exitReason ?? shutdown, this.#token)
    else target.watch.#watchers.set(this.#owner, this.#token)
  }

  unwatch(target: Cell): void {
    if (this.#watching.delete(target)) target.watch.#watchers.delete(this.#owner)
  }

  /** Whether the notice still counts. Called once, when it is handled: the watch it speaks of is over then. */
  isDue({ ref, token }: Notice): boolean {
    if (this.#watching.get(ref.cell) !== token) return false
    this.#watching.delete(ref.cell)
    return true
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
