/** What a heap holds: each item carries its own place, so that it can be taken from the middle in O(log n). */
export interface Ranked {
  /** Its index in the one heap it is in; −1 where it is in none. Written by the heap alone. */
  heapIndex: number
}

/** A binary heap, the least item first, with removal from the middle. */
export class RankHeap<Item extends Ranked> {
  readonly #before: (a: Item, b: Item) => boolean
  readonly #items: Array<Item> = []

  constructor(before: (a: Item, b: Item) => boolean) {
    this.#before = before
  }

  get size(): number {
    return this.#items.length
  }

  /** The least item, left in place. */
  get first(): Item | undefined {
    return this.#items[0]
  }

  /** All items, in no particular order. */
  get items(): ReadonlyArray<Item> {
    return this.#items
  }

  /** The least items in order, at most so many, left in place: O(count²) at worst, and the heap is not touched. */
  inOrder(count: number): ReadonlyArray<Item> {
    const ordered: Array<Item> = []
    // Of each item only its two children can come next: a frontier of places suffices.
    const frontier: Array<number> = this.#items.length > 0 ? [0] : []
    while (ordered.length < count) {
      let best = -1
      for (let index = 0; index < frontier.length; index += 1) {
        const item = this.#items[frontier[index] ?? -1]
        const leader = this.#items[frontier[best] ?? -1]
        if (item !== undefined && (leader === undefined || this.#before(item, leader))) best = index
      }
      const place = frontier[best]
      const item = this.#items[place ?? -1]
      if (place === undefined || item === undefined) return ordered
      ordered.push(item)
      frontier.splice(best, 1, 2 * place + 1, 2 * place + 2)
    }
    return ordered
  }

  has(item: Item): boolean {
    return this.#items[item.heapIndex] === item
  }

  push(item: Item): void {
    this.#items.push(item)
    item.heapIndex = this.#items.length - 1
    this.#rise(item.heapIndex)
  }

  pop(): Item | undefined {
    const first = this.#items[0]
    if (first !== undefined) this.remove(first)
    return first
  }

  /** Takes the item out, wherever it is; `false` where it is not in this heap. */
  remove(item: Item): boolean {
    const index = item.heapIndex
    if (this.#items[index] !== item) return false
    const last = this.#items.pop()
    item.heapIndex = -1
    if (last !== undefined && last !== item) {
      this.#items[index] = last
      last.heapIndex = index
      this.#rise(index)
      this.#sink(last.heapIndex)
    }
    return true
  }

  /** The item ranks otherwise than it did when it was put in, or last moved. */
  moved(item: Item): void {
    const index = item.heapIndex
    if (this.#items[index] !== item) return
    this.#rise(index)
    this.#sink(item.heapIndex)
  }

  #rise(start: number): void {
    let index = start
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!this.#swapIfBefore(index, parent)) return
      index = parent
    }
  }

  #sink(start: number): void {
    let index = start
    for (;;) {
      const left = 2 * index + 1
      const leftItem = this.#items[left]
      if (leftItem === undefined) return
      const rightItem = this.#items[left + 1]
      const child = rightItem !== undefined && this.#before(rightItem, leftItem) ? left + 1 : left
      if (!this.#swapIfBefore(child, index)) return
      index = child
    }
  }

  #swapIfBefore(lower: number, upper: number): boolean {
    const low = this.#items[lower]
    const high = this.#items[upper]
    if (low === undefined || high === undefined || !this.#before(low, high)) return false
    this.#items[upper] = low
    this.#items[lower] = high
    low.heapIndex = upper
    high.heapIndex = lower
    return true
  }
}
