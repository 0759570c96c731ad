/**
 * A map of at most `limit` keys; a new key beyond that takes the place of the one longest unused. Keeps what is
 * learned bounded while workers and task types come and go.
 */
export class RecentMap<K, V> {
  readonly #entries = new Map<K, V>()
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = Math.max(1, limit)
  }

  get size(): number {
    return this.#entries.size
  }

  /** Reads without counting as use. */
  get(key: K): V | undefined {
    return this.#entries.get(key)
  }

  /** The value of `key`, made where there is none; it is now the most recently used. */
  use(key: K, make: () => V): V {
    const value = this.#entries.get(key) ?? make()
    this.set(key, value)
    return value
  }

  set(key: K, value: V): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size <= this.#limit) return
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest)
      return
    }
  }

  delete(key: K): boolean {
    return this.#entries.delete(key)
  }

  keys(): IterableIterator<K> {
    return this.#entries.keys()
  }

  entries(): IterableIterator<[K, V]> {
    return this.#entries.entries()
  }
}
