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

  #grow(): void {
    const { length } = this.#items
    const items = new Array<Item | undefined>(Math.max(firstLength, length * 2))
    for (let index = 0; index < this.#size; index += 1) items[index] = this.#items[(this.#head + index) & (length - 1)]
    this.#items = items
    this.#head = 0
  }
}
