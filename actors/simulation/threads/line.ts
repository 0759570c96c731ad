import type { Millis } from "../../../src/model/index.ts"
import type { ThreadWorld } from "./thread-world.ts"

/** One direction of a thread's port: what is sent arrives late, but all of it, once, and in the order in which it left. */
export class Line {
  readonly #world: Pick<ThreadWorld, "now" | "after">
  readonly #onItsWay: Array<() => void> = []
  /** When the latest of it arrives. */
  #lastArrival: Millis = 0

  constructor(world: Pick<ThreadWorld, "now" | "after">) {
    this.#world = world
  }

  /** Nothing overtakes what was sent before it. */
  send(happen: () => void, ms: Millis): void {
    const now = this.#world.now()
    const at = Math.max(this.#lastArrival, now + ms)
    this.#lastArrival = at
    this.#onItsWay.push(happen)
    // Of what arrives at one moment, the world decides the order: whichever comes, it is the first's turn.
    this.#world.after(at - now, () => this.#onItsWay.shift()?.())
  }
}
