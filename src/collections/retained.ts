import { Ring } from "./ring.ts"

/**
 * Remembers the latest so many keys; an older one is let go as a newer one comes. A `Set` or `Map` would do, but to
 * find its oldest key it walks over all that were deleted before: a cost that grows with what is retained.
 */
export class Retained<Key> {
  readonly #limit: number
  readonly #release: (key: Key) => void
  readonly #keys = new Ring<Key>()

  constructor(limit: number, release: (key: Key) => void) {
    this.#limit = limit
    this.#release = release
  }

  /** Each key at most once. */
  add(key: Key): void {
    this.#keys.push(key)
    if (this.#keys.size <= this.#limit) return
    const oldest = this.#keys.shift()
    if (oldest !== undefined) this.#release(oldest)
  }
}
