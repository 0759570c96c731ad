interface Entry<K, V> {
  readonly key: K
  value: V
  /** The entry used just before it, and the one used just after it. */
  older: Entry<K, V> | undefined
  newer: Entry<K, V> | undefined
}

/**
 * A map of at most `limit` keys; a new key beyond that takes the place of the one longest unused. Keeps what is
 * learned bounded while workers and task types come and go. Entries stand in a chain in the order of their use, so
 * that using one costs a look-up and a few assignments: cheaper than taking it out of a `Map` and putting it back.
 */
export class RecentMap<K, V> {
  readonly #entries = new Map<K, Entry<K, V>>()
  readonly #limit: number
  #oldest: Entry<K, V> | undefined
  #newest: Entry<K, V> | undefined

  constructor(limit: number) {
    this.#limit = Math.max(1, limit)
  }

  get size(): number {
    return this.#entries.size
  }

  /** Reads without counting as use. */
  get(key: K): V | undefined {
    return this.#entries.get(key)?.value
  }

  /** The value of `key`, made where there is none; it is now the most recently used. */
  use(key: K, make: () => V): V {
    const entry = this.#entries.get(key)
    if (entry === undefined) return this.#add(key, make())
    this.#renew(entry)
    return entry.value
  }

  set(key: K, value: V): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) {
      this.#add(key, value)
      return
    }
    entry.value = value
    this.#renew(entry)
  }

  delete(key: K): boolean {
    const entry = this.#entries.get(key)
    if (entry === undefined) return false
    this.#unlink(entry)
    return this.#entries.delete(key)
  }

  /** Those longest unused first. */
  *keys(): IterableIterator<K> {
    for (let entry = this.#oldest; entry !== undefined; entry = entry.newer) yield entry.key
  }

  *entries(): IterableIterator<[K, V]> {
    for (let entry = this.#oldest; entry !== undefined; entry = entry.newer) yield [entry.key, entry.value]
  }

  #add(key: K, value: V): V {
    const entry: Entry<K, V> = { key, value, older: undefined, newer: undefined }
    this.#entries.set(key, entry)
    this.#link(entry)
    if (this.#entries.size > this.#limit && this.#oldest !== undefined) this.delete(this.#oldest.key)
    return value
  }

  #renew(entry: Entry<K, V>): void {
    if (entry === this.#newest) return
    this.#unlink(entry)
    this.#link(entry)
  }

  #link(entry: Entry<K, V>): void {
    entry.older = this.#newest
    entry.newer = undefined
    if (this.#newest === undefined) this.#oldest = entry
    else this.#newest.newer = entry
    this.#newest = entry
  }

  #unlink({ older, newer }: Entry<K, V>): void {
    if (older === undefined) this.#oldest = newer
    else older.newer = newer
    if (newer === undefined) this.#newest = older
    else newer.older = older
  }
}
