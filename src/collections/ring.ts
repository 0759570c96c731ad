/** Slots of a ring when it first holds something: a power of two. */
const firstLength = 8

/** A first-in first-out queue in a ring that grows by doubling; one that was never used takes no room. */
export class Ring<Item> {
  #items: Array<Item | undefined> = []
  #head = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The oldest item, left in place. */
  get first(): Item | undefined {
    return this.#size === 0 ? undefined : this.#items[this.#head]
  }

  /** The newest item, left in place. */
  get last(): Item | undefined {
    return this.#size === 0 ? undefined : this.#items[(this.#head + this.#size - 1) & (this.#items.length - 1)]
  }

  push(item: Item): void {
    if (this.#size === this.#items.length) this.#grow()
    this.#items[(this.#head + this.#size) & (this.#items.length - 1)] = item
    this.#size += 1
  }

  shift(): Item | undefined {
    if (this.#size === 0) return undefined
    const item = this.#items[this.#head]
    // The slot must not keep a message alive that has been handled.
    this.#items[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#items.length - 1)
    this.#size -= 1
    return item
  }

  /** Takes everything out, the oldest first. */
  drain(): ReadonlyArray<Item> {
    const all = [...this]
    this.#items = []
    this.#head = 0
    this.#size = 0
    return all
  }

  /** The items, the oldest first. */
  *[Symbol.iterator](): IterableIterator<Item> {
    for (let index = 0; index < this.#size; index += 1) {
      const item = this.#items[(this.#head + index) & (this.#items.length - 1)]
      if (item !== undefined) yield item
    }
  }

  #grow(): void {
    const { length } = this.#items
    const items = new Array<Item | undefined>(Math.max(firstLength, length * 2))
    for (let index = 0; index < this.#size; index += 1) items[index] = this.#items[(this.#head + index) & (length - 1)]
    this.#items = items
    this.#head = 0
  }
}

/** A ring of at most `capacity` items: a push beyond that lets the oldest go. */
export class BoundedRing<Item> extends Ring<Item> {
  readonly capacity: number

  constructor(capacity: number) {
    super()
    this.capacity = Math.max(1, capacity)
  }

  override push(item: Item): void {
    super.push(item)
    if (this.size > this.capacity) this.shift()
  }
}
