/** A queue of at most `capacity` items, oldest first; a push beyond that drops the oldest. Grows as it is filled. */
export class Ring<A> implements Iterable<A> {
  readonly capacity: number
  #items: Array<A> = []
  /** Where the oldest item stands. */
  #head = 0

  constructor(capacity: number) {
    this.capacity = Math.max(1, capacity)
  }

  get size(): number {
    return this.#items.length - this.#head
  }

  get first(): A | undefined {
    return this.#items[this.#head]
  }

  get last(): A | undefined {
    return this.size === 0 ? undefined : this.#items[this.#items.length - 1]
  }

  push(item: A): void {
    this.#items.push(item)
    if (this.size > this.capacity) this.shift()
  }

  /** Takes the oldest item out. */
  shift(): A | undefined {
    const item = this.#items[this.#head]
    if (this.size === 0) return undefined
    this.#head += 1
    // Copying only once half is behind keeps a shift O(1) on average, and what was dropped is soon let go.
    if (this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }

  /** Takes everything out, oldest first. */
  drain(): ReadonlyArray<A> {
    const all = this.#items.slice(this.#head)
    this.#items = []
    this.#head = 0
    return all
  }

  *[Symbol.iterator](): IterableIterator<A> {
    for (let index = this.#head; index < this.#items.length; index += 1) {
      const item = this.#items[index]
      if (item !== undefined) yield item
    }
  }
}
