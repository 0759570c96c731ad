import { type Ranked, RankHeap } from "./rank-heap.ts"

/** Slots of the line when it first holds something: a power of two. */
const firstLength = 16

/** Place `p` of the line, as an item carries it: below −1, so that it is neither a place in the heap nor nowhere. */
const carried = (place: number): number => -2 - place

/**
 * A priority queue for items that mostly come in order: the least item first, with removal from the middle.
 *
 * What comes in order joins a line, at O(1); only what ranks before the end of the line goes to a heap. The answer is
 * that of a heap alone, at a fraction of its cost.
 */
export class RankQueue<Item extends Ranked> {
  readonly #before: (a: Item, b: Item) => boolean
  readonly #early: RankHeap<Item>
  /** A ring, with holes where items were taken from the middle. */
  #line: Array<Item | undefined> = []
  /** Places of the first item of the line, and one past its last; they only grow until the line is empty. */
  #head = 0
  #end = 0
  #size = 0

  constructor(before: (a: Item, b: Item) => boolean) {
    this.#before = before
    this.#early = new RankHeap(before)
  }

  get size(): number {
    return this.#size
  }

  /** Places the line takes up, holes included. */
  get span(): number {
    return this.#end - this.#head
  }

  /** The least item, left in place. */
  get first(): Item | undefined {
    const early = this.#early.first
    const next = this.#line[this.#head & (this.#line.length - 1)]
    if (early === undefined) return next
    return next === undefined || this.#before(early, next) ? early : next
  }

  /** All items, in no particular order. */
  get items(): ReadonlyArray<Item> {
    return [...this.#inLine(), ...this.#early.items]
  }

  has(item: Item): boolean {
    return item.heapIndex < -1 ? this.#at(carried(item.heapIndex)) === item : this.#early.has(item)
  }

  push(item: Item): void {
    this.#size += 1
    const last = this.#end > this.#head ? this.#at(this.#end - 1) : undefined
    if (last !== undefined && this.#before(item, last)) return this.#early.push(item)
    if (this.#end - this.#head === this.#line.length) this.#grow()
    this.#line[this.#end & (this.#line.length - 1)] = item
    item.heapIndex = carried(this.#end)
    this.#end += 1
  }

  /** Takes the item out, wherever it is; `false` where it is not in this queue. */
  remove(item: Item): boolean {
    if (item.heapIndex >= -1) {
      if (!this.#early.remove(item)) return false
    } else {
      const place = carried(item.heapIndex)
      if (this.#at(place) !== item) return false
      this.#line[place & (this.#line.length - 1)] = undefined
      item.heapIndex = -1
      this.#closeEnds()
      if (this.#end - this.#head > 4 * (this.#size - this.#early.size) + firstLength) this.#closeHoles()
    }
    this.#size -= 1
    return true
  }

  /** The least items in order, at most so many, left in place. */
  inOrder(count: number): ReadonlyArray<Item> {
    const early = this.#early.inOrder(count)
    const ordered: Array<Item> = []
    let taken = 0
    for (const item of this.#inLine()) {
      for (let first = early[taken]; first !== undefined && this.#before(first, item); first = early[taken]) {
        if (ordered.length === count) return ordered
        ordered.push(first)
        taken += 1
      }
      if (ordered.length === count) return ordered
      ordered.push(item)
    }
    return [...ordered, ...early.slice(taken, taken + count - ordered.length)]
  }

  #at(place: number): Item | undefined {
    return place >= this.#head && place < this.#end ? this.#line[place & (this.#line.length - 1)] : undefined
  }

  *#inLine(): Iterable<Item> {
    for (let place = this.#head; place < this.#end; place += 1) {
      const item = this.#at(place)
      if (item !== undefined) yield item
    }
  }

  /** The line begins and ends with an item. */
  #closeEnds(): void {
    const mask = this.#line.length - 1
    while (this.#head < this.#end && this.#line[this.#head & mask] === undefined) this.#head += 1
    while (this.#end > this.#head && this.#line[(this.#end - 1) & mask] === undefined) this.#end -= 1
    if (this.#head !== this.#end) return
    this.#head = 0
    this.#end = 0
  }

  /** Where a first item stays and those behind it come and go, the line must not grow for ever. */
  #closeHoles(): void {
    const items = [...this.#inLine()]
    this.#line = []
    this.#head = 0
    this.#end = 0
    for (const item of items) {
      if (this.#end === this.#line.length) this.#grow()
      this.#line[this.#end] = item
      item.heapIndex = carried(this.#end)
      this.#end += 1
    }
  }

  #grow(): void {
    const { length } = this.#line
    const line = new Array<Item | undefined>(Math.max(firstLength, 2 * length)).fill(undefined)
    for (let place = this.#head; place < this.#end; place += 1) {
      line[place & (line.length - 1)] = this.#line[place & (length - 1)]
    }
    this.#line = line
  }
}
