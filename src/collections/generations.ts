/**
 * A map of at most `limit` keys that keeps those used lately: beyond half the limit the keys in use grow old together, and
 * those not used again before the next generation is full are let go. Each step is O(1), reading changes nothing, and a
 * key outlives at least half the limit of others. Where the one longest unused must be known exactly, this will not do.
 */
export class Generations<K, V> {
  readonly #most: number
  #young = new Map<K, V>()
  #old: ReadonlyMap<K, V> = new Map()

  constructor(limit: number) {
    this.#most = Math.max(1, Math.floor(limit / 2))
  }

  /** Keys kept, some of them counted twice. */
  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(key: K): V | undefined {
    return this.#young.get(key) ?? this.#old.get(key)
  }

  /** The key has been used, and this is its value. */
  set(key: K, value: V): void {
    if (this.#young.size >= this.#most && !this.#young.has(key)) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, value)
  }
}
